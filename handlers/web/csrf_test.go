package web

import (
	"io"
	"net/http"
	"testing"
)

func TestTakeCSRFToken_LeavesTheInputsOfThePage(t *testing.T) {
	for _, tt := range []struct{ name, body, token, rest string }{
		{"alone", "csrfToken=abc_-9", "abc_-9", ""},
		{"first", "csrfToken=abc&note=a+b%20c&page=1", "abc", "note=a+b%20c&page=1"},
		{"last", "note=a&csrfToken=abc", "abc", "note=a"},
		{"none", "note=a", "", "note=a"},
		{"nothing", "", "", ""},
		{"twice", "csrfToken=abc&note=a&csrfToken=abc", "", "note=a"},
		{"without a value", "csrfToken&note=a", "", "csrfToken&note=a"},
		{"another key that ends so", "xcsrfToken=abc", "", "xcsrfToken=abc"},
		{"an escaped key", "%63srfToken=abc", "", "%63srfToken=abc"},
	} {
		r := staffRequest(formType, "", tt.body)
		token, err := TakeCSRFToken(r)
		rest, readErr := io.ReadAll(r.Body)
		if err != nil || readErr != nil || token != tt.token || string(rest) != tt.rest || r.ContentLength != int64(len(rest)) {
			t.Errorf("%s: token %q and the rest %q, %v, %v", tt.name, token, rest, err, readErr)
		}
	}
	for what, r := range map[string]*http.Request{
		"JSON": staffRequest("application/json", "", `{"csrfToken":"abc"}`), "a query": staffRequest(formType, "csrfToken=abc", "note=a"),
	} {
		if token, err := TakeCSRFToken(r); err == nil || token != "" {
			t.Errorf("%s has the token %q", what, token)
		}
	}
}
