package views

import (
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"intake/validation"
)

func apply(t *testing.T, language string, typed map[string]string) Apply {
	t.Helper()
	return Apply{
		Page: page(language), Ticket: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Form: validation.NewForm(typed),
		Consents: texts(t).In(language, "Seller LLC"),
	}
}

// withErrors is the form as it comes back.
func withErrors(t *testing.T, language string, typed map[string]string) Apply {
	t.Helper()
	a := apply(t, language, typed)
	_, a.Errors = validation.Parse(a.Form, validation.Options{
		Today: today, Phone: a.Phone, RequireCredit: true,
	})
	if len(a.Errors) == 0 {
		t.Fatal("the form is right; the page shows nothing")
	}
	return a
}

// applyStories is the form on one page.
func applyStories(t *testing.T, language string, all map[string]templ.Component) {
	all["apply"] = ApplyPage(apply(t, language, nil))
	all["apply-empty"] = ApplyPage(withErrors(t, language, nil))
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
