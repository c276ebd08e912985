package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"intake/validation"
)

// maxFormKeys is more than twice what the longest form has.
const maxFormKeys = 100

const formType = "application/x-www-form-urlencoded"

// ReadForm reads the body of a consumer's POST, strictly: exactly one media type, no query, no key that
// known refuses, no key twice. Values are the bytes that were sent; whether they are right is for
// package validation.
func ReadForm(r *http.Request, known func(key string) bool) (validation.Form, error) {
	return ReadFormWithVendor(r, known, func(string) bool { return false })
}

// ReadFormWithVendor reads a form to which a vendor's script adds inputs. Those may be repeated: the first value
// that is not empty counts.
func ReadFormWithVendor(r *http.Request, known, vendors func(key string) bool) (validation.Form, error) {
	body, err := readBody(r, formType)
	if err != nil {
		return validation.Form{}, err
	}
	values := map[string]string{}
	err = decodePairs(body, func(key, value string) error {
		first, again := values[key]
		switch {
		case !known(key):
			return NewProblem(http.StatusBadRequest, errors.New("unknown form key"))
		case again && !vendors(key):
			return NewProblem(http.StatusBadRequest, errors.New("form key twice"))
		case first == "":
			values[key] = value
		}
		return nil
	})
	return validation.NewForm(values), err
}

// readBody reads a body of the media type. It refuses compression, a charset other than UTF-8, and a query beside
// the body.
func readBody(r *http.Request, mediaType string) (string, error) {
	got, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, hasCharset := params["charset"]
	switch {
	case err != nil || got != mediaType:
		return "", NewProblem(http.StatusUnsupportedMediaType, errors.New("another media type"))
	case len(params) > 1, len(params) == 1 && !hasCharset, hasCharset && !strings.EqualFold(charset, "utf-8"):
		return "", NewProblem(http.StatusUnsupportedMediaType, errors.New("a media type with unknown parameters"))
	case r.Header.Get("Content-Encoding") != "":
		return "", NewProblem(http.StatusUnsupportedMediaType, errors.New("a compressed body"))
	case r.URL.RawQuery != "":
		return "", NewProblem(http.StatusBadRequest, errors.New("a body and a query"))
	}
	body, err := io.ReadAll(r.Body)
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return "", NewProblem(http.StatusRequestEntityTooLarge, errors.New("body over the limit"))
	}
	if err != nil {
		return "", NewProblem(http.StatusBadRequest, errors.New("body cut off"))
	}
	return string(body), nil
}

// decodePairs decodes urlencoded text, once, and calls add with each pair.
func decodePairs(text string, add func(key, value string) error) error {
	if strings.Count(text, "&") >= maxFormKeys {
		return NewProblem(http.StatusBadRequest, errors.New("too many keys"))
	}
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		rawKey, rawValue, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(rawKey)
		value, valueErr := url.QueryUnescape(rawValue)
		if keyErr != nil || valueErr != nil {
			return NewProblem(http.StatusBadRequest, errors.New("not decodable"))
		}
		if err := add(key, value); err != nil {
			return err
		}
	}
	return nil
}
