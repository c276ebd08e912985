package web

import (
	"io"
	"net/http"
	"strings"

	"intake/views/frame"
)

// TakeCSRFToken returns the token in the body of a form, and takes it out, so that the reader of the page finds the
// inputs of the page alone. It looks at no header and no query. Without a token, or with two, it returns "".
func TakeCSRFToken(r *http.Request) (string, error) {
	body, err := readBody(r, formType)
	if err != nil {
		return "", err
	}
	var tokens, others []string
	for pair := range strings.SplitSeq(body, "&") {
		if token, found := strings.CutPrefix(pair, frame.CSRFInput+"="); found {
			tokens = append(tokens, token)
		} else {
			others = append(others, pair)
		}
	}
	rest := strings.Join(others, "&")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(rest)), int64(len(rest))
	if len(tokens) != 1 {
		return "", nil
	}
	return tokens[0], nil
}

// IsSafe says whether a method only reads (RFC 9110, 9.2.1).
func IsSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
