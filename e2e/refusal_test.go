package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// refused is something that a person typed into one box, and what the form says about it.
type refused struct {
	story, box, typed string
	field, says       string
}

const (
	saysName     = "First name must be 50 characters or fewer"
	saysUnusable = " has a character that cannot be used. Please type it again"
	saysRealDate = "Date of birth must be a real date, like March 14, 1979"
	saysEmail    = "Enter an email address like name@example.com"
	saysPhone    = "Enter a 10-digit US phone number, like 512 555 0148"
	saysZip      = "Enter your 5-digit ZIP code"
	markup       = `"><script>document.title='taken'</script><img src=x onerror=alert(1)>`
)

func refusals() []refused {
	return []refused{
		{"empty", "firstName", "", "firstName", "Enter your first name"},
		{"empty", "lastName", "", "lastName", "Enter your last name"},
		{"empty", "dateOfBirth-month", "", "dateOfBirth", "Date of birth must include a month"},
		{"empty", "dateOfBirth-day", "", "dateOfBirth", "Date of birth must include a day"},
		{"empty", "dateOfBirth-year", "", "dateOfBirth", "Date of birth must include a year"},
		{"empty", "email", "", "email", "Enter your email address"},
		{"empty", "homePhone", "", "homePhone", "Enter your phone number"},
		{"empty", "zipCode", "", "zipCode", saysZip},
		{"empty", "address1", "", "address1", "Enter your street address"},
		{"empty", "city", "", "city", "Enter your city"},
		{"blank", "firstName", " \u00a0 ", "firstName", "Enter your first name"},
		{"blank", "city", "   ", "city", "Enter your city"},

		{"too long", "firstName", strings.Repeat("a", 51), "firstName", saysName},
		{"too long", "lastName", strings.Repeat("李", 51), "lastName", "Last name must be 50 characters or fewer"},
		{"too long", "dateOfBirth-month", strings.Repeat("3", 41), "dateOfBirth", saysRealDate},
		{"too long", "email", strings.Repeat("a", 250) + "@example.com", "email", "Email address must be 254 characters or fewer"},
		{"too long", "homePhone", strings.Repeat("5", 41), "homePhone", saysPhone},
		{"too long", "zipCode", strings.Repeat("7", 41), "zipCode", saysZip},
		{"too long", "address1", strings.Repeat("a", 201), "address1", "Street address must be 200 characters or fewer"},
		{"too long", "city", strings.Repeat("a", 201), "city", "City must be 200 characters or fewer"},

		{"no such day", "dateOfBirth-day", "32", "dateOfBirth", saysRealDate},
		{"no such month", "dateOfBirth-month", "13", "dateOfBirth", saysRealDate},
		{"in the future", "dateOfBirth-year", "2999", "dateOfBirth", "Date of birth must be in the past"},
		{"too long ago", "dateOfBirth-year", "1800", "dateOfBirth", "Check the year of birth"},
		{"no address", "email", "maria", "email", saysEmail},
		{"two addresses", "email", "a@example.com, b@example.com", "email", saysEmail},
		{"nine digits", "homePhone", "512 555 014", "homePhone", saysPhone},
		{"a Canadian number", "homePhone", "416 555 0148", "homePhone", saysPhone},
		{"four digits", "zipCode", "7870", "zipCode", saysZip},
		{"letters", "zipCode", "ABCDE", "zipCode", saysZip},
		{"eight digits", "socialSecurityNumber", "219-09-999", "socialSecurityNumber", "Social Security number must have 9 digits"},
		{"never given out", "socialSecurityNumber", "666-12-3456", "socialSecurityNumber", "Check the Social Security number, or leave it empty"},
		{"cents", "monthlyIncome", "a lot", "monthlyIncome", "Enter whole dollars, like 15000"},
		{"words", "monthsAtAddress", "ages", "monthsAtAddress", "Enter months, or years like 2 years"},

		{"NUL", "firstName", "Ma\x00ria", "firstName", "First name" + saysUnusable},
		{"NUL", "lastName", "\x00", "lastName", "Last name" + saysUnusable},
		{"NUL", "dateOfBirth-day", "1\x004", "dateOfBirth", "Date of birth" + saysUnusable},
		{"NUL", "email", "a\x00@example.com", "email", "Email address" + saysUnusable},
		{"NUL", "homePhone", "512\x005550148", "homePhone", "Phone number" + saysUnusable},
		{"NUL", "zipCode", "787\x0001", "zipCode", "ZIP code" + saysUnusable},
		{"NUL", "address1", "500\x00", "address1", "Street address" + saysUnusable},
		{"NUL", "city", "Aus\x00tin", "city", "City" + saysUnusable},
		{"no UTF-8", "city", "Aus\xfftin", "city", "City" + saysUnusable},

		{"markup", "dateOfBirth-month", "<b>3</b>", "dateOfBirth", saysRealDate},
		{"markup", "email", markup, "email", saysEmail},
		{"markup", "homePhone", `<i>5125550148</i>`, "homePhone", saysPhone},
		{"markup", "zipCode", `"><b>`, "zipCode", saysZip},
		{"markup and too long", "firstName", markup, "firstName", saysName},
		{"a quote", "zipCode", "O'Brien", "zipCode", saysZip},
		{"letters", "homePhone", "李", "homePhone", saysPhone},
	}
}

