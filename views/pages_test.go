package views

import (
	"bytes"
	"compress/gzip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"intake/static"
	"intake/validation"
	"intake/views/apply"
	"intake/views/status"
)

// heads is what a page says to search engines, by rel or name and hreflang or media.
func heads(d document) map[string]string {
	found := map[string]string{}
	for _, n := range d.all("link") {
		found[strings.TrimSpace(attr(n, "rel")+" "+attr(n, "hreflang"))] = attr(n, "href")
	}
	for _, n := range d.all("meta") {
		found[strings.TrimSpace(attr(n, "name")+" "+attr(n, "media"))] = attr(n, "content")
	}
	return found
}

func TestPages_AreFoundInBothLanguages(t *testing.T) {
	pages := every(t)
	for name, path := range map[string]string{"landing": "/", "privacy": "/privacy", "terms": "/terms"} {
		for language, own := range map[string]string{"en": path, "es": "/es" + path} {
			got := heads(parse(t, render(t, pages[name+"-"+language+".html"])))
			for rel, want := range map[string]string{
				"canonical": own, "alternate en": path, "alternate es": "/es" + path, "alternate x-default": path,
			} {
				if got[rel] != "https://intake.example"+want {
					t.Errorf("%s in %s: %s is %q, want the place of %q", name, language, rel, got[rel], want)
				}
			}
			if n := len([]rune(got["description"])); n < 70 || n > 170 {
				t.Errorf("%s in %s: the description has %d characters, which no list of results shows well", name, language, n)
			}
		}
	}
}

func TestLandingPage_ColoursTheBrowsersFrame(t *testing.T) {
	got := heads(parse(t, render(t, apply.LandingPage(landing(t, "en", nil)))))
	if got["theme-color (prefers-color-scheme: light)"] == "" || got["theme-color (prefers-color-scheme: dark)"] == "" {
		t.Error("the browser's own frame has no colour")
	}
}

// public are the pages that say the same to everybody.
var public = regexp.MustCompile(`^(landing|privacy|terms)`)

func TestPages_ThoseThatAreNobodysAreListed(t *testing.T) {
	for name, c := range every(t) {
		head := heads(parse(t, render(t, c)))
		if listed := head["robots"] != "noindex"; listed != public.MatchString(name) {
			t.Errorf("%s: listed is %v", name, listed)
		}
		if described := head["description"] != ""; described != public.MatchString(name) {
			t.Errorf("%s: described is %v", name, described)
		}
	}
}

// maxFirstStep is what comes with the first round trip of a connection: ten packets.
const maxFirstStep = 14_336

func TestLandingPage_ComesWithTheFirstPackets(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		page := compressed(t, []byte(render(t, apply.LandingPage(landing(t, language, nil)))))
		sheet := compressed(t, static.Look{}.SheetBytes())
		t.Logf("%s: %d bytes of HTML and %d of CSS", language, page, sheet)
		if page+sheet > maxFirstStep {
			t.Errorf("the first step in %s takes %d bytes, want %d at most", language, page+sheet, maxFirstStep)
		}
	}
}

