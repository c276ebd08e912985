package views

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
)

var update = flag.Bool("update", false, "write the golden pages anew")

func page(language string) Page {
	return Page{
		Site:     Site{Brand: "Brand", Seller: "Seller LLC", Phone: "(512) 555-0100", Environment: "simulator"},
		Language: language,
	}
}

func apply(t *testing.T, language string, typed map[string]string) Apply {
	t.Helper()
	texts, err := consent.Load(consent.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	return Apply{
		Page: page(language), Ticket: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Form: validation.NewForm(typed),
		Consents: texts.In(language, "Seller LLC"),
	}
}

// withErrors is the form as it comes back.
func withErrors(t *testing.T, language string, typed map[string]string) Apply {
	t.Helper()
	a := apply(t, language, typed)
	_, a.Errors = validation.Parse(a.Form, validation.Options{
		Today: lead.Date{Year: 2026, Month: time.November, Day: 22}, Phone: a.Phone, RequireCredit: true,
	})
	if len(a.Errors) == 0 {
		t.Fatal("the form is right; the page shows nothing")
	}
	return a
}

// pages is every page in every state: the golden files are also the storybook, to be opened in
// a browser.
func pages(t *testing.T) map[string]templ.Component {
	everyBoxWrong := map[string]string{}
	for _, f := range validation.Fields() {
		for _, input := range f.Boxes() {
			if ApplyAsks(input) {
				everyBoxWrong[input] = "\x01"
			}
		}
	}
	conflict := apply(t, "en", map[string]string{"firstName": "Maria"})
	conflict.Earlier = &Earlier{StatusPath: "/status/HANDLE", At: time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)}
	notSaved := apply(t, "en", map[string]string{"firstName": "Maria"})
	notSaved.Notice = NotSaved
	all := map[string]templ.Component{
		"apply.html":             ApplyPage(apply(t, "en", nil)),
		"apply-es.html":          ApplyPage(apply(t, "es", nil)),
		"apply-empty.html":       ApplyPage(withErrors(t, "en", nil)),
		"apply-empty-es.html":    ApplyPage(withErrors(t, "es", nil)),
		"apply-every-wrong.html": ApplyPage(withErrors(t, "en", everyBoxWrong)),
		"apply-hostile.html": ApplyPage(withErrors(t, "en", map[string]string{
			"firstName": `"><script>alert(1)</script>`, "city": `' onfocus=alert(1) x='`, "email": "javascript:alert(1)",
			"address2": "</textarea><img src=x onerror=alert(1)>", "socialSecurityNumber": "123-45-6789",
		})),
		"apply-conflict.html":  ApplyPage(conflict),
		"apply-not-saved.html": ApplyPage(notSaved),
		"problem-404.html":     ProblemPage(Problem{Page: page("en"), Status: 404, Reference: "REFERENCE"}),
		"problem-429.html":     ProblemPage(Problem{Page: page("en"), Status: 429, Reference: "REFERENCE"}),
		"problem-500.html":     ProblemPage(Problem{Page: page("en"), Status: 500, Reference: "REFERENCE"}),
	}
	for _, state := range []State{Received, Checking, Slow, Qualified, Finished} {
		for _, language := range []string{"en", "es"} {
			s := Status{Page: page(language), State: state, Reference: "ABCDEFGH", EventsPath: "/status/HANDLE/events", Marketing: true}
			if !state.Final() {
				s.Refresh = 5
			}
			all["status-"+string(state)+"-"+language+".html"] = StatusPage(s)
		}
	}
	return all
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// assets are addressed by their hash; in the golden pages by their file, so that a browser finds it.
var assets = regexp.MustCompile(`/static/(\w+)\.[0-9a-f]{16}\.(\w+)`)

func TestPages_AreAsTheGoldenOnes(t *testing.T) {
	for name, c := range pages(t) {
		path := filepath.Join("testdata", name)
		got := assets.ReplaceAllString(render(t, c), `../../static/$1.$2`)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (go test ./views -update writes it)", err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (go test ./views -update, when this is meant):\n%s", name, diff)
		}
	}
}

func TestPages_ObeyTheLaws(t *testing.T) {
	for name, c := range pages(t) {
		t.Run(name, func(t *testing.T) {
			d := parse(t, render(t, c))
			d.everyInputHasALabel(t)
			d.everyReferenceLeadsSomewhere(t)
			d.nothingIsInline(t)
			d.oneHeadingOfTheFirstRank(t)
			d.noBoxIsTicked(t)
		})
	}
}

