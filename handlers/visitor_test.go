package handlers

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"intake/internal/lead"
)

// draftCookie is the name of the draft's cookie over http, where the tests' door is.
const draftCookie = "draft"

// visitor is a browser that keeps cookies.
type visitor struct {
	t       *testing.T
	d       door
	cookies map[string]string
	header  http.Header
	place   string // of the last page, where its forms lead and its language is seen
	page    *httptest.ResponseRecorder
}

func (d door) visit(t *testing.T) *visitor {
	return &visitor{t: t, d: d, cookies: map[string]string{}, header: http.Header{}}
}

// again is another tab of the same browser.
func (v *visitor) again() *visitor {
	tab := *v
	return &tab
}

func (v *visitor) exchange(r *http.Request) *httptest.ResponseRecorder {
	v.t.Helper()
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, values := range v.header {
		r.Header[name] = values
	}
	got := v.d.do(r)
	for _, cookie := range got.Result().Cookies() {
		if cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" || cookie.SameSite != http.SameSiteLaxMode {
			v.t.Errorf("the cookie %v is not one that only our own pages get, over http", cookie)
		}
		v.cookies[cookie.Name] = cookie.Value
	}
	return got
}

// open shows the page under the path, wherever it leads.
func (v *visitor) open(path string) *visitor {
	v.t.Helper()
	for range 5 {
		v.place, _, _ = strings.Cut(path, "?")
		if v.page = v.exchange(request(http.MethodGet, path, "")); v.page.Code != http.StatusSeeOther {
			return v
		}
		path = v.page.Header().Get("Location")
	}
	v.t.Fatalf("%s leads round in circles", path)
	return v
}

// form is the hidden inputs of the page, with the pairs of input and text.
func (v *visitor) form(pairs ...string) url.Values {
	values := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(v.page.Body.String(), -1) {
		values.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?`)

// press sends the page's form without following where it leads.
func (v *visitor) press(pairs ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	path := v.place
	if path == "/" || path == "/es/" {
		path += "apply/debt"
	}
	return v.exchange(request(http.MethodPost, path, v.form(pairs...).Encode()))
}

// send sends the page's form and goes on to where it leads.
func (v *visitor) send(pairs ...string) *visitor {
	v.t.Helper()
	got := v.press(pairs...)
	if got.Code == http.StatusSeeOther {
		return v.open(got.Header().Get("Location"))
	}
	v.page = got
	return v
}

// at wants the visitor to be on the page with the status.
func (v *visitor) at(path string, status int) *visitor {
	v.t.Helper()
	if v.place != path || v.page.Code != status {
		v.t.Fatalf("the visitor is on %s with %d, want %s with %d:\n%s", v.place, v.page.Code, path, status, v.d.log)
	}
	return v
}

func (v *visitor) sees(words ...string) *visitor {
	v.t.Helper()
	for _, w := range words {
		if !strings.Contains(v.page.Body.String(), w) {
			v.t.Errorf("%s does not say %q", v.place, w)
		}
	}
	return v
}

func (v *visitor) seesNot(words ...string) *visitor {
	v.t.Helper()
	for _, w := range words {
		if strings.Contains(v.page.Body.String(), w) {
			v.t.Errorf("%s says %q", v.place, w)
		}
	}
	return v
}

// value is what stands in a box, escaped as in the page.
func (v *visitor) value(box, want string) *visitor {
	v.t.Helper()
	tag := regexp.MustCompile(`<input[^>]* name="` + regexp.QuoteMeta(box) + `"[^>]*>`).FindString(v.page.Body.String())
	if tag == "" {
		v.t.Fatalf("%s has no box %s", v.place, box)
	}
	got := ""
	if m := regexp.MustCompile(` value="([^"]*)"`).FindStringSubmatch(tag); m != nil {
		got = html.UnescapeString(m[1])
	}
	if got != want {
		v.t.Errorf("in %s stands %q, want %q", box, got, want)
	}
	return v
}

// draft is the visitor's draft as the store has it.
func (v *visitor) draft() lead.Draft {
	v.t.Helper()
	d, err := v.d.shelf.draft(v.cookies[draftCookie])
	if err != nil {
		v.t.Fatalf("the visitor has no draft: %v", err)
	}
	return d
}

// Answers to the steps.
var (
	aboutMaria = []string{
		"firstName", "Maria", "lastName", "O'Brien", "dateOfBirth-month", "marzo", "dateOfBirth-day", "14", "dateOfBirth-year", "1979",
		"email", "maria@example.com", "homePhone", "(512) 555-0148", "cellPhone", "",
	}
	homeOfMaria = []string{"zipCode", "78745", "address1", "4120 Bluebonnet Ln", "address2", "", "city", "Austin", "state", "TX"}
	noIncome    = []string{"skip", "yes"}
	agreed      = []string{"consentCredit", "yes", "consentTerms", "yes"}
)

// upTo fills in the steps before the path.
func (v *visitor) upTo(path string) *visitor {
	v.t.Helper()
	prefix := ""
	if strings.HasPrefix(path, "/es/") {
		prefix = "/es"
	}
	v.open(prefix + "/")
	for _, answers := range [][]string{{"estimatedDebt", "15,000"}, aboutMaria, homeOfMaria, noIncome} {
		if v.place == path {
			return v
		}
		v.send(answers...)
	}
	return v.at(path, http.StatusOK)
}

func with(pairs []string, changes ...string) []string { return append(slices.Clone(pairs), changes...) }
