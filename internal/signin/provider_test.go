package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"intake/internal/staff"
)

func TestProvider_SignsAPersonInWithCodePKCEStateAndNonce(t *testing.T) {
	p := newProvider(t)
	client := p.client()
	attempt := NewAttempt("/desk", time.Now())
	address, err := client.Begin(t.Context(), attempt)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for key := range u.Query() {
		got[key] = u.Query().Get(key)
	}
	challenge := got["code_challenge"]
	delete(got, "code_challenge")
	want := map[string]string{
		"client_id": "client", "redirect_uri": "http://localhost:8080/sign-in/callback", "response_type": "code", "response_mode": "query",
		"scope": "openid profile", "code_challenge_method": "S256", "state": attempt.State, "nonce": attempt.Nonce,
	}
	if diff := cmp.Diff(want, got); diff != "" || !strings.HasPrefix(address, p.URL+"/authorize?") {
		t.Errorf("%s: %s", address, diff)
	}
	p.nonce = attempt.Nonce
	person, err := client.Finish(t.Context(), attempt, answerTo(attempt))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(staff.Person{Key: p.URL + " subject-1", Name: "Ann Example", Roles: []staff.Role{staff.Agent}}, person); diff != "" {
		t.Error(diff)
	}
	if !matches(p.last.Get("code_verifier"), challenge) || p.last.Get("client_secret") != "" || !strings.HasPrefix(p.auth, "Basic ") {
		t.Error("the verifier is not that of the challenge, or the secret is not in the header alone")
	}
}

func TestProvider_SendsTheSecretInTheFormWhereTheProviderWantsThat(t *testing.T) {
	p := newProvider(t)
	p.discovery["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
	client := p.client()
	attempt := p.begin(client)
	if _, err := client.Finish(t.Context(), attempt, answerTo(attempt)); err != nil {
		t.Fatal(err)
	}
	if p.last.Get("client_secret") != "the secret" || p.auth != "" || p.asked["/token"] != 1 {
		t.Errorf("the secret was sent in %d requests, or in another place", p.asked["/token"])
	}
}

func TestProvider_RefusesAWrongAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(answer url.Values)
		want   Reason
		code   string
	}{
		"another state":                 {func(a url.Values) { a.Set("state", "x") }, WrongState, ""},
		"no state":                      {func(a url.Values) { a.Del("state") }, WrongState, ""},
		"the state twice":               {func(a url.Values) { a.Add("state", a.Get("state")) }, WrongState, ""},
		"another issuer (mix-up)":       {func(a url.Values) { a.Set("iss", "https://evil.example") }, WrongIssuer, ""},
		"no code":                       {func(a url.Values) { a.Del("code") }, ProviderDown, ""},
		"two codes":                     {func(a url.Values) { a.Add("code", "x") }, ProviderDown, ""},
		"an error of the standard":      {func(a url.Values) { a.Set("error", "access_denied"); a.Set("error_description", canary) }, ProviderRefused, "access_denied"},
		"an error that nobody defined":  {func(a url.Values) { a.Set("error", canary) }, ProviderRefused, ""},
		"an error with another's state": {func(a url.Values) { a.Set("error", "access_denied"); a.Set("state", "x") }, WrongState, ""},
	} {
		p := newProvider(t)
		client := p.client()
		attempt := p.begin(client)
		answer := answerTo(attempt)
		tt.change(answer)
		_, err := client.Finish(t.Context(), attempt, answer)
		wantRefusal(t, name, err, tt.want)
		if refusal, ok := err.(*Refusal); ok && refusal.Code != tt.code {
			t.Errorf("%s: the code is %q, want %q", name, refusal.Code, tt.code)
		}
		if p.asked["/token"] != 0 {
			t.Errorf("%s: a code was redeemed", name)
		}
	}
}