func TestForm_SaysWhatIsWrongAndKeepsWhatWasTyped(t *testing.T) {
	p := serve(t)
	for _, tt := range refusals() {
		t.Run(tt.box+" "+tt.story, func(t *testing.T) {
			typed := required().with("lastName", "Nuñez-Smith", tt.box, tt.typed)
			got := p.send(typed)
			if got.status != 422 {
				t.Fatalf("answered %d, want 422", got.status)
			}
			if diff := cmp.Diff(map[string]string{tt.field: tt.says}, got.problems()); diff != "" {
				t.Errorf("what stands beside the fields (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.body, `<div class="summary" role="alert"`) {
				t.Error("the page has no error summary")
			}
			checkKept(t, got, typed)
		})
	}
	if calls := p.ledger().Calls("createLead"); len(calls) != 0 {
		t.Errorf("%d refused forms were sent to Alleviate", len(calls))
	}
}

// checkKept compares every box with what was typed, byte for byte. A number as sensitive as an SSN
// is never shown again, and a tick is never set for anybody.
func checkKept(t *testing.T, got response, typed answers) {
	t.Helper()
	for box, text := range typed {
		kept := ""
		switch box {
		case "consentCredit", "consentTerms":
			continue
		case "state":
			kept = got.chosen(box)
		case "socialSecurityNumber":
			if kept = got.value(t, box); kept != "" {
				t.Error("the Social Security number is in the page")
			}
			continue
		default:
			kept = got.value(t, box)
		}
		if kept != text {
			t.Errorf("%s holds %q, typed was %q", box, kept, text)
		}
	}
	if strings.Contains(got.body, " checked") {
		t.Error("a box is ticked although nobody ticked it")
	}
}

func TestForm_AsksForTheStateAndForEachRequiredTick(t *testing.T) {
	p := serve(t)
	for _, tt := range []struct {
		story, field, says string
		typed              answers
	}{
		{"no state", "state", "Choose your state", required().without("state")},
		{"no such state", "state", "Choose your state", required().with("state", "ZZ")},
		{"markup for a state", "state", "Choose your state", required().with("state", markup)},
		{"no credit check", "consentCredit", "Tick the box to allow the credit check, or call us at (512) 555-0100", required().without("consentCredit")},
		{"no terms", "consentTerms", "Tick the box to accept the terms", required().without("consentTerms")},
		{"an odd tick", "consentTerms", "Tick the box to accept the terms", required().with("consentTerms", "<b>")},
	} {
		t.Run(tt.story, func(t *testing.T) {
			got := p.send(tt.typed)
			if diff := cmp.Diff(map[string]string{tt.field: tt.says}, got.problems()); got.status != 422 || diff != "" {
				t.Errorf("answered %d (-want +got):\n%s", got.status, diff)
			}
		})
	}
}

func TestForm_EmptyTellsAllThatIsMissingAtOnce(t *testing.T) {
	got := serve(t).send(answers{})
	want := map[string]string{
		"firstName": "Enter your first name", "lastName": "Enter your last name",
		"dateOfBirth": "Enter your date of birth", "email": "Enter your email address",
		"homePhone": "Enter your phone number", "zipCode": saysZip, "address1": "Enter your street address",
		"city": "Enter your city", "state": "Choose your state",
		"consentCredit": "Tick the box to allow the credit check, or call us at (512) 555-0100",
		"consentTerms":  "Tick the box to accept the terms",
	}
	if diff := cmp.Diff(want, got.problems()); got.status != 422 || diff != "" {
		t.Errorf("answered %d (-want +got):\n%s", got.status, diff)
	}
}

func TestForm_TakesNamesAsPeopleHaveThemAndMarkupAsText(t *testing.T) {
	p := serve(t)
	order(t, p.twin, "assumptions", `{"duplicateMatch":"off"}`)
	texts := []string{"O'Brien", "José", "Nuñez-Smith", "李", "<b>Maria</b>", `"'><svg onload=alert(1)>`, "Anne & Co; DROP TABLE lead"}
	for i, text := range texts {
		typed := invented(i)
		for _, box := range []string{"firstName", "lastName", "address1", "city"} {
			typed[box] = text
		}
		p.accepted(typed)
	}
	arrived := map[string]string{}
	for _, call := range awaitDelivered(t, p.twin, len(texts)).Calls("createLead") {
		in := inputOf(t, call)
		names, _ := json.Marshal([]any{in["lastName"], in["address1"], in["city"]})
		arrived[in["firstName"].(string)] = string(names)
	}
	want := map[string]string{}
	for _, text := range texts {
		names, _ := json.Marshal([]any{text, text, text})
		want[text] = string(names)
	}
	if diff := cmp.Diff(want, arrived); diff != "" {
		t.Errorf("what arrived (-want +got):\n%s", diff)
	}
}

func TestForm_WritesDecomposedLettersAsOne(t *testing.T) {
	p := serve(t)
	p.accepted(required().with("firstName", "Jose\u0301", "lastName", "Nun\u0303ez"))
	got := onlyLead(t, awaitDelivered(t, p.twin, 1))
	if got["firstName"] != "José" || got["lastName"] != "Nuñez" {
		t.Errorf("arrived as %q %q, want José Nuñez", got["firstName"], got["lastName"])
	}
}

// In the browser: what the server refused stands in the boxes as typed, the summary has the focus,
// its links lead to the boxes, and hostile markup makes no element.
func TestForm_HostileMarkupMakesNoElement(t *testing.T) {
	p := serve(t)
	for _, who := range []person{onPhone, {width: 1280, height: 800, noScript: true}} {
		t.Run(who.String(), func(t *testing.T) {
			v := p.visitedBy(t, who)
			v.open("/apply")
			clean := ask[int](v, `document.querySelectorAll('*').length`)
			typed := answers{}
			for box := range required().without("state", "consentCredit", "consentTerms") {
				typed[box] = markup
			}
			v.fill(typed)
			v.expect(422)
			v.press()
			v.sees("There is a problem")
			for box, text := range typed {
				if got, err := v.Locator("#" + box).InputValue(); err != nil || got != text {
					t.Errorf("%s holds %q, %v, typed was %q", box, got, err, text)
				}
			}
			if n := ask[int](v, `document.querySelectorAll('main script, main img, [onerror], main svg').length`); n != 0 {
				t.Errorf("what was typed made %d elements", n)
			}
			if title := ask[string](v, `document.title`); strings.Contains(title, "taken") {
				t.Error("what was typed ran")
			}
			t.Logf("%d elements in the clean page, %d with the errors", clean, ask[int](v, `document.querySelectorAll('*').length`))
		})
	}
}

func TestForm_ErrorSummaryHasTheFocusAndLeadsToTheBox(t *testing.T) {
	v := serve(t).visitedBy(t, onPhone)
	v.open("/apply")
	v.fill(required().with("zipCode", "7870", "lastName", "O'Brien"))
	v.expect(422)
	v.press()
	v.sees("There is a problem")
	if !ask[bool](v, `document.activeElement === document.querySelector('.summary')`) {
		t.Error("the focus is not on the error summary")
	}
	must(t, v.Locator(".summary a").Click())
	if got := ask[string](v, `document.activeElement.id`); got != "zipCode" {
		t.Errorf("the link leads to %q, want zipCode", got)
	}
	must(t, v.Locator("#zipCode").Fill("78701"))
	must(t, v.Locator("#consentCredit").Check())
	must(t, v.Locator("#consentTerms").Check())
	v.press()
	v.sees(wordsQualified)
}

func TestForm_RefusesWhatIsNoForm(t *testing.T) {
	p := serve(t)
	key := p.newKey()
	for _, tt := range []struct {
		story, path, kind, body string
		status                  int
		says                    string
	}{
		{"JSON", "/apply", "application/json", `{}`, 415, "We could not read this request"},
		{"multipart", "/apply", "multipart/form-data; boundary=x", "--x--", 415, "We could not read this request"},
		{"an unknown box", "/apply", formType, "isAgent=true", 400, "We could not read this request"},
		{"a box twice", "/apply", formType, "city=a&city=b", 400, "We could not read this request"},
		{"a query", "/apply?city=a", formType, "", 400, "We could not read this request"},
		{"over 64 KiB", "/apply", formType, "city=" + strings.Repeat("a", 64<<10), 413, "The form is too long"},
		{"no key", "/apply", formType, required().encode(""), 422, "Your answers are here. Please press the button again."},
		{"an invented key", "/apply", formType, required().encode("'; drop table lead; --"), 422, "Your answers are here. Please press the button again."},
		{"another page", "/nowhere", formType, required().encode(key), 404, "Page not found"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			got := fetch(t, "POST", p.url+tt.path, tt.kind, tt.body)
			if got.status != tt.status || !strings.Contains(got.body, tt.says) {
				t.Errorf("answered %d, want %d with %q", got.status, tt.status, tt.says)
			}
		})
	}
}
