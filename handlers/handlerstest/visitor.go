package handlerstest

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/internal/staff"
)

// Cookie is the name of the draft's cookie over http, which the tests use.
const Cookie = "draft"

// Visitor is a browser that keeps cookies.
type Visitor struct {
	t       *testing.T
	App     App
	Cookies map[string]string
	Header  http.Header // of every request
	Path    string      // of the last page, where its forms lead and its language is seen
	Page    *httptest.ResponseRecorder
	Person  *staff.Person // who is signed in; nil: nobody
}

// Visit is a new visitor.
func (a App) Visit(t *testing.T) *Visitor {
	return &Visitor{t: t, App: a, Cookies: map[string]string{}, Header: http.Header{}}
}

// Again is another tab of the same browser.
func (v *Visitor) Again() *Visitor {
	tab := *v
	return &tab
}

// Exchange sends a request with the visitor's cookies and headers, and keeps the cookies of the answer.
func (v *Visitor) Exchange(r *http.Request) *httptest.ResponseRecorder {
	v.t.Helper()
	for name, value := range v.Cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, values := range v.Header {
		r.Header[name] = values
	}
	if v.Person != nil {
		r = web.WithPerson(r, *v.Person)
	}
	got := v.App.Do(r)
	for _, cookie := range got.Result().Cookies() {
		if cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" || cookie.SameSite != http.SameSiteLaxMode {
			v.t.Errorf("the cookie %v is not one that only our own pages get, over http", cookie)
		}
		v.Cookies[cookie.Name] = cookie.Value
	}
	return got
}

// Open shows the page under the path, wherever it leads.
func (v *Visitor) Open(path string) *Visitor {
	v.t.Helper()
	for range 5 {
		v.Path, _, _ = strings.Cut(path, "?")
		if v.Page = v.Exchange(Request(http.MethodGet, path, "")); v.Page.Code != http.StatusSeeOther {
			return v
		}
		path = v.Page.Header().Get("Location")
	}
	v.t.Fatalf("%s leads round in circles", path)
	return v
}

// Form is the hidden inputs of the page, with the pairs of input and text.
func (v *Visitor) Form(pairs ...string) url.Values {
	values := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(v.Page.Body.String(), -1) {
		values.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

var formAction = regexp.MustCompile(`<form id="answers"[^>]* action="([^"]*)"`)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?`)

// Press sends the page's form without following where it leads.
func (v *Visitor) Press(pairs ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	path := v.Path
	if m := formAction.FindStringSubmatch(v.Page.Body.String()); m != nil { // a page can stand in the place of another
		path = m[1]
	}
	return v.Exchange(Request(http.MethodPost, path, v.Form(pairs...).Encode()))
}

// Send sends the page's form and goes on to where it leads.
func (v *Visitor) Send(pairs ...string) *Visitor {
	v.t.Helper()
	got := v.Press(pairs...)
	if got.Code == http.StatusSeeOther {
		return v.Open(got.Header().Get("Location"))
	}
	v.Page = got
	return v
}

// IsAt wants the visitor to be on the page with the status.
func (v *Visitor) IsAt(path string, status int) *Visitor {
	v.t.Helper()
	if v.Path != path || v.Page.Code != status {
		v.t.Fatalf("the visitor is on %s with %d, want %s with %d:\n%s", v.Path, v.Page.Code, path, status, v.App.Logged)
	}
	return v
}

// Sees wants the page to hold the words.
func (v *Visitor) Sees(words ...string) *Visitor {
	v.t.Helper()
	for _, w := range words {
		if !strings.Contains(v.Page.Body.String(), w) {
			v.t.Errorf("%s does not say %q", v.Path, w)
		}
	}
	return v
}

// SeesNot wants the page to hold none of the words.
func (v *Visitor) SeesNot(words ...string) *Visitor {
	v.t.Helper()
	for _, w := range words {
		if strings.Contains(v.Page.Body.String(), w) {
			v.t.Errorf("%s says %q", v.Path, w)
		}
	}
	return v
}

// HasValue wants the text in a box, or the option of a list to be selected.
func (v *Visitor) HasValue(box, want string) *Visitor {
	v.t.Helper()
	name := ` name="` + regexp.QuoteMeta(box) + `"[^>]*>`
	tag := regexp.MustCompile(`(?s)<input[^>]*` + name + `|<select[^>]*` + name + `.*?</select>`).FindString(v.Page.Body.String())
	if tag == "" {
		v.t.Fatalf("%s has no box %s", v.Path, box)
	}
	value := regexp.MustCompile(` value="([^"]*)"`)
	if strings.HasPrefix(tag, "<select") {
		value = regexp.MustCompile(` value="([^"]*)" selected`)
	}
	got := ""
	if m := value.FindStringSubmatch(tag); m != nil {
		got = html.UnescapeString(m[1])
	}
	if got != want {
		v.t.Errorf("in %s stands %q, want %q", box, got, want)
	}
	return v
}

// Draft is the visitor's draft as the store has it.
func (v *Visitor) Draft() lead.Draft {
	v.t.Helper()
	d, err := v.App.Store.Draft(v.Cookies[Cookie])
	if err != nil {
		v.t.Fatalf("the visitor has no draft: %v", err)
	}
	return d
}

// Answers to the steps.
var (
	AboutMaria = []string{
		"firstName", "Maria", "lastName", "O'Brien", "dateOfBirth-month", "marzo", "dateOfBirth-day", "14", "dateOfBirth-year", "1979",
		"email", "maria@example.com", "homePhone", "(512) 555-0148", "cellPhone", "",
	}
	HomeOfMaria = []string{"zipCode", "78745", "address1", "4120 Bluebonnet Ln", "address2", "", "city", "Austin", "state", "TX"}
	NoIncome    = []string(nil)
	Agreed      = []string{"consentCredit", "yes", "consentTerms", "yes"}
)

// UpTo fills in the steps before the path.
func (v *Visitor) UpTo(path string) *Visitor {
	v.t.Helper()
	prefix := ""
	if strings.HasPrefix(path, "/es/") {
		prefix = "/es"
	}
	v.Open(prefix + "/")
	for _, answers := range [][]string{{"estimatedDebt", "15,000"}, AboutMaria, HomeOfMaria, NoIncome} {
		if v.Path == path {
			return v
		}
		v.Send(answers...)
	}
	return v.IsAt(path, http.StatusOK)
}

func With(pairs []string, changes ...string) []string { return append(slices.Clone(pairs), changes...) }