func TestProvider_RefusesAWrongToken(t *testing.T) {
	past := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	for name, tt := range map[string]struct {
		change map[string]any
		want   Reason
	}{
		"another nonce":                     {map[string]any{"nonce": "x"}, WrongNonce},
		"no nonce":                          {map[string]any{"nonce": nil}, WrongNonce},
		"another audience":                  {map[string]any{"aud": "other"}, WrongAudience},
		"no audience":                       {map[string]any{"aud": nil}, WrongAudience},
		"two audiences and no party":        {map[string]any{"aud": []string{"client", "other"}}, WrongAudience},
		"another authorized party":          {map[string]any{"azp": "other"}, WrongAudience},
		"another issuer":                    {map[string]any{"iss": "https://evil.example"}, WrongIssuer},
		"an issuer with a slash more":       {map[string]any{"iss": "SLASH"}, WrongIssuer},
		"expired":                           {map[string]any{"exp": past(time.Minute)}, TokenExpired},
		"no expiry":                         {map[string]any{"exp": nil}, TokenExpired},
		"not valid yet":                     {map[string]any{"nbf": past(-time.Hour)}, TokenExpired},
		"no subject":                        {map[string]any{"sub": nil}, NoSubject},
		"a subject that is too long":        {map[string]any{"sub": strings.Repeat("x", 256)}, NoSubject},
		"a subject with a line in it":       {map[string]any{"sub": "a\nb"}, NoSubject},
		"a number in the place of a name":   {map[string]any{"sub": 7}, TokenUnreadable},
		"claims that are kept at elsewhere": {map[string]any{"_claim_names": map[string]string{"roles": "x"}}, TokenUnreadable},
	} {
		p := newProvider(t)
		client := p.client()
		attempt := p.begin(client)
		p.claims = tt.change
		if p.claims["iss"] == "SLASH" {
			p.claims["iss"] = p.URL + "/"
		}
		_, err := client.Finish(t.Context(), attempt, answerTo(attempt))
		wantRefusal(t, name, err, tt.want)
	}
}

func TestProvider_RefusesASignatureThatIsNotTheProviders(t *testing.T) {
	encode := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	for name, sign := range map[string]func([]byte) string{
		"another key of the same name": func(claims []byte) string {
			other := secondKey
			other.KeyID = "first"
			return signed(t, other, claims)
		},
		"none": func(claims []byte) string {
			return encode(map[string]string{"alg": "none"}) + "." + base64.RawURLEncoding.EncodeToString(claims) + "."
		},
		"the public key as a shared secret": func(claims []byte) string {
			public, err := firstKey.Public().MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			return signed(t, jose.JSONWebKey{Key: public, KeyID: "first", Algorithm: "HS256"}, claims)
		},
		"another payload under the signature": func(claims []byte) string {
			parts := strings.Split(signed(t, firstKey, claims), ".")
			return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), "subject-1", "subject-2", 1))) + "." + parts[2]
		},
		"no token": func([]byte) string { return canary },
		"empty":    func([]byte) string { return "" },
	} {
		p := newProvider(t)
		client := p.client()
		attempt := p.begin(client)
		p.sign = sign
		_, err := client.Finish(t.Context(), attempt, answerTo(attempt))
		wantRefusal(t, name, err, TokenUnreadable)
	}
}

func TestProvider_ACodeThatWasUsedIsRefused(t *testing.T) {
	p := newProvider(t)
	client := p.client()
	attempt := p.begin(client)
	answer := answerTo(attempt)
	if _, err := client.Finish(t.Context(), attempt, answer); err != nil {
		t.Fatal(err)
	}
	_, err := client.Finish(t.Context(), attempt, answer)
	wantRefusal(t, "a second time", err, CodeRefused)
}

