package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	pw "github.com/mxschmitt/playwright-go"
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
	saysPhone    = "Phone number must be a 10-digit US number, like 512 555 0148"
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
		{"words", "estimatedDebt", "much", "estimatedDebt", "The amount you owe must be a number in whole dollars, like 1500"},
		{"markup", "estimatedDebt", markup, "estimatedDebt", "The amount you owe must be a number in whole dollars, like 1500"},
		{"words", "monthlyIncome", "a lot", "monthlyIncome", "Monthly income must be a number in whole dollars, like 1500"},
		{"a range", "monthlyRent", "900-1200", "monthlyRent", "Monthly rent or mortgage must be one number, not a range. A rough number is fine"},
		{"too large", "estimatedDebt", "9999999999", "estimatedDebt", "The amount you owe is too large. Please check the number"},
		{"two digits", "dateOfBirth-year", "79", "dateOfBirth", "Year must have 4 digits, like 1979"},
		{"words", "monthsAtAddress", "ages", "monthsAtAddress", "Time at this address must be in months, like 18, or in years, like 2 years"},

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

// stepWith is the step that asks for the box.
func stepWith(box string) int {
	return slices.IndexFunc(steps, func(s step) bool { return slices.Contains(s.boxes, box) })
}

func TestForm_SaysWhatIsWrongAndKeepsWhatWasTyped(t *testing.T) {
	p := serve(t)
	for _, tt := range refusals() {
		t.Run(tt.box+" "+tt.story, func(t *testing.T) {
			v, typed, step := p.visitor(), required().with("lastName", "Nuñez-Smith", tt.box, tt.typed), steps[stepWith(tt.box)]
			got, err := v.tryApply(typed)
			must(t, err)
			if got.status != 422 {
				t.Fatalf("answered %d, want 422", got.status)
			}
			if diff := cmp.Diff(map[string]string{tt.field: tt.says}, got.problems()); diff != "" {
				t.Errorf("what stands beside the fields (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.body, `<div class="summary" role="alert"`) || !strings.Contains(got.body, "<title>Error: ") {
				t.Error("the page has no error summary, or its title does not begin with Error")
			}
			checkKept(t, got, typed.only(step.boxes...))
			checkKept(t, v.get(step.page()), typed.only(step.boxes...))
			if early := v.get(checkPath); early.header.Get("Location") != step.page() {
				t.Errorf("the check page is answered %d and leads to %q", early.status, early.header.Get("Location"))
			}
		})
	}
	if calls := p.ledger().Calls("createLead"); len(calls) != 0 {
		t.Errorf("%d refused forms were sent to Alleviate", len(calls))
	}
}

// checkKept compares every box with what was typed, byte for byte. A number as sensitive as an SSN
// is never shown again, and a box is never checked for anybody.
func checkKept(t *testing.T, got response, typed answers) {
	t.Helper()
	for box, text := range typed {
		kept := ""
		switch box {
		case "state":
			kept = got.chosen(box)
		case "dateOfBirth-month":
			kept = got.chosen(box)
			if text != required()[box] { // it is in no list
				text = ""
			}
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
		t.Error("a box is checked although nobody checked it")
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
	} {
		t.Run(tt.story, func(t *testing.T) {
			got := p.send(tt.typed)
			if diff := cmp.Diff(map[string]string{tt.field: tt.says}, got.problems()); got.status != 422 || diff != "" {
				t.Errorf("answered %d (-want +got):\n%s", got.status, diff)
			}
		})
	}
	both := map[string]string{
		"consentCredit": "Check the box to allow the credit check, or call us at (512) 555-0100",
		"consentTerms":  "Check the box to accept the terms",
	}
	for story, typed := range map[string]answers{ // all boxes are empty on the page that comes back
		"no credit check": required().without("consentCredit"), "no terms": required().without("consentTerms"),
		"an odd value of a checkbox": required().with("consentTerms", "<b>"),
	} {
		got := p.send(typed)
		if diff := cmp.Diff(both, got.problems()); got.status != 422 || diff != "" {
			t.Errorf("%s: answered %d (-want +got):\n%s", story, got.status, diff)
		}
	}
}

func TestForm_AnEmptyStepTellsAllThatIsMissingAtOnce(t *testing.T) {
	missing := map[string]map[string][2]string{ // by path and field, in both languages
		"/apply/debt": {},
		"/apply/you": {
			"firstName": {"Enter your first name", "Escriba su nombre"}, "lastName": {"Enter your last name", "Escriba su apellido"},
			"dateOfBirth": {"Enter your date of birth", "Escriba su fecha de nacimiento"},
			"email":       {"Enter your email address", "Escriba su correo electrónico"},
			"homePhone":   {"Enter your phone number", "Escriba su número de teléfono"},
		},
		"/apply/home": {
			"zipCode": {saysZip, "Escriba su código postal (ZIP) de 5 dígitos"}, "address1": {"Enter your street address", "Escriba la calle y el número"},
			"city": {"Enter your city", "Escriba su ciudad"}, "state": {"Choose your state", "Elija su estado"},
		},
		"/apply/income": {},
		checkPath: {
			"consentCredit": {"Check the box to allow the credit check, or call us at (512) 555-0100", "Marque la casilla para autorizar la consulta de crédito, o llámenos al (512) 555-0100"},
			"consentTerms":  {"Check the box to accept the terms", "Marque la casilla para aceptar los términos"},
		},
	}
	p := serve(t)
	for language, v := range []*visitor{p.visitor(), p.visitor().inSpanish()} {
		check := func(path string, got response) {
			want := map[string]string{}
			for field, says := range missing[path] {
				want[field] = says[language]
			}
			wantStatus := 303
			if len(want) > 0 {
				wantStatus = 422
			}
			if diff := cmp.Diff(want, got.problems()); got.status != wantStatus || diff != "" {
				t.Errorf("%s%s answered %d (-want +got):\n%s", v.prefix, path, got.status, diff)
			}
		}
		for _, step := range steps {
			check(step.path, v.post(step.path, answers{}))
			check("right "+step.path, v.post(step.path, required().only(step.boxes...)))
		}
		check(checkPath, v.finish(v.look(), answers{}))
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

// payload is markup that is a name as good as any.
const payload = `"><img src=x onerror=alert(1)>`

// planted counts what typed markup would make of itself on any page.
const planted = `document.querySelectorAll('main script, main img, [onerror], [onload]').length`

// isClean fails the test when something that was typed is an element of the page, or ran.
func (v *visit) isClean(where string) {
	v.t.Helper()
	if n := ask[int](v, planted); n != 0 {
		v.t.Errorf("%s: what was typed made %d elements", where, n)
	}
	if title := ask[string](v, `document.title`); strings.Contains(title, "taken") {
		v.t.Errorf("%s: what was typed ran", where)
	}
}

// In the browser, on every step: what the server refused stands in the boxes as typed, and hostile
// markup makes no element, nor does it on the pages that show it as an answer.
func TestForm_HostileMarkupMakesNoElement(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for _, who := range []person{onPhone, {width: 1280, height: 800, noScript: true}} {
		t.Run(who.String(), func(t *testing.T) {
			v := p.visitedBy(t, who)
			v.OnDialog(func(d pw.Dialog) { v.note("a dialog: " + d.Message()); _ = d.Dismiss() })
			v.expect(422)
			v.open("/")
			for i, step := range steps {
				typed := answers{}
				for _, box := range step.boxes {
					typed[box] = markup
				}
				typed = typed.without("dateOfBirth-month", "state", "residenceTypeId", "incomeSourceId", "payFrequencyId", "socialSecurityNumber")
				v.fill(typed)
				v.press()
				v.sees("There is a problem")
				v.isClean(step.path)
				for box, text := range typed {
					if got, err := v.Locator("#" + box).InputValue(); err != nil || got != text {
						t.Errorf("%s holds %q, %v, typed was %q", box, got, err, text)
					}
				}
				v.fill(typed.blank())
				v.fill(everything().with("firstName", payload, "lastName", payload, "address1", payload, "address2", payload, "city", payload, "employerName", payload).only(step.boxes...))
				v.press()
				v.at(after(i))
			}
			v.isClean(checkPath)
			shown, err := v.Locator("main").InnerText()
			if n := strings.Count(shown, payload); err != nil || n < 6 {
				t.Errorf("the check page shows what was typed %d times, %v", n, err)
			}
			v.agree()
			v.press()
			v.sees(wordsQualified)
			v.isClean("the status page")
		})
	}
}

// blank is a with every box emptied.
func (a answers) blank() answers {
	b := answers{}
	for box := range a {
		b[box] = ""
	}
	return b
}

func TestForm_ErrorSummaryHasTheFocusAndLeadsToTheBox(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for _, tt := range []struct{ prefix, head, title string }{{"", "There is a problem", "Error: "}, {"/es", "Hay un problema", "Error: "}} {
		v := p.visitedBy(t, onPhone)
		v.prefix = tt.prefix
		v.expect(422)
		summaryLeadsTo := func(box string) {
			t.Helper()
			v.sees(tt.head)
			if !ask[bool](v, `document.activeElement === document.querySelector('.summary')`) {
				t.Error("the focus is not on the error summary")
			}
			if title := ask[string](v, `document.title`); !strings.HasPrefix(title, tt.title) {
				t.Errorf("the title is %q", title)
			}
			must(t, v.Locator(".summary a").First().Click())
			if got := ask[string](v, `document.activeElement.id`); got != box {
				t.Errorf("the link leads to %q, want %s", got, box)
			}
		}
		v.open(v.prefix + "/")
		for _, wrong := range []struct{ box, typed string }{
			{"estimatedDebt", "much"}, {"lastName", ""}, {"zipCode", "7870"}, {"socialSecurityNumber", "219"},
		} {
			i := stepWith(wrong.box)
			step := steps[i]
			v.fill(required().only(step.boxes...).with(wrong.box, wrong.typed))
			v.press()
			summaryLeadsTo(wrong.box)
			v.fill(required().only(step.boxes...).with(wrong.box, everything()[wrong.box]))
			v.press()
			v.at(after(i))
		}
		v.pressAnyway()
		summaryLeadsTo("consentCredit")
		v.agree()
		v.press()
		v.atStatus()
	}
}

func TestForm_RefusesWhatIsNoForm(t *testing.T) {
	p := serve(t)
	for _, path := range []string{"/apply/debt", "/apply/you", "/apply/home", "/apply/income", checkPath, "/opt-out"} {
		for _, tt := range []struct {
			story, query, kind, body string
			status                   int
			says                     string
		}{
			{"JSON", "", "application/json", `{}`, 415, "We could not read this request"},
			{"multipart", "", "multipart/form-data; boundary=x", "--x--", 415, "We could not read this request"},
			{"an unknown box", "", formType, "isAgent=true", 400, "We could not read this request"},
			{"a box twice", "", formType, "website=a&website=b", 400, "We could not read this request"},
			{"a query", "?city=a", formType, "", 400, "We could not read this request"},
			{"over 64 KiB", "", formType, "website=" + strings.Repeat("a", 64<<10), 413, "The form is too long"},
		} {
			got := fetch(t, "POST", p.url+path+tt.query, tt.kind, tt.body)
			if got.status != tt.status || !strings.Contains(got.body, tt.says) {
				t.Errorf("%s at %s is answered %d, want %d with %q", tt.story, path, got.status, tt.status, tt.says)
			}
		}
	}
	if got := fetch(t, "POST", p.url+"/nowhere", formType, required().encode()); got.status != 404 || !strings.Contains(got.body, "Page not found") {
		t.Errorf("another page is answered %d", got.status)
	}
}

// The check page counts for the answers and the texts that stand on it, and for one form.
func TestForm_TheCheckPageAsksAgainWhenItIsAnotherOne(t *testing.T) {
	p := serve(t)
	for _, tt := range []struct{ story, box, value, says string }{
		{"no request", "request", "", "These are the answers that this browser sent us last."},
		{"an invented request", "request", "'; drop table lead; --", "These are the answers that this browser sent us last."},
		{"no page", "page", "", "Your answers are here. Please press the button again."},
		{"an invented page", "page", "'; drop table shown_page; --", "Your answers are here. Please press the button again."},
	} {
		v := p.visitor()
		page := v.walk(required())
		got := v.post(checkPath, page.form(required()).with(tt.box, tt.value))
		if got.status != 422 || !strings.Contains(got.body, tt.says) || !strings.Contains(got.body, "500 Example Ave") {
			t.Errorf("%s: answered %d, want 422 with %q and the answers", tt.story, got.status, tt.says)
		}
		v.finish(p.isCheck(got), required()).receipt(t)
	}
}
