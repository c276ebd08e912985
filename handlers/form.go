package handlers

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxFormKeys is more than twice what the longest form has.
const maxFormKeys = 100

// readForm reads the body of a POST, strictly: exactly one media type, no query, no key that known
// refuses, no key twice. Values are what the bytes say; whether they are sensible is for
// package validation.
func readForm(r *http.Request, known func(string) bool) (map[string]string, error) {
	if err := checkMediaType(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, newProblem(http.StatusUnsupportedMediaType, errors.New("a compressed form"))
	}
	if r.URL.RawQuery != "" {
		return nil, newProblem(http.StatusBadRequest, errors.New("a form with a query"))
	}
	body, err := io.ReadAll(r.Body)
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return nil, newProblem(http.StatusRequestEntityTooLarge, errors.New("form over the limit"))
	}
	if err != nil {
		return nil, newProblem(http.StatusBadRequest, errors.New("form cut off"))
	}
	return decodeForm(string(body), known)
}

func checkMediaType(header string) error {
	mediaType, params, err := mime.ParseMediaType(header)
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return newProblem(http.StatusUnsupportedMediaType, errors.New("not a form"))
	}
	charset, ok := params["charset"]
	if len(params) > 1 || (len(params) == 1 && !ok) || (ok && !strings.EqualFold(charset, "utf-8")) {
		return newProblem(http.StatusUnsupportedMediaType, errors.New("a form with odd parameters"))
	}
	return nil
}

func decodeForm(body string, known func(string) bool) (map[string]string, error) {
	if strings.Count(body, "&") >= maxFormKeys {
		return nil, newProblem(http.StatusBadRequest, errors.New("too many form keys"))
	}
	values := map[string]string{}
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		rawKey, rawValue, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(rawKey)
		value, valueErr := url.QueryUnescape(rawValue)
		if keyErr != nil || valueErr != nil {
			return nil, newProblem(http.StatusBadRequest, errors.New("form not decodable"))
		}
		if !known(key) {
			return nil, newProblem(http.StatusBadRequest, errors.New("unknown form key"))
		}
		if first, twice := values[key]; twice && strings.HasPrefix(key, vendorInputs) {
			if first == "" { // the recorder's script adds inputs of its own to ours
				values[key] = value
			}
			continue
		} else if twice {
			return nil, newProblem(http.StatusBadRequest, errors.New("form key twice"))
		}
		values[key] = value
	}
	return values, nil
}