func TestProvider_TheTenantOfEntraIsChecked(t *testing.T) {
	for tenant, want := range map[any]Reason{"right": "", "wrong": WrongTenant, nil: WrongTenant} {
		p := newProvider(t)
		client := p.client()
		client.tenant = "right"
		attempt := p.begin(client)
		p.claims["tid"] = tenant
		_, err := client.Finish(t.Context(), attempt, answerTo(attempt))
		if want != "" {
			wantRefusal(t, "tenant", err, want)
		} else if err != nil {
			t.Errorf("the right tenant: %v", err)
		}
	}
}

func TestProvider_ASecondFactorIsDemandedWhereOneIsConfigured(t *testing.T) {
	for name, tt := range map[string]struct {
		claims map[string]any
		want   Reason
	}{
		"in the list":   {map[string]any{"amr": []string{"pwd", "mfa"}}, ""},
		"as the text":   {map[string]any{"amr": "mfa"}, ""},
		"another value": {map[string]any{"amr": []string{"pwd"}}, NoSecondFactor},
		"a part of it":  {map[string]any{"amr": "no-mfa"}, NoSecondFactor},
		"no claim":      {map[string]any{}, NoSecondFactor},
		"a number":      {map[string]any{"amr": 1}, NoSecondFactor},
	} {
		p := newProvider(t)
		client := p.client(func(c *Config) { c.MFAClaim = "amr=mfa" })
		attempt := p.begin(client)
		p.claims = tt.claims
		_, err := client.Finish(t.Context(), attempt, answerTo(attempt))
		if tt.want != "" {
			wantRefusal(t, name, err, tt.want)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProvider_RolesComeFromTheClaimAndNamesAreOneLine(t *testing.T) {
	for name, tt := range map[string]struct {
		claims map[string]any
		want   staff.Person
	}{
		"a list":            {map[string]any{"groups": []string{"supervisor", "agent", "agent", "owner", "Agent"}}, staff.Person{Name: "Ann Example", Roles: []staff.Role{"supervisor", "agent"}}},
		"one text":          {map[string]any{"groups": "qa"}, staff.Person{Name: "Ann Example", Roles: []staff.Role{"qa"}}},
		"of another claim":  {map[string]any{"roles": []string{"supervisor"}}, staff.Person{Name: "Ann Example"}},
		"no list":           {map[string]any{"groups": map[string]bool{"supervisor": true}}, staff.Person{Name: "Ann Example"}},
		"a name in lines":   {map[string]any{"name": " Ann\r\nExample \u202e\u0000"}, staff.Person{Name: "Ann Example"}},
		"no name":           {map[string]any{"name": nil}, staff.Person{Name: "Name unknown"}},
		"a very long name":  {map[string]any{"name": strings.Repeat("é", 500)}, staff.Person{Name: strings.Repeat("é", 60)}},
		"no e-mail is read": {map[string]any{"name": nil, "preferred_username": canary}, staff.Person{Name: "Name unknown"}},
	} {
		p := newProvider(t)
		client := p.client(func(c *Config) { c.RolesClaim = "groups" })
		attempt := p.begin(client)
		p.claims = tt.claims
		got, err := client.Finish(t.Context(), attempt, answerTo(attempt))
		tt.want.Key = p.URL + " subject-1"
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestProvider_ATroubledProviderIsOneReasonAndNoQuote(t *testing.T) {
	status := func(code int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_, _ = w.Write([]byte(body)) // the client may have gone
			return true
		}
	}
	on := func(path string, answer func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool { return r.URL.Path == path && answer(w, r) }
	}
	const discovery, token = "/.well-known/openid-configuration", "/token"
	for name, tt := range map[string]struct {
		answer    func(http.ResponseWriter, *http.Request) bool
		discovery map[string]any
		want      Reason
	}{
		"discovery fails":             {on(discovery, status(500, canary)), nil, ProviderDown},
		"discovery is no JSON":        {on(discovery, status(200, "<html>"+canary)), nil, ProviderDown},
		"discovery is huge":           {on(discovery, status(200, `{"x":"`+strings.Repeat("a", maxAnswer)+`"}`)), nil, ProviderDown},
		"discovery of another issuer": {nil, map[string]any{"issuer": "https://evil.example/" + canary}, WrongIssuer},
		"discovery redirects": {on(discovery, func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			return true
		}), nil, ProviderDown},
		"a token address without https":    {nil, map[string]any{"token_endpoint": "http://evil.example/token"}, ProviderDown},
		"a sign-in address that is script": {nil, map[string]any{"authorization_endpoint": "javascript:alert(1)"}, ProviderDown},
		"no keys":                          {nil, map[string]any{"jwks_uri": nil}, ProviderDown},
		"the token endpoint fails":         {on(token, status(500, canary)), nil, ProviderDown},
		"the token endpoint says nothing":  {on(token, status(200, `{}`)), nil, ProviderDown},
		"the token endpoint is huge":       {on(token, status(200, strings.Repeat(" ", 2*maxAnswer))), nil, ProviderDown},
		"the token endpoint redirects": {on(token, func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			return true
		}), nil, ProviderDown},
		"no id token":           {on(token, status(200, `{"access_token":"`+canary+`","token_type":"Bearer"}`)), nil, TokenUnreadable},
		"our secret is refused": {on(token, status(401, `{"error":"invalid_client","error_description":"`+canary+`"}`)), nil, ClientRefused},
		"the keys fail":         {on("/keys", status(500, canary)), nil, TokenUnreadable},
		"the keys are huge":     {on("/keys", status(200, strings.Repeat(" ", 2*maxAnswer))), nil, TokenUnreadable},
	} {
		p := newProvider(t)
		p.answer, p.discovery = tt.answer, tt.discovery
		client, attempt := p.client(), NewAttempt("/", time.Now())
		p.nonce = attempt.Nonce
		_, err := client.Finish(t.Context(), attempt, answerTo(attempt))
		wantRefusal(t, name, err, tt.want)
		if p.asked["/elsewhere"] != 0 {
			t.Errorf("%s: a redirect was followed", name)
		}
	}
}

func TestProvider_IsAskedAgainAfterItWasDown(t *testing.T) {
	p := newProvider(t)
	client := p.client()
	p.answer = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusBadGateway); return true }
	_, err := client.Begin(t.Context(), NewAttempt("/", time.Now()))
	wantRefusal(t, "down", err, ProviderDown)
	p.answer = nil
	for range 2 {
		attempt := p.begin(client)
		if _, err := client.Finish(t.Context(), attempt, answerTo(attempt)); err != nil {
			t.Fatal(err)
		}
	}
	if p.asked["/.well-known/openid-configuration"] != 2 || p.asked["/keys"] != 1 {
		t.Errorf("the provider was asked %v times, want its addresses and keys kept", p.asked)
	}
}

