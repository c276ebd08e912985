package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// step is a page with questions: where it is sent, and its boxes.
type step struct {
	path  string
	boxes []string
}

// steps are they in their order; the first one is shown on the landing page.
var steps = []step{
	{"/apply/debt", []string{"estimatedDebt"}},
	{"/apply/you", []string{"firstName", "lastName", "dateOfBirth-month", "dateOfBirth-day", "dateOfBirth-year", "email", "homePhone", "cellPhone"}},
	{"/apply/home", []string{"zipCode", "address1", "address2", "city", "state", "residenceTypeId", "monthsAtAddress", "monthlyRent"}},
	{"/apply/income", []string{"incomeSourceId", "payFrequencyId", "monthlyIncome", "employerName", "monthsAtEmployer", "socialSecurityNumber"}},
}

// page is where the step is shown.
func (s step) page() string {
	if s.path == "/apply/debt" {
		return "/"
	}
	return s.path
}

// checkPath is where all answers stand together, with the consents and the last button.
const checkPath = "/apply/check"

var consentBoxes = []string{"consentCredit", "consentTerms", "consentMarketing"}

// only is what a says in these boxes.
func (a answers) only(boxes ...string) answers {
	b := maps.Clone(a)
	maps.DeleteFunc(b, func(box, _ string) bool { return !slices.Contains(boxes, box) })
	return b
}

// visitor is somebody with one browser, as far as a server sees them: it keeps cookies, takes gzip
// and follows no redirect by itself.
type visitor struct {
	program *program
	prefix  string // "/es" in Spanish
	header  http.Header
	cookies map[string]string
}

func (p *program) visitor() *visitor {
	p.visited.Store(true)
	p.windows.Store("", true)
	header := http.Header{"User-Agent": {"Mozilla/5.0 (a visitor of the tests)"}, "Accept-Encoding": {"gzip"}}
	return &visitor{program: p, header: header, cookies: map[string]string{}}
}

// tab is another tab of the same browser, which may be used at the same time.
func (v *visitor) tab() *visitor {
	return &visitor{v.program, v.prefix, v.header.Clone(), maps.Clone(v.cookies)}
}

// inSpanish is the visitor under /es.
func (v *visitor) inSpanish() *visitor {
	v.prefix = "/es"
	return v
}

// request is one with the visitor's headers and cookies. The path has no language in front.
func (v *visitor) request(method, path, body string) (*http.Request, error) {
	r, err := http.NewRequest(method, v.program.url+v.prefix+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = v.header.Clone()
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", formType)
	}
	return r, nil
}

