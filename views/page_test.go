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

// headTags is what <link> and <meta> say, by rel or name and hreflang or media.
func headTags(d document) map[string]string {
	found := map[string]string{}
	for _, n := range d.all("link") {
		found[strings.TrimSpace(attr(n, "rel")+" "+attr(n, "hreflang"))] = attr(n, "href")
	}
	for _, n := range d.all("meta") {
		found[strings.TrimSpace(attr(n, "name")+" "+attr(n, "media"))] = attr(n, "content")
	}
	return found
}

func TestPages_TellSearchEnginesOfBothLanguages(t *testing.T) {
	pages := allPages(t)
	for name, path := range map[string]string{"landing": "/", "privacy": "/privacy", "terms": "/terms"} {
		for language, own := range map[string]string{"en": path, "es": "/es" + path} {
			got := headTags(parse(t, render(t, pages[name+"-"+language+".html"])))
			for rel, want := range map[string]string{
				"canonical": own, "alternate en": path, "alternate es": "/es" + path, "alternate x-default": path,
			} {
				if got[rel] != "https://intake.example"+want {
					t.Errorf("%s in %s: %s is %q, want the place of %q", name, language, rel, got[rel], want)
				}
			}
			if n := len([]rune(got["description"])); n < 70 || n > 170 {
				t.Errorf("%s in %s: the description has %d characters, want 70 to 170", name, language, n)
			}
		}
	}
}

func TestLandingPage_SetsTheThemeColor(t *testing.T) {
	got := headTags(parse(t, render(t, apply.LandingPage(landing(t, "en", nil)))))
	if got["theme-color (prefers-color-scheme: light)"] == "" || got["theme-color (prefers-color-scheme: dark)"] == "" {
		t.Error("there is no theme color")
	}
}

// public pages say the same to everybody.
var public = regexp.MustCompile(`^(landing|privacy|terms)`)

func TestPages_AreIndexedOnlyWhenPublic(t *testing.T) {
	for name, c := range allPages(t) {
		head := headTags(parse(t, render(t, c)))
		if listed := head["robots"] != "noindex"; listed != public.MatchString(name) {
			t.Errorf("%s: listed is %v", name, listed)
		}
		if described := head["description"] != ""; described != public.MatchString(name) {
			t.Errorf("%s: described is %v", name, described)
		}
	}
}

// firstRoundTrip is what a server may send in the first round trip of a connection: ten packets.
const firstRoundTrip = 14_336