func TestProvider_GoesOnWhenTheProviderHasNewKeysAndFetchesThemOnceAMinute(t *testing.T) {
	p := newProvider(t)
	client := p.client()
	now := time.Now()
	client.now = func() time.Time { return now }
	finish := func() error {
		attempt := p.begin(client)
		_, err := client.Finish(t.Context(), attempt, answerTo(attempt))
		return err
	}
	if err := finish(); err != nil {
		t.Fatal(err)
	}
	p.keys = []jose.JSONWebKey{secondKey, firstKey}
	for range 5 {
		wantRefusal(t, "within a minute", finish(), TokenUnreadable)
	}
	if p.asked["/keys"] != 1 {
		t.Errorf("the keys were fetched %d times in a minute", p.asked["/keys"])
	}
	now = now.Add(keysEvery)
	p.claims["exp"] = now.Add(time.Minute).Unix()
	if err := finish(); err != nil {
		t.Error(err)
	}
	if p.asked["/keys"] != 2 {
		t.Errorf("the keys were fetched %d times", p.asked["/keys"])
	}
}

func TestProvider_NoMoreThan32AskAtOnce(t *testing.T) {
	p := newProvider(t)
	client := p.client()
	attempt := p.begin(client)
	for range maxAtOnce {
		client.slots <- struct{}{}
	}
	_, err := client.Finish(t.Context(), attempt, answerTo(attempt))
	wantRefusal(t, "the 33rd", err, TooManyAtOnce)
	<-client.slots
	if _, err := client.Finish(t.Context(), attempt, answerTo(attempt)); err != nil {
		t.Error(err)
	}
}

