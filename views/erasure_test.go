package views

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/handoff"
)

// notAboutThePerson are the fields of apply.Check without a canary, and why. Any other field gets one,
// also a new one.
var notAboutThePerson = map[string]string{
	"Page":             "it is the site's, and what it says of the browser is compared by TestCheckPage_SharedPartsAreTheSameForTwoPeople",
	"Texts":            "they are published",
	"Errors":           "they never hold what was typed",
	"Notice":           "it is one of a few",
	"Recording.Script": "it is the vendor's",
	"Warnings.Field":   "it must name a field, or the warning is not shown",
}

// keptWithTheConsent is what stays of a page for as long as the consent record.
var keptWithTheConsent = []string{
	"Request", "PageID", "Applicant.FirstName", "Applicant.LastName", "Applicant.HomePhone",
}

// neverShown is what the check page holds nowhere.
var neverShown = []string{
	"Applicant.SocialSecurityNumber", "Applicant.WorkPhone", "Applicant.GrossAnnualIncome", "Warnings.Suggestion",
}

// canaries are by field, each in the forms in which a page may write it.
type canaries map[string][]string

// plant puts a canary of its own into every field below v.
func (all canaries) plant(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	text, number := fmt.Sprintf("canary%06d", len(all)), 7_310_000_000+len(all) // too long to be in a hash by chance
	if _, exempt := notAboutThePerson[name]; exempt {
		return
	}
	switch field := v.Addr().Interface().(type) {
	case *string:
		*field, all[name] = text, []string{text}
	case *lead.Private[string]:
		*field, all[name] = lead.Keep(text), []string{text}
	case *lead.Private[int]: // an amount is written with commas, and so many months as years
		digits := fmt.Sprint(12 * number)
		*field, all[name] = lead.Keep(12*number), []string{digits, digits[:2] + "," + digits[2:5] + "," + digits[5:8] + "," + digits[8:], fmt.Sprint(number)}
	case *lead.Private[lead.Date]:
		*field, all[name] = lead.Keep(lead.Date{Year: 1731, Month: time.May, Day: 17}), []string{"1731-05-17", "17, 1731", "de 1731"}
	case *time.Time:
		*field, all[name] = time.Date(1742, time.May, 17, 0, 0, 0, 0, time.UTC), []string{"1742-05-17", "17, 1742", "de 1742"}
	case *bool, *lead.Private[bool]: // yes or no identifies nobody
	default:
		all.plantBelow(t, name, v)
	}
}

func (all canaries) plantBelow(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			all.plant(t, strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."), v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		all.plant(t, name, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		all.plant(t, name, v.Index(0))
	default:
		t.Fatalf("%s is a %s, for which there is no canary yet", name, v.Type())
	}
}

// isIn says whether the page holds the field's canary.
func (all canaries) isIn(page []byte, field string) bool {
	return slices.ContainsFunc(all[field], func(form string) bool { return strings.Contains(string(page), form) })
}

// plantedCheck is a check page of somebody whose every answer, name and number is a canary.
func plantedCheck(t *testing.T, language string) (apply.Check, canaries) {
	t.Helper()
	c, all := apply.Check{Page: page(language), Texts: texts(t)}, canaries{}
	c.LoanFields = true
	all.plantBelow(t, "", reflect.ValueOf(&c).Elem())
	c.Warnings[0].Field, c.Recording.Script = "email", "https://a.example/x.js"
	delete(all, "Warnings.Message."+map[string]string{"en": "ES", "es": "EN"}[language])
	return c, all
}

func TestCheckPage_KeepsOnlyWhatBelongsToTheConsentOnceTheAnswersAreErased(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		c, planted := plantedCheck(t, language)
		sent := consent.Page{Parts: parts(t, apply.CheckPage(c))}
		shared := []byte(strings.Join(sharedParts(t, c), ""))
		kept := sent.Kept([]byte("salt")).Bytes()
		for field := range planted {
			if shown := planted.isIn(sent.Bytes(), field); shown == slices.Contains(neverShown, field) {
				t.Errorf("%s in %s: shown is %v", field, language, shown)
			}
			if planted.isIn(shared, field) {
				t.Errorf("%s in %s stands in what is stored once for many pages", field, language)
			}
			if stays := planted.isIn(kept, field); stays != slices.Contains(keptWithTheConsent, field) {
				t.Errorf("%s in %s: kept after the answers are erased is %v", field, language, stays)
			}
		}
		if len(planted) < 30 {
			t.Errorf("%d canaries are too few", len(planted))
		}
	}
}

func TestLinkPage_KeepsOnlyWhatBelongsToTheConsentOnceTheAnswersAreErased(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		link := handoff.Consents{
			Page: page(language), PageID: "canaryPage", FirstName: lead.Keep("canaryFirst"), LastName: lead.Keep("canaryLast"), Phone: lead.Keep("7319990042"),
			Asks: lead.Asked{DateOfBirth: true, SSN: true}, Texts: texts(t), Recording: &apply.Recording{Script: "https://a.example/x.js"},
			Form: validation.NewForm(map[string]string{"dateOfBirth-day": "canaryDay", "socialSecurityNumber": "canaryNumber"}),
		}
		sent := consent.Page{Parts: parts(t, handoff.ConsentPage(link))}
		var shared, kept = "", string(sent.Kept([]byte("salt")).Bytes())
		for _, part := range sent.Parts {
			if part.Hole == consent.Shell {
				shared += string(part.Bytes)
			}
		}
		for canary, want := range map[string]struct{ shown, stays bool }{
			"canaryPage": {true, true}, "canaryFirst": {true, true}, "canaryLast": {true, true}, "(731) 999-0042": {true, true},
			"canaryDay": {true, false}, "canaryNumber": {false, false},
		} {
			if shown := strings.Contains(string(sent.Bytes()), canary); shown != want.shown {
				t.Errorf("%s in %s: shown is %v", canary, language, shown)
			}
			if strings.Contains(shared, canary) {
				t.Errorf("%s in %s stands in what is stored once for many pages", canary, language)
			}
			if stays := strings.Contains(kept, canary); stays != want.stays {
				t.Errorf("%s in %s: kept after the answers are erased is %v", canary, language, stays)
			}
		}
	}
}
