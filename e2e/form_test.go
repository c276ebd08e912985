package e2e

import (
	"html"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The words that the issue fixes: T1 while we work, T2 when Alleviate wants the lead.
const (
	wordsWorking     = "We have your request. Alleviate reviews it and decides if it has an option for you. You can close this page; nothing will be lost."
	wordsQualified   = "Thank you. A specialist can go over your options with you. Call (512) 555-0100 when you’re ready."
	wordsWorkingES   = "Tenemos su solicitud. Alleviate la revisa y decide si tiene una opción para usted. Puede cerrar esta página; no se perderá nada."
	wordsQualifiedES = "Gracias. Un especialista puede explicarle sus opciones. Llame al (512) 555-0100 cuando quiera."
	wordsSlow        = "We have your request. This is taking longer than usual."
)

const qualifiedEmail = "sandbox+qualified-1015@test.alleviate.com"

// answers is what a person types, by the name of the box.
type answers map[string]string

// required is an invented person who answers what must be answered and nothing else.
func required() answers {
	return answers{
		"firstName": "Maria", "lastName": "Example",
		"dateOfBirth-month": "3", "dateOfBirth-day": "14", "dateOfBirth-year": "1979",
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

// response is an answer of the program, read to its end.
type response struct {
	status int
	header http.Header
	body   string
}

var tag = regexp.MustCompile(`<[^>]*>`)

// says tells whether the words stand on the page, as a person reads it.
func (r response) says(words string) bool {
	text := html.UnescapeString(tag.ReplaceAllString(r.body, ""))
	return strings.Contains(strings.Join(strings.Fields(text), " "), words)
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

// value is what stands in a box of the form; of radio buttons, what stands at the pressed one.
func (r response) value(t testing.TB, box string) string {
	t.Helper()
	found := false
	for _, input := range r.inputs() {
		if input["name"] != box {
			continue
		}
		found = true
		if _, pressed := input["checked"]; pressed || input["type"] != "radio" {
			return input["value"]
		}
	}
	if !found {
		t.Fatalf("the page (%d) has no box %q", r.status, box)
	}
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
		found[m[1]] = strings.TrimSpace(html.UnescapeString(m[2]))
	}
	return found
}
