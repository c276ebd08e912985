package signin

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// RoundTrip answers as the provider's addresses for programs: discovery, keys and token. No socket is used, so that it
// works whatever port Intake is reached at.
func (d *Development) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := d.answer(r)
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)), Request: r,
	}, nil
}

func (d *Development) answer(r *http.Request) (status int, body any) {
	path, ours := strings.CutPrefix(r.URL.String(), d.issuer)
	switch {
	case ours && r.Method == http.MethodGet && path == "/.well-known/openid-configuration":
		return http.StatusOK, map[string]any{
			"issuer": d.issuer, "authorization_endpoint": d.issuer + "/authorize", "token_endpoint": d.issuer + "/token", "jwks_uri": d.issuer + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
		}
	case ours && r.Method == http.MethodGet && path == "/keys":
		key, err := d.signingKey()
		if err != nil {
			return http.StatusInternalServerError, oauthError("server_error")
		}
		return http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}}
	case ours && r.Method == http.MethodPost && path == "/token":
		return d.token(r)
	}
	return http.StatusNotFound, oauthError("invalid_request")
}

func oauthError(code string) map[string]string { return map[string]string{"error": code} }

// token redeems a code. The code is used up by the first try, also by one that fails.
func (d *Development) token(r *http.Request) (status int, body any) {
	id, secret, _ := r.BasicAuth()
	if r.Body == nil || id != d.clientID || !sameText(secret, d.secret) {
		return http.StatusUnauthorized, oauthError("invalid_client")
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxHeaderBytes))
	form, formErr := url.ParseQuery(string(text))
	if err != nil || formErr != nil || single(form, "grant_type") != "authorization_code" || single(form, "redirect_uri") != d.callback {
		return http.StatusBadRequest, oauthError("invalid_request")
	}
	g, found := d.take(single(form, "code"))
	if !found || !matches(single(form, "code_verifier"), g.challenge) {
		return http.StatusBadRequest, oauthError("invalid_grant")
	}
	token, err := d.idToken(g)
	if err != nil {
		return http.StatusInternalServerError, oauthError("server_error")
	}
	return http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": int(codeLasts.Seconds()), "id_token": token}
}
