package alleviate_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"intake/alleviate"
)

// hidden are structs that a careless caller may build around ours: fields that fmt cannot reach
// through methods, pointers, maps and slices.
type hidden struct {
	input  alleviate.LeadInput
	secret alleviate.Secret
	submit *alleviate.SubmitLeadInput
	many   []alleviate.LeadInput
	byKey  map[alleviate.Secret]alleviate.Private[string]
	any    any
}

func TestPersonalValuesAndSecrets_ShowInNoPrinter(t *testing.T) {
	in := applicant()
	submit := alleviate.SubmitLeadInput{LeadID: theirID, MobilePhone: alleviate.Of(ssnCanary)}
	secret := alleviate.NewSecret(secretCanary)
	for name, v := range map[string]any{
		"input":             in,
		"pointer to input":  &in,
		"submit input":      submit,
		"secret":            secret,
		"pointer to secret": &secret,
		"one answer":        in.Email,
		"date":              in.DateOfBirth,
		"config":            alleviate.Config{ClientSecret: secret, NextSecret: alleviate.NewSecret(nextSecretCanary)},
		"unexported fields": hidden{in, secret, &submit, []alleviate.LeadInput{in}, map[alleviate.Secret]alleviate.Private[string]{secret: in.Email}, in},
		"map":               map[alleviate.Secret]alleviate.LeadInput{secret: in},
		"slice":             []any{in, secret},
	} {
		t.Run(name, func(t *testing.T) { noCanary(t, v) })
	}
}

// Everything in LeadInput that a person says must be wrapped; this finds a new field that is not.
func TestLeadInput_WrapsEveryAnswer(t *testing.T) {
	open := []string{"SiteURL", "AffiliateAppID", "PartnerLeadID"}
	for _, v := range []any{alleviate.LeadInput{}, alleviate.SubmitLeadInput{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !strings.HasPrefix(f.Type.Name(), "Private[") && !slices.Contains(append(open, "LeadID"), f.Name) {
				t.Errorf("%s.%s is a plain %s", typ.Name(), f.Name, f.Type)
			}
		}
	}
}

func TestSecret_IsReadFromTextAndRevealed(t *testing.T) {
	var s alleviate.Secret
	if err := s.UnmarshalText([]byte(secretCanary)); err != nil || s.Reveal() != secretCanary {
		t.Errorf("got %q, %v", s.Reveal(), err)
	}
	if got := (alleviate.Secret{}).Reveal(); got != "" {
		t.Errorf("the zero secret reveals %q", got)
	}
}
