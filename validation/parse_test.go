package validation

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"intake/internal/lead"

	"github.com/google/go-cmp/cmp"
)

var today = lead.Date{Year: 2026, Month: 3, Day: 14}

func consumer() Options {
	return Options{Today: today, Phone: "512 555 0100", RequireCredit: true}
}

func desk() Options { return Options{Today: today, Phone: "512 555 0100", Desk: true} }

// typedWell is a form with every box of the consumer filled in, with these changes.
func validForm(changes map[string]string) Form {
	typed := map[string]string{
		"estimatedDebt": "$25,000.00", "loanAmount": "20000", "loanPurposeId": "1",
		"firstName": "  José ", "lastName": "Nuñez-Smith",
		"dateOfBirth-month": "marzo", "dateOfBirth-day": "4", "dateOfBirth-year": "1979",
		"email": "Jose.N@Example.COM", "homePhone": "+1 (512) 555-0148", "cellPhone": "512.555.0149", "workPhone": "1 512 555 0150",
		"zipCode": "78745-1234", "address1": "1 Main  St", "address2": "Apt 2", "city": "Austin", "state": "Texas",
		"residenceTypeId": "2", "monthsAtAddress": "1y 6m", "monthlyRent": "1,200",
		"incomeSourceId": "1", "payFrequencyId": "2", "monthlyIncome": "4500", "grossAnnualIncome": "54,000",
		"employerName": "Acme & Sons", "monthsAtEmployer": "2 años",
		"socialSecurityNumber": "123-45-6789", "coApplicant": "false",
		"consentCredit": "on", "consentTerms": "yes",
	}
	maps.Copy(typed, changes)
	return NewForm(typed)
}

func answersOf(a lead.Applicant) map[string]string {
	got := map[string]string{}
	for _, answer := range a.Answers() {
		if text, ok := answer.Text(); ok {
			got[answer.Name] = text
		}
	}
	return got
}

// row is one line of a documented table: what is typed, and the answer or the sentence it gives.
type row struct{ typed, want, says string }

func checkRows(t *testing.T, field string, opt Options, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(fmt.Sprintf("%.40q", r.typed), func(t *testing.T) {
			a, errs := Parse(validForm(map[string]string{field: r.typed}), opt)
			got := row{r.typed, answersOf(a)[field], ""}
			if p, ok := errs.For(field); ok {
				got.says = p.Message.EN
			}
			if got != r {
				t.Errorf("got %+q, want %+q", got, r)
			}
			for _, p := range errs {
				if p.Field != field {
					t.Errorf("%s has a problem too: %s", p.Field, p.Message.EN)
				}
			}
		})
	}
}