func TestNew_RefusesIssuersThatCouldLetOthersIn(t *testing.T) {
	const tenant = "11111111-2222-3333-4444-555555555555"
	for issuer, fine := range map[string]bool{
		"https://login.microsoftonline.com/" + tenant + "/v2.0":  true,
		"https://login.microsoftonline.com/common/v2.0":          false,
		"https://login.microsoftonline.com/organizations/v2.0":   false,
		"https://login.microsoftonline.com/" + tenant:            false,
		"https://login.microsoftonline.com/" + tenant + "/v2.0/": false,
		"https://LOGIN.microsoftonline.com/common/v2.0":          false,
		"https://login.microsoftonline.com/{tenantid}/v2.0":      false,
		"https://id.example.com":                                 true,
		"http://id.example.com":                                  false,
		"http://localhost:9000":                                  true,
		"http://127.0.0.1:9000/realm":                            true,
		"http://[::1]:9000":                                      true,
		"http://localhost.example.com":                           false,
		"https://user:word@id.example.com":                       false,
		"https://id.example.com?x=1":                             false,
		"ftp://id.example.com":                                   false,
		"":                                                       false,
	} {
		_, err := New(Config{Issuer: issuer, ClientID: "client", Secret: func() string { return "s" }, Callback: "x", RolesClaim: "roles"})
		if (err == nil) != fine {
			t.Errorf("%s: %v", issuer, err)
		}
	}
	p, err := New(Config{Issuer: "https://login.microsoftonline.com/" + tenant + "/v2.0", ClientID: "c", Secret: func() string { return "" }, Callback: "x", RolesClaim: "r"})
	if err != nil || p.tenant != tenant {
		t.Errorf("the tenant is not read: %v", err)
	}
}

func TestAttempt_IsReadFromItsOwnCookieForTenMinutes(t *testing.T) {
	key, now := []byte("key"), time.Now()
	attempt := NewAttempt("/desk", now)
	value, err := attempt.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadAttempt(key, value, now.Add(AttemptLasts))
	if err != nil || read.State != attempt.State || read.Nonce != attempt.Nonce || read.Verifier != attempt.Verifier || read.To != "/desk" {
		t.Errorf("read %v", err)
	}
	if other := NewAttempt("/desk", now); other.State == attempt.State || other.Nonce == attempt.Nonce || other.Verifier == attempt.Verifier || len(attempt.State) < 26 || len(attempt.Nonce) < 26 {
		t.Error("two attempts share a value, or one can be guessed")
	}
	for name, tt := range map[string]struct {
		key, value string
		at         time.Time
	}{
		"too old":        {"key", value, now.Add(AttemptLasts + time.Millisecond)},
		"of the future":  {"key", value, now.Add(-clockSkew - time.Second)},
		"another key":    {"other", value, now},
		"changed":        {"key", "A" + value[1:], now},
		"without a sum":  {"key", strings.Split(value, ".")[0], now},
		"nothing":        {"key", "", now},
		"only the point": {"key", ".", now},
	} {
		_, err := ReadAttempt([]byte(tt.key), tt.value, tt.at)
		wantRefusal(t, name, err, NotStarted)
	}
}

func TestProvider_GivesUpWithTheRequest(t *testing.T) {
	p := newProvider(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.client().Begin(ctx, NewAttempt("/", time.Now()))
	wantRefusal(t, "a visitor who left", err, ProviderDown)
}