func compressed(t *testing.T, body []byte) int {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

// asked is the names of the boxes that a page shows, each once, in its order.
func asked(d document) (names []string) {
	for _, n := range d.all("input", "select") {
		if name := attr(n, "name"); attr(n, "type") != "hidden" && name != "website" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func TestSteps_AskForEveryFieldOfTheTableInItsOrder(t *testing.T) {
	pages := map[int]templ.Component{apply.StepDebt: apply.LandingPage(landing(t, "en", nil))}
	for number := apply.StepYou; number <= apply.StepIncome; number++ {
		pages[number] = apply.StepPage(stepOf("en", number, nil))
	}
	loan := []string{"estimatedDebt", "loanAmount", "loanPurposeId"}
	if diff := cmp.Diff(loan, asked(parse(t, render(t, apply.LandingPage(withLoan(t, "en", nil)))))); diff != "" {
		t.Errorf("step 1 where it asks about a loan:\n%s", diff)
	}
	for number, page := range pages {
		var want []string
		for _, f := range validation.Asked(validation.Consumer, validation.Steps()[number-1]...) {
			want = append(want, f.Boxes()...)
		}
		if diff := cmp.Diff(want, asked(parse(t, render(t, page)))); diff != "" {
			t.Errorf("step %d:\n%s", number, diff)
		}
	}
}

// Every box says what the table says of it: WCAG 2.2, 1.3.5 for the purpose.
func TestSteps_DrawTheTable(t *testing.T) {
	for number := apply.StepYou; number <= apply.StepIncome; number++ {
		d := parse(t, render(t, apply.StepPage(stepOf("es", number, nil))))
		for _, n := range d.all("input", "select") {
			for _, f := range apply.StepFields(page("es").Site, number) {
				if attr(n, "name") != f.Name || attr(n, "type") == "radio" {
					continue
				}
				got := []string{attr(n, "autocomplete"), attr(n, "inputmode"), attr(n, "enterkeyhint"), attr(n, "aria-required")}
				want := []string{f.Autocomplete, f.InputMode, f.EnterKey(validation.Consumer), map[bool]string{true: "true"}[f.Required]}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s:\n%s", f.Name, diff)
				}
			}
		}
		text := words(d.root)
		for _, f := range apply.StepFields(page("es").Site, number) {
			if !strings.Contains(text, f.Label.ES) || !strings.Contains(text, f.Hint.ES) {
				t.Errorf("step %d lacks the label or hint of %s", number, f.Name)
			}
			if marked := strings.Contains(text, f.Label.ES+" (opcional)"); marked == (f.Required || f.Kind == validation.Secret) {
				t.Errorf("%s: marked as optional is %v", f.Name, marked)
			}
		}
	}
}

func TestSteps_KeepWhatWasTypedButTheNumber(t *testing.T) {
	typed := but(maria, "socialSecurityNumber", "123-45-6789", "monthlyIncome", "lots")
	for number := apply.StepYou; number <= apply.StepIncome; number++ {
		d := parse(t, render(t, apply.StepPage(wrongOrRight(t, number, typed))))
		for _, n := range d.all("input", "option") {
			name, value := attr(n, "name"), attr(n, "value")
			if n.Data == "input" && attr(n, "type") != "radio" && name != "socialSecurityNumber" && value != typed[name] {
				t.Errorf("%s holds %q, want %q", name, value, typed[name])
			}
			if name == "socialSecurityNumber" && value != "" {
				t.Errorf("the number is filled in again")
			}
		}
		if page := render(t, apply.StepPage(wrongOrRight(t, number, typed))); strings.Contains(page, "123-45") {
			t.Error("the page holds the number")
		}
	}
	rent := parse(t, render(t, apply.StepPage(stepOf("en", apply.StepHome, maria))))
	for _, n := range rent.all("input", "option") {
		chosen := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" || a.Key == "selected" })
		if want := attr(n, "value") == "2" && attr(n, "type") == "radio" || attr(n, "value") == "TX"; chosen != want {
			t.Errorf("%s %q: chosen is %v", attr(n, "name"), attr(n, "value"), chosen)
		}
	}
}

func wrongOrRight(t *testing.T, number int, typed map[string]string) apply.Step {
	s := stepOf("en", number, typed)
	s.Errors = judged(t, number, typed)
	return s
}

// Every final result but a qualified one is told in the same bytes.
func TestStatusPage_TellsNothingApart(t *testing.T) {
	one := status.Progress{Page: page("en"), State: status.Finished, Reference: "R", EventsPath: "/status/A/events", Marketing: true}
	other := status.Progress{Page: page("en"), State: status.Finished, Reference: "R", EventsPath: "/status/A/events"}
	if diff := cmp.Diff(render(t, status.Page(one)), render(t, status.Page(other))); diff != "" {
		t.Error(diff)
	}
}