func TestParse_ReadsAWholeForm(t *testing.T) {
	a, errs := Parse(validForm(nil), consumer())
	if len(errs) != 0 {
		t.Fatalf("errors: %v", errs)
	}
	want := map[string]string{
		"estimatedDebt": "25000", "loanAmount": "20000", "loanPurposeId": "1",
		"firstName": "José", "lastName": "Nuñez-Smith", "dateOfBirth": "1979-03-04",
		"email": "Jose.N@example.com", "homePhone": "5125550148", "cellPhone": "5125550149", "workPhone": "5125550150",
		"zipCode": "78745", "address1": "1 Main St", "address2": "Apt 2", "city": "Austin", "state": "TX",
		"residenceTypeId": "2", "monthsAtAddress": "18", "monthlyRent": "1200",
		"incomeSourceId": "1", "payFrequencyId": "2", "monthlyIncome": "4500", "grossAnnualIncome": "54000",
		"employerName": "Acme & Sons", "monthsAtEmployer": "24",
		"socialSecurityNumber": "123456789", "coApplicant": "false",
	}
	if diff := cmp.Diff(want, answersOf(a)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestParse_NeedsNoMoreThanTheNineRequiredAnswers(t *testing.T) {
	_, errs := Parse(NewForm(map[string]string{
		"firstName": "A", "lastName": "李", "email": "a@example.com", "homePhone": "5125550148",
		"dateOfBirth-month": "3", "dateOfBirth-day": "14", "dateOfBirth-year": "1979",
		"zipCode": "78745", "address1": "PO Box 1", "city": "Austin", "state": "OH",
		"consentCredit": "on", "consentTerms": "on",
	}), consumer())
	if len(errs) != 0 {
		t.Errorf("errors: %v", errs)
	}
}

func TestParse_AsksForTheNineFieldsAndTheConsentsInPageOrder(t *testing.T) {
	_, errs := Parse(Form{}, consumer())
	var got []string
	for _, p := range errs {
		got = append(got, p.Field+" at "+p.Input)
	}
	want := []string{
		"firstName at firstName", "lastName at lastName", "dateOfBirth at dateOfBirth-month",
		"email at email", "homePhone at homePhone", "zipCode at zipCode", "address1 at address1",
		"city at city", "state at state", "consentCredit at consentCredit", "consentTerms at consentTerms",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestParse_ReturnsTheValidAnswersBesideAnInvalidOne(t *testing.T) {
	a, errs := Parse(validForm(map[string]string{"email": "nobody"}), consumer())
	if len(errs) != 1 || a.Email.Given() || a.FirstName.Reveal() != "José" {
		t.Errorf("%d errors, e-mail given: %t, first name %q", len(errs), a.Email.Given(), a.FirstName.Reveal())
	}
}

func TestParse_AsksForTheConsentsThatTheSurfaceNeeds(t *testing.T) {
	for _, c := range []struct {
		story   string
		checked map[string]string
		opt     Options
		want    []string
	}{
		{"both missing", map[string]string{"consentCredit": "", "consentTerms": ""}, consumer(), []string{"consentCredit", "consentTerms"}},
		{"a value that no box sends", map[string]string{"consentCredit": "off", "consentTerms": "true"}, consumer(), []string{"consentCredit", "consentTerms"}},
		{"the credit check is not asked for", map[string]string{"consentCredit": "", "consentTerms": ""}, Options{Today: today}, []string{"consentTerms"}},
		{"marketing is free", map[string]string{"consentMarketing": ""}, consumer(), nil},
		{"an agent checks nothing", map[string]string{"consentCredit": "", "consentTerms": ""}, desk(), nil},
	} {
		t.Run(c.story, func(t *testing.T) {
			_, errs := Parse(validForm(c.checked), c.opt)
			var got []string
			for _, p := range errs {
				got = append(got, p.Field)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForm_SaysWhichBoxesWereChecked(t *testing.T) {
	f := NewForm(map[string]string{"consentTerms": "on", "consentCredit": "yes", "consentMarketing": "no"})
	got := []bool{f.Checked(ConsentTerms), f.Checked(ConsentCredit), f.Checked(ConsentMarketing), Form{}.Checked(ConsentTerms)}
	if diff := cmp.Diff([]bool{true, true, false, false}, got); diff != "" {
		t.Errorf("checked (-want +got):\n%s", diff)
	}
}

func TestFormOf_IsReadAsTheSameApplicant(t *testing.T) {
	a, _ := Parse(validForm(nil), consumer())
	b, errs := Parse(FormOf(a), desk())
	if len(errs) != 0 {
		t.Fatalf("errors: %v", errs)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("applicant (-want +got):\n%s", diff)
	}
}

func TestFormOf_FillsTheOneBoxOfTheDeskToo(t *testing.T) {
	a, _ := Parse(validForm(nil), consumer())
	line := FormOf(a).Value("dateOfBirth")
	b, errs := Parse(validForm(map[string]string{
		"dateOfBirth-month": "", "dateOfBirth-day": "", "dateOfBirth-year": "", "dateOfBirth": line,
	}), desk())
	if len(errs) != 0 || !a.DateOfBirth.Equal(b.DateOfBirth) {
		t.Errorf("%q is not read as the same day: %v", line, errs)
	}
}

func TestForm_IsACopyOfWhatWasTyped(t *testing.T) {
	typed := map[string]string{"city": "Austin"}
	f := NewForm(typed)
	typed["city"] = "Reno"
	if got := f.Value("city"); got != "Austin" {
		t.Errorf("city = %q after the caller changed its map", got)
	}
}

const marker = "Zqx918273645"

func TestForm_IsShownByNoPrinter(t *testing.T) {
	f := NewForm(map[string]string{"socialSecurityNumber": marker, marker: "x"})
	holder := struct {
		Open   Form
		hidden Form
		ptr    *Form
		List   []Form
	}{f, f, &f, []Form{f}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", f, &f, holder)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("form", "form", f, "holder", holder)
	slog.New(slog.NewTextHandler(&out, nil)).Info("form", "form", f, "holder", holder)
	for _, v := range []any{f, holder, map[string]Form{"a": f}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
	}
	if strings.Contains(out.String(), marker) || strings.Contains(out.String(), fmt.Sprintf("%x", marker)) {
		t.Errorf("what was typed is printed:\n%s", out.String())
	}
	if !strings.Contains(out.String(), `"form":"***"`) {
		t.Errorf("the log does not show *** in its place:\n%s", out.String())
	}
}

func TestErrors_NeverHoldWhatWasTyped(t *testing.T) {
	junk := []string{marker, marker + "@", "$" + marker, marker + "\x00", strings.Repeat(marker, 30), strings.Repeat(marker, 300), marker + "\xff"}
	for _, j := range junk {
		typed := map[string]string{}
		for _, f := range Fields() {
			for _, box := range f.Boxes() {
				typed[box] = j
			}
		}
		for _, opt := range []Options{consumer(), desk()} {
			_, errs := Parse(NewForm(typed), opt)
			if len(errs) < 10 {
				t.Errorf("%.20q breaks only %d fields", j, len(errs))
			}
			if printed := fmt.Sprintf("%+v", errs); strings.Contains(printed, marker[:3]) {
				t.Errorf("typed text in %s", printed)
			}
		}
	}
}

func TestErrors_ForFindsTheProblemOfAField(t *testing.T) {
	errs := Errors{{Field: "city", Input: "city", Message: Text{"a", "b"}}}
	if p, ok := errs.For("city"); !ok || p != errs[0] {
		t.Errorf("For(city) = %v, %t", p, ok)
	}
	if p, ok := errs.For("state"); ok {
		t.Errorf("For(state) = %v, want none", p)
	}
}

func TestParse_IgnoresFieldsThatAreNotAsked(t *testing.T) {
	asked := consumer()
	asked.Asked = Consumer
	for box, text := range map[string]string{"loanAmount": "20000", "loanPurposeId": "none", "workPhone": "5125550148"} {
		a, errs := Parse(validForm(map[string]string{box: text, "estimatedDebt": "15000"}), asked)
		if answers := answersOf(a); len(errs) > 0 || answers[box] != "" || answers["estimatedDebt"] != "15000" {
			t.Errorf("%s, which nobody asked for: got %q and %v", box, answers[box], errs)
		}
	}
	asked.Asked |= ConsumerLoan
	a, errs := Parse(validForm(map[string]string{"loanAmount": "20000", "loanPurposeId": "3"}), asked)
	if answers := answersOf(a); len(errs) > 0 || answers["loanAmount"] != "20000" || answers["loanPurposeId"] != "3" {
		t.Errorf("asked about a loan: got %v and %v", answers, errs)
	}
}