// try asks once. It fails when the program is gone.
func (v *visitor) try(method, path, body string) (response, error) {
	r, err := v.request(method, path, body)
	if err != nil {
		return response{}, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	text, err := unpacked(answer)
	if err != nil {
		return response{}, err
	}
	for _, cookie := range answer.Cookies() {
		v.cookies[cookie.Name] = cookie.Value
	}
	got := response{answer.StatusCode, answer.Header, string(text)}
	v.program.shown.note(got)
	return got, nil
}

// unpacked is the body as it was before compression.
func unpacked(answer *http.Response) ([]byte, error) {
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.Header.Get("Content-Encoding") != "gzip" {
		return body, err
	}
	packed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(packed)
}

func (v *visitor) get(path string) response {
	v.program.t.Helper()
	got, err := v.try(http.MethodGet, path, "")
	must(v.program.t, err)
	return got
}

func (v *visitor) post(path string, boxes answers) response {
	v.program.t.Helper()
	got, err := v.try(http.MethodPost, path, boxes.encode())
	must(v.program.t, err)
	return got
}

// tryWalk fills in the steps and returns the check page, or the first answer that did not lead on.
func (v *visitor) tryWalk(a answers) (response, error) { return v.tryWalkFrom("/", a) }

// tryWalkFrom is tryWalk by somebody who comes to the first page with a query.
func (v *visitor) tryWalkFrom(address string, a answers) (response, error) {
	got, err := v.try(http.MethodGet, address, "")
	if err != nil {
		return got, err
	}
	first := got.hidden()
	for i, step := range steps {
		boxes := a.only(step.boxes...)
		if i == 0 {
			maps.Copy(boxes, first)
		}
		if got, err = v.try(http.MethodPost, step.path, boxes.encode()); err != nil || !got.leadsOn(v.prefix+"/apply/") {
			return got, err
		}
	}
	return v.try(http.MethodGet, checkPath, "")
}

func (r response) leadsOn(prefix string) bool {
	return r.status == http.StatusSeeOther && strings.HasPrefix(r.header.Get("Location"), prefix)
}

// check is a page with all answers and the consents, as one visitor got it.
type check struct {
	response
	inputs answers // the hidden ones, by their names
}

// walk fills in the steps, which must be right, and returns the check page.
func (v *visitor) walk(a answers) check {
	v.program.t.Helper()
	got, err := v.tryWalk(a)
	must(v.program.t, err)
	return v.program.isCheck(got)
}

// look opens the check page anew.
func (v *visitor) look() check {
	v.program.t.Helper()
	return v.program.isCheck(v.get(checkPath))
}

// isCheck fails the test when the answer is no check page with the consents.
func (p *program) isCheck(got response) check {
	p.t.Helper()
	c := check{got, got.hidden()}
	if c.inputs["page"] == "" {
		p.t.Fatalf("instead of the check page came %d, which leads to %q and says %q", got.status, got.header.Get("Location"), got.problems())
	}
	return c
}

// form is what the browser sends when the consents of a are checked and the button is pressed.
func (c check) form(a answers) answers {
	boxes := a.only(consentBoxes...)
	maps.Copy(boxes, c.inputs)
	return boxes
}

// finish checks the consents of a and presses the button.
func (v *visitor) finish(c check, a answers) response {
	v.program.t.Helper()
	return v.post(checkPath, c.form(a))
}

// encode is the body that a browser sends.
func (a answers) encode() string {
	form := url.Values{}
	for box, text := range a {
		form.Set(box, text)
	}
	return form.Encode()
}

// tryApply goes all the way with the answers and returns the last answer, or the first that did not
// lead on.
func (v *visitor) tryApply(a answers) (response, error) {
	got, err := v.tryWalk(a)
	if inputs := got.hidden(); err == nil && inputs["page"] != "" {
		return v.try(http.MethodPost, checkPath, check{got, inputs}.form(a).encode())
	}
	return got, err
}

// send is tryApply by a new visitor.
func (p *program) send(a answers) response {
	p.t.Helper()
	got, err := p.visitor().tryApply(a)
	must(p.t, err)
	return got
}

// accepted goes all the way and returns the path of the status page.
func (p *program) accepted(a answers) string {
	p.t.Helper()
	return p.send(a).receipt(p.t)
}

// receipt is the path of the status page to which an accepted form leads.
func (r response) receipt(t testing.TB) string {
	t.Helper()
	path := r.header.Get("Location")
	if !r.leadsOn("/status/") && !r.leadsOn("/es/status/") {
		t.Fatalf("the form was answered %d with Location %q, want 303 to a status page; it says %q", r.status, path, r.problems())
	}
	return path
}

// hidden are the hidden inputs of the page.
func (r response) hidden() answers {
	found := answers{}
	for _, input := range r.inputs() {
		if input["type"] == "hidden" {
			found[input["name"]] = input["value"]
		}
	}
	return found
}

var (
	inputTag  = regexp.MustCompile(`<input[^>]*>`)
	attribute = regexp.MustCompile(` ([a-z-]+)(?:="([^"]*)")?`)
	problem   = regexp.MustCompile(`(?s)<p class="problem" id="([^"]*)-error">\s*(?:<svg.*?</svg>)?(.*?)</p>`)
)

// inputs are the attributes of each box of the page.
func (r response) inputs() []map[string]string {
	var all []map[string]string
	for _, tag := range inputTag.FindAllString(r.body, -1) {
		attributes := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(tag, -1) {
			attributes[a[1]] = html.UnescapeString(a[2])
		}
		all = append(all, attributes)
	}
	return all
}

// shownPages are the check pages that a program has sent, by their ids.
type shownPages struct {
	mu   sync.Mutex
	byID map[string]string
}

// note keeps the page when it asks for consents.
func (s *shownPages) note(got response) {
	proof := got.hidden()["page"]
	if proof == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]string{}
	}
	s.byID[pageID(proof)] = got.body
}

// of is the page with the id, if a visitor of the tests has got it.
func (s *shownPages) of(id string) (body string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, known = s.byID[id]
	return body, known
}

// pageID is the id in the value that a check page sends back.
func pageID(proof string) string {
	id, _, _ := strings.Cut(proof, ".")
	return id
}

// String names the check page in messages.
func (c check) String() string { return fmt.Sprintf("check page %s", pageID(c.inputs["page"])) }
