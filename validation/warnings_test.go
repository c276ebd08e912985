package validation

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// warned is the warnings of a form that is filled in well and then changed as told.
func warned(t *testing.T, changes map[string]string, opt Options) []Warning {
	t.Helper()
	changed := map[string]string{"homePhone": "512 234 5678", "cellPhone": "", "workPhone": ""}
	for box, typed := range changes {
		changed[box] = typed
	}
	a, errs := Parse(typedWell(changed), opt)
	if len(errs) != 0 {
		t.Fatalf("a warning is for what the rules take: %v", errs)
	}
	return Warnings(a, opt)
}

func production() Options {
	opt := consumer()
	opt.Production = true
	return opt
}

func TestWarnings_NoneForAnOrdinaryApplicant(t *testing.T) {
	if got := warned(t, nil, production()); len(got) != 0 {
		t.Errorf("%d warnings, the first of %s: %q", len(got), got[0].Field, got[0].Message.EN)
	}
}

// The sentences are literal here: this is the product document's own table.
func TestWarnings_SayWhatTheProductDocumentSays(t *testing.T) {
	checkLine := Text{"Please check this line", "Revise esta línea"}
	yours := Text{"Is this phone number yours?", "¿Es suyo este número de teléfono?"}
	type changes = map[string]string
	for _, c := range []struct {
		story   string
		changes changes
		opt     Options
		want    []Warning
	}{
		{"a ZIP code of another state", changes{"state": "Ohio"}, consumer(),
			[]Warning{{"state", Text{"ZIP 78745 is in Texas. Is the state right?", "El código postal 78745 es de Texas. ¿Es correcto el estado?"}, "TX"}}},
		{"the state's name in each language", changes{"zipCode": "87501"}, consumer(),
			[]Warning{{"state", Text{"ZIP 87501 is in New Mexico. Is the state right?", "El código postal 87501 es de Nuevo México. ¿Es correcto el estado?"}, "NM"}}},
		{"a ZIP code that we do not know", changes{"zipCode": "00000"}, consumer(), []Warning{{"zipCode", checkLine, ""}}},
		{"a slip in the e-mail address", changes{"email": "Jose.N@gmial.com"}, consumer(),
			[]Warning{{"email", Text{"Did you mean gmail.com?", "¿Quiso decir gmail.com?"}, "Jose.N@gmail.com"}}},
		{"a toll-free number", changes{"homePhone": "800 234 5678"}, consumer(), []Warning{{"homePhone", yours, ""}}},
		{"a premium number", changes{"cellPhone": "900 234 5678"}, consumer(), []Warning{{"cellPhone", yours, ""}}},
		{"an unassigned area code", changes{"workPhone": "222 234 5678"}, consumer(), []Warning{{"workPhone", yours, ""}}},
		{"a number of films, in production", changes{"homePhone": "512 555 0148"}, production(), []Warning{{"homePhone", yours, ""}}},
		{"a number of films, elsewhere", changes{"homePhone": "512 555 0148"}, consumer(), nil},
		{"a month's income like cents", changes{"monthlyIncome": "500000", "grossAnnualIncome": ""}, consumer(),
			[]Warning{{"monthlyIncome", Text{"That is $500,000 a month. Is that right?", "Son $500,000 al mes. ¿Es correcto?"}, ""}}},
		{"a rent like cents", changes{"monthlyRent": "120000"}, consumer(),
			[]Warning{{"monthlyRent", Text{"That is $120,000 a month. Is that right?", "Son $120,000 al mes. ¿Es correcto?"}, ""}}},
		{"a year like cents", changes{"monthlyIncome": "", "grossAnnualIncome": "5400000"}, consumer(),
			[]Warning{{"grossAnnualIncome", Text{"That is $5,400,000 a year. Is that right?", "Son $5,400,000 al año. ¿Es correcto?"}, ""}}},
		{"a debt and a loan like cents", changes{"estimatedDebt": "2500000", "loanAmount": "1000001"}, consumer(), []Warning{
			{"estimatedDebt", Text{"That is $2,500,000. Is that right?", "Son $2,500,000. ¿Es correcto?"}, ""},
			{"loanAmount", Text{"That is $1,000,001. Is that right?", "Son $1,000,001. ¿Es correcto?"}, ""}}},
		{"a year that is half of twelve months", changes{"monthlyIncome": "4500", "grossAnnualIncome": "27000"}, consumer(),
			[]Warning{{"grossAnnualIncome", Text{"That is $27,000 a year. Is that right?", "Son $27,000 al año. ¿Es correcto?"}, ""}}},
		{"a street of digits alone", changes{"address1": "4120"}, consumer(), []Warning{{"address1", checkLine, ""}}},
		{"digits in both names", changes{"firstName": "Mar1a", "lastName": "R2D2"}, consumer(),
			[]Warning{{"firstName", checkLine, ""}, {"lastName", checkLine, ""}}},
	} {
		t.Run(c.story, func(t *testing.T) {
			if diff := cmp.Diff(c.want, warned(t, c.changes, c.opt)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWarning_IsShownByNoPrinter(t *testing.T) {
	w := Warning{"email", Text{marker, marker}, marker}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", w, &w, []Warning{w})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("warning", "warning", w, "all", []Warning{w})
	text, err := json.Marshal([]Warning{w})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	if strings.Contains(out.String(), marker) || !strings.Contains(out.String(), redacted) {
		t.Errorf("printed:\n%s", out.String())
	}
}