func TestLaws_SeeAnOffence(t *testing.T) {
	for _, offence := range []string{
		`<input id="a" name="a">`, `<label for="a">A</label><input id="a" aria-describedby="nowhere">`, `<a href="#nowhere">x</a>`,
		`<p style="color:red">x</p>`, `<script>1</script>`, `<a onclick="x()">x</a>`, `<h1>a</h1><h1>b</h1>`,
		`<label for="b">b</label><input type="checkbox" id="b" checked>`,
	} {
		watch := &testing.T{}
		d := parse(t, "<!doctype html><html><body>"+offence+"</body></html>")
		d.everyInputHasALabel(watch)
		d.everyReferenceLeadsSomewhere(watch)
		d.nothingIsInline(watch)
		if strings.Contains(offence, "<h1>") {
			d.oneHeadingOfTheFirstRank(watch)
		}
		d.noBoxIsTicked(watch)
		if !watch.Failed() {
			t.Errorf("nobody minds %s", offence)
		}
	}
}

func TestApplyPage_AsksForEveryFieldOnce(t *testing.T) {
	d := parse(t, render(t, ApplyPage(apply(t, "en", nil))))
	var names []string
	for _, n := range d.all("input", "select") {
		if name := attr(n, "name"); name != "submissionKey" && name != "website" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var want []string
	for _, f := range slices.Concat(validation.Fields(), validation.Ticks()) {
		if f.Name == "coApplicant" { // the agent asks for that
			continue
		}
		if f.Kind == validation.DateParts {
			want = append(want, "dateOfBirth-month", "dateOfBirth-day", "dateOfBirth-year")
			continue
		}
		want = append(want, f.Name)
	}
	slices.Sort(names)
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("the page and the table of fields differ:\n%s", diff)
	}
}

func TestApplyPage_SummaryAndFieldSayTheSame(t *testing.T) {
	a := withErrors(t, "en", nil)
	text := render(t, ApplyPage(a))
	for _, problem := range a.Errors {
		sentence := html.EscapeString(a.say(problem.Message))
		if n := strings.Count(text, ">"+sentence+"<"); n != 2 {
			t.Errorf("%q stands there %d times, want in the summary and beside its field", sentence, n)
		}
	}
}

func TestApplyPage_HostileAnswersMakeNoNodes(t *testing.T) {
	count := func(typed map[string]string) int {
		a := apply(t, "en", typed)
		return len(parse(t, render(t, ApplyPage(a))).all())
	}
	plain := map[string]string{"firstName": "x", "city": "x", "email": "x"}
	hostile := map[string]string{"firstName": `"><script>alert(1)</script>`, "city": `'><svg/onload=alert(1)>`, "email": `<!--`}
	if got, want := count(hostile), count(plain); got != want {
		t.Errorf("the page has %d elements, want the %d of harmless answers", got, want)
	}
}

// document is a parsed page with the laws it must obey.
type document struct{ root *html.Node }

func parse(t *testing.T, text string) document {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return document{root}
}

// all is every element with one of the names, or every element.
func (d document) all(names ...string) []*html.Node {
	var found []*html.Node
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) {
			found = append(found, n)
		}
	}
	return found
}

func (d document) everyInputHasALabel(t *testing.T) {
	labelled := map[string]bool{}
	for _, n := range d.all("label") {
		labelled[attr(n, "for")] = true
		for inside := range n.Descendants() {
			labelled[attr(inside, "id")] = true
		}
	}
	for _, n := range d.all("input", "select", "textarea") {
		if attr(n, "type") != "hidden" && !labelled[attr(n, "id")] {
			t.Errorf("the input %q has no label", attr(n, "name"))
		}
	}
}

func (d document) everyReferenceLeadsSomewhere(t *testing.T) {
	ids := map[string]bool{}
	for _, n := range d.all() {
		if id := attr(n, "id"); id != "" && ids[id] {
			t.Errorf("the id %q is there twice", id)
		} else {
			ids[id] = true
		}
	}
	for _, n := range d.all() {
		for _, id := range strings.Fields(attr(n, "aria-describedby") + " " + attr(n, "aria-labelledby")) {
			if !ids[id] {
				t.Errorf("%s refers to %q, which is not there", n.Data, id)
			}
		}
		if id, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && !ids[id] {
			t.Errorf("a link leads to %q, which is not there", id)
		}
		if attr(n, "aria-invalid") == "true" && attr(n, "aria-describedby") == "" && !strings.HasPrefix(attr(n, "name"), "dateOfBirth-") {
			t.Errorf("the wrong input %q is not tied to what is wrong", attr(n, "name"))
		}
	}
}

func (d document) nothingIsInline(t *testing.T) {
	for _, n := range d.all() {
		if n.Data == "style" || (n.Data == "script" && attr(n, "src") == "") {
			t.Errorf("an inline %s", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has the attribute %s", n.Data, a.Key)
			}
		}
	}
}

func (d document) oneHeadingOfTheFirstRank(t *testing.T) {
	if n := len(d.all("h1")); n != 1 {
		t.Errorf("there are %d headings of the first rank, want one", n)
	}
}

func (d document) noBoxIsTicked(t *testing.T) {
	for _, n := range d.all("input") {
		if attr(n, "type") == "checkbox" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
			t.Errorf("the box %q is ticked for the visitor", attr(n, "name"))
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
