package validation

import (
	"slices"
	"strings"
	"testing"

	"intake/internal/lead"
	"intake/validation/normalize"

	"github.com/google/go-cmp/cmp"
)

func TestFields_AreTheAnswersOfAnApplicantOneToOne(t *testing.T) {
	var want, got []string
	for _, answer := range new(lead.Applicant).Answers() {
		want = append(want, answer.Name)
	}
	for _, f := range Fields() {
		got = append(got, f.Name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestFields_RequireExactlyNineAnswers(t *testing.T) {
	var got []string
	for _, f := range Fields() {
		if f.Required {
			got = append(got, f.Name)
		}
	}
	want := []string{"firstName", "lastName", "dateOfBirth", "email", "homePhone", "zipCode", "address1", "city", "state"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("required (-want +got):\n%s", diff)
	}
}

func TestFields_SealWhatTheProductDocumentCallsSensitive(t *testing.T) {
	var got []string
	for _, f := range Fields() {
		if f.Sensitive {
			got = append(got, f.Name)
		}
	}
	want := []string{
		"firstName", "lastName", "dateOfBirth", "email", "homePhone", "cellPhone", "workPhone",
		"address1", "address2", "monthlyIncome", "grossAnnualIncome", "socialSecurityNumber",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sensitive (-want +got):\n%s", diff)
	}
}

func TestFields_AreAskedForWhereTheProductDocumentSays(t *testing.T) {
	want := map[Surface]string{
		Consumer: "estimatedDebt firstName lastName dateOfBirth email homePhone cellPhone zipCode address1 address2 city state " +
			"residenceTypeId monthsAtAddress monthlyRent incomeSourceId payFrequencyId monthlyIncome employerName monthsAtEmployer socialSecurityNumber",
		Desk: "estimatedDebt firstName lastName dateOfBirth email homePhone zipCode address1 city state",
		DeskMore: "loanAmount loanPurposeId cellPhone workPhone address2 residenceTypeId monthsAtAddress monthlyRent " +
			"incomeSourceId payFrequencyId monthlyIncome grossAnnualIncome employerName monthsAtEmployer coApplicant",
		OwnPhone:     "dateOfBirth socialSecurityNumber",
		ConsumerLoan: "loanAmount loanPurposeId",
	}
	for surface, names := range want {
		var got []string
		for _, f := range Fields() {
			if f.On(surface) {
				got = append(got, f.Name)
			}
		}
		if diff := cmp.Diff(strings.Fields(names), got); diff != "" {
			t.Errorf("surface %d (-want +got):\n%s", surface, diff)
		}
	}
}

func TestFields_HaveInputsOfTheirOwn(t *testing.T) {
	seen := map[string]string{}
	for _, f := range slices.Concat(Fields(), consents()) {
		for _, box := range append(f.Boxes(), f.Name) {
			if owner, taken := seen[box]; taken && owner != f.Name {
				t.Errorf("%s belongs to %s and to %s", box, owner, f.Name)
			}
			seen[box] = f.Name
		}
	}
	if len(seen) != 26+3+3 {
		t.Errorf("%d inputs, want 26 fields, 3 parts of the date and 3 boxes", len(seen))
	}
}

func TestFields_ComeGroupByGroupAndHaveALimit(t *testing.T) {
	last := Debt
	for _, f := range slices.Concat(Fields(), consents()) {
		if f.Group < last {
			t.Errorf("%s goes back to an earlier group", f.Name)
		}
		last = f.Group
		if f.MaxLength == 0 && f.Kind != Checkbox || f.MaxLength*4 > normalize.MaxBytes {
			t.Errorf("%s takes %d characters", f.Name, f.MaxLength)
		}
	}
}

func TestFields_OfferOptionsWhereOneIsChosen(t *testing.T) {
	want := map[string]int{
		"loanPurposeId": 18, "state": 59, "residenceTypeId": 4, "incomeSourceId": 7, "payFrequencyId": 6, "coApplicant": 2,
	}
	for _, f := range Fields() {
		if len(f.Options) != want[f.Name] {
			t.Errorf("%s has %d options, want %d", f.Name, len(f.Options), want[f.Name])
		}
		values := map[string]bool{}
		for _, o := range f.Options {
			if values[o.Value] {
				t.Errorf("%s offers %q twice", f.Name, o.Value)
			}
			values[o.Value] = true
			a, errs := Parse(validForm(map[string]string{f.Name: o.Value}), consumer())
			if len(errs) != 0 || answersOf(a)[f.Name] != o.Value {
				t.Errorf("%s does not take its own option %q", f.Name, o.Value)
			}
		}
	}
}

func TestFields_ReturnsACopyOfTheList(t *testing.T) {
	Fields()[0].Name = "changed"
	if Fields()[0].Name != "estimatedDebt" {
		t.Error("the table was changed from outside")
	}
}

func TestByName_FindsFieldsAndConsents(t *testing.T) {
	for _, name := range []string{"state", "dateOfBirth", ConsentMarketing} {
		if f, ok := ByName(name); !ok || f.Name != name {
			t.Errorf("ByName(%q) = %q, %t", name, f.Name, ok)
		}
	}
	if f, ok := ByName("dateOfBirth-month"); ok {
		t.Errorf("ByName of a part = %q", f.Name)
	}
}

// The columns autocomplete and input of the product document, section 2.1, and what the keyboard of
// a phone does besides.
func TestFields_BringTheRightKeyboardAndFillIn(t *testing.T) {
	type keyboard struct {
		autocomplete, inputMode string
		capitalize              bool
	}
	want := map[string]keyboard{
		"estimatedDebt":        {"off", "numeric", false},
		"loanAmount":           {"off", "numeric", false},
		"loanPurposeId":        {"off", "", false},
		"firstName":            {"given-name", "", true},
		"lastName":             {"family-name", "", true},
		"dateOfBirth":          {"bday", "", false},
		"dateOfBirth-month":    {"bday-month", "", false},
		"dateOfBirth-day":      {"bday-day", "numeric", false},
		"dateOfBirth-year":     {"bday-year", "numeric", false},
		"email":                {"email", "email", false},
		"homePhone":            {"tel-national", "tel", false},
		"cellPhone":            {"mobile tel-national", "tel", false},
		"workPhone":            {"off", "tel", false},
		"zipCode":              {"postal-code", "numeric", false},
		"address1":             {"address-line1", "", true},
		"address2":             {"address-line2", "", true},
		"city":                 {"address-level2", "", true},
		"state":                {"address-level1", "", false},
		"residenceTypeId":      {"off", "", false},
		"monthsAtAddress":      {"off", "", false},
		"monthlyRent":          {"off", "numeric", false},
		"incomeSourceId":       {"off", "", false},
		"payFrequencyId":       {"off", "", false},
		"monthlyIncome":        {"off", "numeric", false},
		"grossAnnualIncome":    {"off", "numeric", false},
		"employerName":         {"organization", "", true},
		"monthsAtEmployer":     {"off", "", false},
		"socialSecurityNumber": {"off", "numeric", false},
		"coApplicant":          {"off", "", false},
	}
	got := map[string]keyboard{}
	for _, f := range Fields() {
		for _, box := range append([]Field{f}, f.Parts...) {
			got[box.Name] = keyboard{box.Autocomplete, box.InputMode, box.Capitalize}
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(keyboard{})); diff != "" {
		t.Errorf("keyboards (-want +got):\n%s", diff)
	}
}

// What is typed into an older page, or by a program that fills in forms, chooses the option that it means.
func TestChosen_FindsTheOptionThatIsMeant(t *testing.T) {
	birth, _ := ByName("dateOfBirth")
	month := birth.Parts[0]
	state, _ := ByName("state")
	for _, tt := range []struct {
		field       Field
		typed, want string
	}{
		{month, "3", "3"}, {month, "03", "3"}, {month, "March", "3"}, {month, " MAR. ", "3"}, {month, "marzo", "3"}, {month, "dic", "12"},
		{month, "13", "13"}, {month, "brumaire", "brumaire"}, {month, "", ""},
		{state, "TX", "TX"}, {state, "texas", "TX"}, {state, "Puerto Rico", "PR"}, {state, "Ontario", "Ontario"},
	} {
		if got := tt.field.Chosen(tt.typed); got != tt.want {
			t.Errorf("%s %q chooses %q, want %q", tt.field.Name, tt.typed, got, tt.want)
		}
	}
	for _, option := range month.Options {
		if month.Chosen(option.Label.EN) != option.Value || month.Chosen(option.Label.ES) != option.Value {
			t.Errorf("%v is not what its own name chooses", option)
		}
	}
}
