package e2e

import (
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// The words that the issue fixes: T1 while we work, T2 when Alleviate wants the lead.
const (
	wordsWorking   = "We have your request and are checking it now. You can close this page; nothing will be lost."
	wordsQualified = "Thank you. A specialist can go over your options with you. Call (512) 555-0100 when it suits you."
	wordsSlow      = "We have your request. Checking takes longer than usual."
)

const qualifiedEmail = "sandbox+qualified-1015@test.alleviate.com"

// answers is what a person types, by the name of the box.
type answers map[string]string

// required is an invented person who answers what must be answered and nothing else.
func required() answers {
	return answers{
		"firstName": "Maria", "lastName": "Example",
		"dateOfBirth-month": "March", "dateOfBirth-day": "14", "dateOfBirth-year": "1979",
		"email": qualifiedEmail, "homePhone": "(512) 555-0148",
		"zipCode": "78701-1234", "address1": "500 Example Ave", "city": "Austin", "state": "TX",
		"consentCredit": "yes", "consentTerms": "yes",
	}
}

// with is a copy of a in which the pairs of box and text are changed.
func (a answers) with(pairs ...string) answers {
	b := maps.Clone(a)
	for i := 0; i < len(pairs); i += 2 {
		b[pairs[i]] = pairs[i+1]
	}
	return b
}

// without is a copy of a that lacks the boxes.
func (a answers) without(boxes ...string) answers {
	b := maps.Clone(a)
	for _, box := range boxes {
		delete(b, box)
	}
	return b
}

const formType = "application/x-www-form-urlencoded"

// encode is the body that a browser sends.
func (a answers) encode(key string) string {
	form := url.Values{"submissionKey": {key}}
	for box, text := range a {
		form.Set(box, text)
	}
	return form.Encode()
}

// keyInput is the hidden box of the submission key.
var keyInput = regexp.MustCompile(`name="submissionKey" value="([^"]+)"`)

// readKey is the submission key of a page; empty when it was cut off before it.
func readKey(page io.Reader) string {
	text, _ := io.ReadAll(page) // what came is searched
	m := keyInput.FindSubmatch(text)
	if m == nil {
		return ""
	}
	return string(m[1])
}

// response is an answer of the program, read to its end.
type response struct {
	status int
	header http.Header
	body   string
}

// client keeps no cookie and follows no redirect.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
}

func fetch(t testing.TB, method, address, contentType, body string) response {
	t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{answer.StatusCode, answer.Header, string(text)}
}

func (p *program) get(path string) response {
	p.t.Helper()
	return fetch(p.t, http.MethodGet, p.url+path, "", "")
}

// post sends a form with the given submission key.
func (p *program) post(key string, a answers) response {
	p.t.Helper()
	return fetch(p.t, http.MethodPost, p.url+"/apply", formType, a.encode(key))
}

// send fills a fresh form.
func (p *program) send(a answers) response {
	p.t.Helper()
	return p.post(p.newKey(), a)
}

// newKey is the submission key of a fresh form.
func (p *program) newKey() string {
	p.t.Helper()
	return readKey(strings.NewReader(p.get("/apply").body))
}

// accepted sends the form and returns the path of its status page.
func (p *program) accepted(a answers) string {
	p.t.Helper()
	return p.send(a).receipt(p.t)
}

// receipt is the path of the status page to which an accepted form leads.
func (r response) receipt(t testing.TB) string {
	t.Helper()
	path := r.header.Get("Location")
	if r.status != http.StatusSeeOther || !strings.HasPrefix(path, "/status/") {
		t.Fatalf("the form was answered %d with Location %q, want 303 to a status page; it says %q", r.status, path, r.problems())
	}
	return path
}

var (
	inputTag  = regexp.MustCompile(`<input[^>]*>`)
	attribute = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	problem   = regexp.MustCompile(`(?s)<p class="problem" id="([^"]*)-error">(.*?)</p>`)
)

// value is what stands in a box of the form.
func (r response) value(t testing.TB, box string) string {
	t.Helper()
	for _, tag := range inputTag.FindAllString(r.body, -1) {
		attributes := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(tag, -1) {
			attributes[a[1]] = html.UnescapeString(a[2])
		}
		if attributes["name"] == box {
			return attributes["value"]
		}
	}
	t.Fatalf("the page (%d) has no box %q", r.status, box)
	return ""
}

// chosen is the option that is selected in a select.
func (r response) chosen(box string) string {
	_, rest, _ := strings.Cut(r.body, `<select id="`+box+`"`)
	list, _, _ := strings.Cut(rest, "</select>")
	m := regexp.MustCompile(`<option value="([^"]*)" selected>`).FindStringSubmatch(list)
	if m == nil {
		return ""
	}
	return m[1]
}

// problems is what the page says beside each field.
func (r response) problems() map[string]string {
	found := map[string]string{}
	for _, m := range problem.FindAllStringSubmatch(r.body, -1) {
		found[m[1]] = html.UnescapeString(m[2])
	}
	return found
}
