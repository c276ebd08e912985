package validation

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSteps_AskTheConsumerForEachFieldOnce(t *testing.T) {
	want := [][]string{
		{"estimatedDebt"},
		strings.Fields("firstName lastName dateOfBirth email homePhone cellPhone"),
		strings.Fields("zipCode address1 address2 city state residenceTypeId monthsAtAddress monthlyRent"),
		strings.Fields("incomeSourceId payFrequencyId monthlyIncome employerName monthsAtEmployer socialSecurityNumber"),
	}
	var got [][]string
	for _, groups := range Steps() {
		var names []string
		for _, f := range Asked(Consumer, groups...) {
			names = append(names, f.Name)
		}
		got = append(got, names)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestStep_IsWhereTheGroupIsAskedFor(t *testing.T) {
	want := map[Group]int{Debt: 1, About: 2, Home: 3, Income: 4, Identity: 4, Consent: 5}
	for group, step := range want {
		if got := group.Step(); got != step {
			t.Errorf("group %d is asked for at step %d, want %d", group, got, step)
		}
	}
}

func TestAsked_WithoutGroupsIsTheWholeSurface(t *testing.T) {
	var got []string
	for _, f := range Asked(OwnPhone) {
		got = append(got, f.Name)
	}
	if diff := cmp.Diff([]string{"dateOfBirth", "socialSecurityNumber"}, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// Whatever is typed, the problems of the steps and the check page are those of the whole form.
func TestParseStep_ThePartsAreTheWhole(t *testing.T) {
	for _, typed := range append(slices.Clone(seeds), strings.Repeat("a", 51), strings.Repeat("a", 300)) {
		answers := map[string]string{}
		for _, f := range Fields() {
			for _, box := range f.Boxes() {
				answers[box] = typed
			}
		}
		for _, opt := range []Options{consumer(), desk()} {
			_, want := Parse(NewForm(answers), opt)
			var got Errors
			for _, groups := range append(Steps(), []Group{Consent}) {
				got = append(got, ParseStep(NewForm(answers), opt, groups...)...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%.40q (-Parse +ParseStep):\n%s", typed, diff)
			}
		}
	}
}

func TestParseStep_SaysNothingOfOtherSteps(t *testing.T) {
	form := NewForm(map[string]string{"estimatedDebt": "a lot"})
	var got []string
	for _, p := range ParseStep(form, consumer(), Debt) {
		got = append(got, p.Field)
	}
	if diff := cmp.Diff([]string{"estimatedDebt"}, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if errs := ParseStep(Form{}, consumer(), Income, Identity); len(errs) != 0 {
		t.Errorf("step 4 is optional, and says %v", errs)
	}
}