func TestLandingPage_FitsIntoTheFirstRoundTrip(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		page := compressed(t, []byte(render(t, apply.LandingPage(landing(t, language, nil)))))
		sheet := compressed(t, static.Theme{}.SheetBytes())
		t.Logf("%s: %d bytes of HTML and %d of CSS", language, page, sheet)
		if page+sheet > firstRoundTrip {
			t.Errorf("page and sheet in %s take %d bytes, want %d at most", language, page+sheet, firstRoundTrip)
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

// boxesOn are the names of the inputs that a page shows, each once, in their order.
func boxesOn(d document) (names []string) {
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
	if diff := cmp.Diff(loan, boxesOn(parse(t, render(t, apply.LandingPage(withLoan(t, "en", nil)))))); diff != "" {
		t.Errorf("step 1 where it asks about a loan:\n%s", diff)
	}
	for number, page := range pages {
		var want []string
		for _, f := range validation.Asked(validation.Consumer, validation.Steps()[number-1]...) {
			want = append(want, f.Boxes()...)
		}
		if diff := cmp.Diff(want, boxesOn(parse(t, render(t, page)))); diff != "" {
			t.Errorf("step %d:\n%s", number, diff)
		}
	}
}

// The purpose of each input can be found out by programs (WCAG 2.2, 1.3.5).
func TestSteps_RenderFieldsAsTheTableSays(t *testing.T) {
	for number := apply.StepYou; number <= apply.StepIncome; number++ {
		d := parse(t, render(t, apply.StepPage(stepOf("es", number, nil))))
		for _, n := range d.all("input", "select") {
			for _, f := range apply.StepFields(page("es").Site, number) {
				if attr(n, "name") != f.Name || attr(n, "type") == "radio" {
					continue
				}
				got := []string{attr(n, "autocomplete"), attr(n, "inputmode"), attr(n, "aria-required")}
				want := []string{f.Autocomplete, f.InputMode, map[bool]string{true: "true"}[f.Required]}
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

// The key of a screen keyboard sends the form, on every box: no script moves on to the next one.
func TestSteps_TheEnterKeySaysThatItSends(t *testing.T) {
	pages := []templ.Component{apply.LandingPage(withLoan(t, "en", nil))}
	for number := apply.StepYou; number <= apply.StepIncome; number++ {
		pages = append(pages, apply.StepPage(stepOf("en", number, nil)))
	}
	for _, page := range pages {
		for _, n := range parse(t, render(t, page)).all("input") {
			isTyped := attr(n, "type") == "text" || attr(n, "type") == "email"
			if hint := attr(n, "enterkeyhint"); isTyped != (hint == "go") {
				t.Errorf("%s: the key says %q", attr(n, "name"), hint)
			}
		}
	}
}

// A month that is typed as a number could be the day, which comes first in other countries.
func TestSteps_TheMonthOfBirthIsChosenByItsName(t *testing.T) {
	for language, march := range map[string]string{"en": "March", "es": "marzo"} {
		for _, typed := range []string{"3", "March", "mar", "marzo"} {
			d := parse(t, render(t, apply.StepPage(stepOf(language, apply.StepYou, withAnswers(maria, "dateOfBirth-month", typed)))))
			var months, chosen []string
			for _, n := range d.all("select") {
				if attr(n, "name") != "dateOfBirth-month" || attr(n, "autocomplete") != "bday-month" {
					continue
				}
				for option := range n.Descendants() {
					if option.Data != "option" {
						continue
					}
					months = append(months, words(option))
					if slices.ContainsFunc(option.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
						chosen = append(chosen, words(option))
					}
				}
			}
			if len(months) != 13 || !slices.Equal(chosen, []string{march}) {
				t.Errorf("in %s, %q chooses %q of %q", language, typed, chosen, months)
			}
		}
	}
}

func TestSteps_FoldWhatIsOptionalUntilItIsFilledInOrWrong(t *testing.T) {
	folded := func(typed map[string]string, number int, errors ...validation.Problem) (open []bool, inside []string) {
		s := stepOf("en", number, typed)
		s.Errors = errors
		for _, n := range parse(t, render(t, apply.StepPage(s))).classed("more") {
			open = append(open, slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "open" }))
			for box := range n.Descendants() {
				if box.Data == "input" || box.Data == "select" {
					inside = append(inside, attr(box, "name"))
				}
			}
		}
		return open, slices.Compact(inside)
	}
	for _, tt := range []struct {
		number int
		fields []string
	}{
		{apply.StepYou, []string{"cellPhone"}},
		{apply.StepHome, []string{"residenceTypeId", "monthsAtAddress", "monthlyRent"}},
		{apply.StepIncome, []string{"employerName", "monthsAtEmployer"}},
	} {
		open, inside := folded(minimal(), tt.number)
		if diff := cmp.Diff(tt.fields, inside); diff != "" || !slices.Equal(open, []bool{false}) {
			t.Errorf("step %d: open is %v, inside are %v", tt.number, open, inside)
		}
		for _, field := range tt.fields {
			if open, _ := folded(withAnswers(minimal(), field, maria[field]), tt.number); !slices.Equal(open, []bool{true}) {
				t.Errorf("%s is filled in, and open is %v", field, open)
			}
			if open, _ := folded(minimal(), tt.number, validation.Problem{Field: field, Input: field}); !slices.Equal(open, []bool{true}) {
				t.Errorf("%s is wrong, and open is %v", field, open)
			}
		}
	}
}

func TestSteps_TheSSNHasACardOfItsOwnAfterTheIncome(t *testing.T) {
	cards := parse(t, render(t, apply.StepPage(stepOf("en", apply.StepIncome, nil)))).classed("card")
	if len(cards) != 2 || !strings.Contains(words(cards[0]), "Monthly income") || strings.Contains(words(cards[0]), "Social Security number") ||
		!strings.HasPrefix(words(cards[1]), "Social Security number (optional)") {
		t.Errorf("the %d cards are not the income and the number", len(cards))
	}
}

// What is said of the number must hold for Alleviate and the credit bureau too, whose copies are not ours to erase.
func TestSteps_SayTheTruthAboutTheSSN(t *testing.T) {
	for language, sentences := range map[string][]string{
		"en": {"We send it only to Alleviate, which uses it to ask a credit bureau.", "We erase our copy within 24 hours after the result of your request."},
		"es": {"Lo enviamos solo a Alleviate, que lo usa para consultar a una agencia de crédito.", "Borramos nuestra copia a más tardar 24 horas después del resultado de su solicitud."},
	} {
		text := words(parse(t, render(t, apply.StepPage(stepOf(language, apply.StepIncome, nil)))).root)
		for _, sentence := range sentences {
			if !strings.Contains(text, sentence) {
				t.Errorf("in %s the step does not say %q", language, sentence)
			}
		}
		for _, never := range []string{"nobody else", "nadie más"} {
			if strings.Contains(text, never) {
				t.Errorf("in %s the step says %q", language, never)
			}
		}
	}
}

func TestSteps_CountFiveWithTheCheckPage(t *testing.T) {
	for language, want := range map[string][]string{
		"en": {"Step 1 of 5", "Step 2 of 5", "Step 3 of 5", "Step 4 of 5", "Step 5 of 5"},
		"es": {"Paso 1 de 5", "Paso 2 de 5", "Paso 3 de 5", "Paso 4 de 5", "Paso 5 de 5"},
	} {
		pages := []templ.Component{apply.LandingPage(landing(t, language, nil))}
		for number := apply.StepYou; number <= apply.StepIncome; number++ {
			pages = append(pages, apply.StepPage(stepOf(language, number, nil)))
		}
		for i, page := range append(pages, apply.CheckPage(check(t, language, maria))) {
			d := parse(t, render(t, page))
			if got := words(d.classed("count")[0]); got != want[i] {
				t.Errorf("page %d says %q, want %q", i+1, got, want[i])
			}
			if bars := d.classed("bar"); len(bars) > 0 && (len(d.all("i")) != 5 || len(d.classed("done")) != i+1) {
				t.Errorf("page %d fills %d of %d", i+1, len(d.classed("done")), len(d.all("i")))
			}
		}
	}
}

func TestSteps_KeepWhatWasTypedButTheSSN(t *testing.T) {
	typed := withAnswers(maria, "socialSecurityNumber", "123-45-6789", "monthlyIncome", "lots")
	for number := apply.StepYou; number <= apply.StepIncome; number++ {
		d := parse(t, render(t, apply.StepPage(stepOfMaria(t, number, typed))))
		for _, n := range d.all("input", "option") {
			name, value := attr(n, "name"), attr(n, "value")
			if n.Data == "input" && attr(n, "type") != "radio" && name != "socialSecurityNumber" && value != typed[name] {
				t.Errorf("%s holds %q, want %q", name, value, typed[name])
			}
			if name == "socialSecurityNumber" && value != "" {
				t.Errorf("the SSN is filled in again")
			}
		}
		if page := render(t, apply.StepPage(stepOfMaria(t, number, typed))); strings.Contains(page, "123-45") {
			t.Error("the page holds the SSN")
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

func stepOfMaria(t *testing.T, number int, typed map[string]string) apply.Step {
	s := stepOf("en", number, typed)
	s.Errors = errorsIn(t, number, typed)
	return s
}

func TestStatusPage_IsTheSameForEveryFinalResultButQualified(t *testing.T) {
	one := status.Progress{Page: page("en"), State: status.Finished, Reference: "R", EventsPath: "/status/A/events", Marketing: true}
	other := status.Progress{Page: page("en"), State: status.Finished, Reference: "R", EventsPath: "/status/A/events"}
	if diff := cmp.Diff(render(t, status.Page(one)), render(t, status.Page(other))); diff != "" {
		t.Error(diff)
	}
}
