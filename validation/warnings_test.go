package validation

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"
)

// warned is the warnings of a form that is filled in well and then changed as told.
func warned(t *testing.T, changes map[string]string, opt Options) []Warning {
	t.Helper()
	changed := map[string]string{"homePhone": "512 234 5678", "cellPhone": "", "workPhone": ""}
	for box, typed := range changes {
		changed[box] = typed
	}
	a, errs := Parse(validForm(changed), opt)
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

func TestWarnings_AreNoneForAnOrdinaryApplicant(t *testing.T) {
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

func TestWarnings_OfPhones(t *testing.T) {
	for _, c := range []struct {
		says           bool
		story, numbers string
	}{
		{true, "toll-free", "8002345678 8332345678 8442345678 8552345678 8662345678 8772345678 8882345678 8222345678 8005550148"},
		{true, "premium, personal and government", "9002345678 5002345678 5332345678 7002345678 7102345678"},
		{true, "no area code yet", "2222345678 2002345678 9992345678 5552345678 2992345678"},
		{true, "of films", "5125550100 5125550148 5125550199 7875550101 8615550199"},
		{false, "beside those of films", "5125550099 5125550200 5125551000 5125540148 5125651234"},
		{false, "any state", "5122345678 5129999999 2125551234 9077654321 8082345678 2745678901 9832345678 4722345678"},
		{false, "a territory, whatever follows", "7872345678 9392345678 6712345678 6712222222 3402345678 3409999999 6842345678 6849999999 6702345678 6709999999"},
		{false, "a young area code", "4362345678 4572345678 4712345678 4832345678 6212345678 6792345678 7292345678 8372345678 8612345678 9242345678"},
	} {
		t.Run(c.story, func(t *testing.T) {
			for _, phone := range strings.Fields(c.numbers) {
				for _, field := range []string{"homePhone", "cellPhone", "workPhone"} {
					got := warned(t, map[string]string{field: phone}, production())
					if says := len(got) == 1 && got[0].Field == field; says != c.says || len(got) > 1 {
						t.Errorf("%s %s: %d warnings", field, phone, len(got))
					}
				}
			}
		})
	}
}

func TestNewAreaCodes_AreUnknownToTheLibrary(t *testing.T) {
	for _, area := range strings.Fields(newAreaCodes) {
		if kind := phonenumbers.GetNumberType(number(area + "2345678")); kind != phonenumbers.UNKNOWN {
			t.Errorf("the library knows %s by now: take it off the list", area)
		}
	}
}

func TestWarnings_OfAmounts(t *testing.T) {
	for _, c := range []struct {
		field, most string
	}{
		{"monthlyRent", "20000"}, {"monthlyIncome", "100000"}, {"grossAnnualIncome", "2000000"},
		{"estimatedDebt", "1000000"}, {"loanAmount", "1000000"},
	} {
		most, err := strconv.Atoi(c.most)
		if err != nil {
			t.Fatal(err)
		}
		for amount, want := range map[int]bool{0: false, 1: false, most: false, most + 1: true, 2147483647: true} {
			alone := map[string]string{"monthlyIncome": "", "grossAnnualIncome": "", c.field: strconv.Itoa(amount)}
			got := warned(t, alone, consumer())
			if says := len(got) == 1 && got[0].Field == c.field; says != want || len(got) > 1 {
				t.Errorf("%s of %d: %d warnings", c.field, amount, len(got))
			}
		}
	}
}

func TestWarnings_OfAYearAgainstTwelveMonths(t *testing.T) {
	for _, c := range []struct {
		month, year string
		says        bool
	}{
		{"4500", "54000", false},
		{"4500", "27001", false},
		{"4500", "27000", true}, // half
		{"4500", "107999", false},
		{"4500", "108000", true}, // twice
		{"4500", "4500", true},   // the month again
		{"4500", "540", true},
		{"4500", "0", true},
		{"0", "54000", true},
		{"0", "0", false},
		{"", "54000", false},
		{"4500", "", false},
	} {
		got := warned(t, map[string]string{"monthlyIncome": c.month, "grossAnnualIncome": c.year}, consumer())
		if says := len(got) == 1 && got[0].Field == "grossAnnualIncome"; says != c.says || len(got) > 1 {
			t.Errorf("%s a month and %s a year: %d warnings", c.month, c.year, len(got))
		}
	}
}

func TestWarnings_OfLines(t *testing.T) {
	for _, c := range []struct {
		field string
		typed []string
		says  bool
	}{
		{"address1", []string{"4120", "41 20", "4120-5", "#4", "½", "٤١٢٠"}, true},
		{"address1", []string{"4120 Bluebonnet Ln", "Calle 5", "4120 李", "N", "PO Box 1"}, false},
		{"firstName", []string{"Mar1a", "2", "R2D2", "Ana٣"}, true},
		{"firstName", []string{"Ana", "John III", "O'Brien", "李", "Ⅲ", "J."}, false},
		{"lastName", []string{"Smith 2nd"}, true},
		{"zipCode", []string{"00000", "99999", "96941"}, true}, // the last is Micronesia
		{"zipCode", []string{"78745", "73301-0001"}, false},
	} {
		for _, typed := range c.typed {
			got := warned(t, map[string]string{c.field: typed}, consumer())
			if says := len(got) == 1 && got[0].Field == c.field; says != c.says || len(got) > 1 {
				t.Errorf("%s %q: %d warnings", c.field, typed, len(got))
			}
		}
	}
}

func TestWarnings_NameEveryStateInASentence(t *testing.T) {
	for zip, want := range map[string]Text{
		"20001": {"ZIP 20001 is in the District of Columbia. Is the state right?", "El código postal 20001 es de Washington, DC. ¿Es correcto el estado?"},
		"27601": {"ZIP 27601 is in North Carolina. Is the state right?", "El código postal 27601 es de Carolina del Norte. ¿Es correcto el estado?"},
		"00901": {"ZIP 00901 is in Puerto Rico. Is the state right?", "El código postal 00901 es de Puerto Rico. ¿Es correcto el estado?"},
		"00802": {"ZIP 00802 is in the U.S. Virgin Islands. Is the state right?", "El código postal 00802 es de las Islas Vírgenes Estadounidenses. ¿Es correcto el estado?"},
		"96950": {"ZIP 96950 is in the Northern Mariana Islands. Is the state right?", "El código postal 96950 es de las Islas Marianas del Norte. ¿Es correcto el estado?"},
		"09002": {"ZIP 09002 is in Armed Forces Europe. Is the state right?", "El código postal 09002 es de Fuerzas Armadas, Europa. ¿Es correcto el estado?"},
	} {
		got := warned(t, map[string]string{"zipCode": zip}, consumer())
		if len(got) != 1 || got[0].Field != "state" || got[0].Message != want {
			t.Errorf("%s: %q", zip, got[0].Message)
		}
	}
}

func TestWarnings_EndWhenTheSuggestionIsTaken(t *testing.T) {
	for _, changes := range []map[string]string{
		{"email": "Jose.N@gmial.com"}, {"email": "jose@hotmail.con"}, {"email": "a@www.yahoo.com"}, {"email": "a@acme.vom"},
		{"state": "OH"}, {"zipCode": "09002"},
	} {
		first := warned(t, changes, consumer())
		if len(first) != 1 || first[0].Suggestion == "" {
			t.Fatalf("%v: %d warnings", changes, len(first))
		}
		changes[first[0].Field] = first[0].Suggestion
		if again := warned(t, changes, consumer()); len(again) != 0 {
			t.Errorf("%v: still a warning of %s", changes, again[0].Field)
		}
	}
}

func TestWarnings_SuggestNoAddressThatIsTooLong(t *testing.T) {
	full := strings.Repeat("a", maxEmail-len("@gmai.com")) + "@gmai.com"
	if got := warned(t, map[string]string{"email": full}, consumer()); len(got) != 0 {
		t.Errorf("suggests %d characters", len(got[0].Suggestion))
	}
}

func TestWarnings_ComeInPageOrderAndBlockNothing(t *testing.T) {
	got := warned(t, map[string]string{
		"estimatedDebt": "1500000", "firstName": "An4", "email": "a@gmial.com", "homePhone": "8002345678", "address1": "12", "zipCode": "00000", "monthlyRent": "99999",
	}, consumer())
	var fields []string
	for _, w := range got {
		fields = append(fields, w.Field)
	}
	want := strings.Fields("estimatedDebt firstName email homePhone zipCode address1 monthlyRent")
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
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
