package handlers

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/views/apply"
)

// C-1
func TestSteps_NobodyGetsAheadAndEverybodyGetsBack(t *testing.T) {
	for _, prefix := range []string{"", "/es"} {
		d := openDoor(t)
		paths := []string{"/", "/apply/you", "/apply/home", "/apply/income", "/apply/check"}
		answers := [][]string{{"estimatedDebt", "1"}, aboutMaria, homeOfMaria, noIncome}
		for _, path := range append(paths[1:], "/apply", "/apply/debt") {
			d.visit(t).open(prefix+path).at(prefix+"/", 200)
		}
		v := d.visit(t).open(prefix + "/")
		for done := range paths[1:] {
			v.send(answers[done]...).at(prefix+paths[done+1], 200)
			for n, path := range paths {
				v.open(prefix+path).at(prefix+paths[min(n, done+1)], 200)
			}
			v.open(prefix+"/apply").at(prefix+paths[done+1], 200)
			v.open(prefix+"/apply/debt").at(prefix+"/", 200)
			v.open(prefix + paths[done+1])
		}
	}
}

func TestSteps_WhatWasTypedIsThereAgain(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	v.open("/apply/you")
	for i := 0; i < len(aboutMaria); i += 2 {
		v.value(aboutMaria[i], aboutMaria[i+1])
	}
	v.open("/apply/home").sees(`<option value="TX" selected>`)
	for i := 0; i < len(homeOfMaria)-2; i += 2 {
		v.value(homeOfMaria[i], homeOfMaria[i+1])
	}
}

// C-3
func TestSteps_WrongAnswersAreKeptAndExplained(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/you")
	v.send(with(aboutMaria, "homePhone", "12", "firstName", `<b>"Ma`, "lastName", "", "dateOfBirth-month", "brumaire")...)
	v.at("/apply/you", 422).value("homePhone", "12").value("firstName", `<b>"Ma`).value("dateOfBirth-month", "brumaire").
		sees("<title>Error: ", "There is a problem", `href="#homePhone"`, `id="homePhone-error"`, `href="#dateOfBirth-month"`).seesNot("<b>")
	for _, sentence := range []string{"Enter a 10-digit US phone number, like 512 555 0148", "Enter your last name", "Date of birth must be a real date, like March 14, 1979"} {
		if n := strings.Count(v.page.Body.String(), sentence); n != 2 {
			t.Errorf("%q stands there %d times, want in the summary and beside the field", sentence, n)
		}
	}
	v.seesNot("Enter your street address") // of another step
	v.open("/apply/home").at("/apply/you", 200).value("homePhone", "12").value("firstName", `<b>"Ma`)
	v.send(aboutMaria...).at("/apply/home", 200)
}

func TestSteps_ChangeComesBackToTheCheckPage(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	for _, change := range []struct {
		path, box, text, shown string
		rest                   []string
	}{
		{"/", "estimatedDebt", "7000", "$7,000", nil},
		{"/apply/you", "firstName", "Marisol", "Marisol", aboutMaria},
		{"/apply/home", "city", "Dallas", "Dallas", homeOfMaria},
		{"/apply/income", "employerName", "Harbor Bakery", "Harbor Bakery", nil},
	} {
		v.open(change.path).send(with(change.rest, change.box, change.text)...).at("/apply/check", 200).sees(change.shown)
	}
	v.open("/apply/home").send(with(homeOfMaria, "zipCode", "1")...).at("/apply/home", 422)
	v.open("/apply/check").at("/apply/home", 200) // what is wrong comes first
}

// C-4
func TestSteps_TheOtherLanguageKeepsWhatIsNotSavedYet(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/").send("estimatedDebt", "about nothing", "language", "es").at("/es/", 200).value("estimatedDebt", "about nothing").
		seesNot("Hay un problema")
	if v.draft().Language != "es" {
		t.Errorf("the draft is in %q", v.draft().Language)
	}
	v.send("estimatedDebt", "5000").at("/es/apply/you", 200)
	v.send("firstName", "José", "homePhone", "12", "language", "en").at("/apply/you", 200).value("firstName", "José").value("homePhone", "12").
		seesNot("There is a problem")
	v.send(with(aboutMaria, "language", "es")...).at("/es/apply/you", 200) // right, and yet not sent
	v.open("/es/apply/home").at("/es/apply/you", 200)
	v.send(aboutMaria...).send(homeOfMaria...).at("/es/apply/income", 200)
	v.send("employerName", "Panadería", "socialSecurityNumber", "123-45-6789", "language", "en").at("/apply/income", 200).value("employerName", "Panadería").
		sees("6789").seesNot("123-45", "123456789")
	v.send("socialSecurityNumber", "12", "language", "es").at("/es/apply/income", 200).value("socialSecurityNumber", "").sees("6789")
	v.send("language", "fr").at("/es/apply/check", 200) // no language of ours: Continue was pressed
}

// C-2
func TestSteps_TheNumberIsKeptApartForAnHourAndNeverShown(t *testing.T) {
	d, now := ticking(t)
	v := d.visit(t).upTo("/apply/income").send("socialSecurityNumber", " 123-45-6789 ").at("/apply/check", 200).sees("6789").seesNot("123-45", "123456789")
	if draft := v.draft(); draft.SSN.Reveal() != "123-45-6789" || strings.Contains(draft.Typed.Reveal(), "6789") {
		t.Errorf("the number is kept as %q, and with the others as %q", draft.SSN.Reveal(), draft.Typed.Reveal())
	}
	v.open("/apply/income").value("socialSecurityNumber", "").sees("6789", `name="forget"`)
	v.send("employerName", "Harbor Bakery", "socialSecurityNumber", "").at("/apply/check", 200).sees("6789")
	v.open("/apply/income").send("socialSecurityNumber", "000-12-3456").at("/apply/income", 422).value("socialSecurityNumber", "").
		sees("Check the Social Security number, or leave it empty").seesNot("000-12")
	if got := v.draft().SSN.Reveal(); got != "123-45-6789" {
		t.Errorf("a wrong number took the place of %q", got)
	}
	v.open("/apply/income").send("forget", "ssn", "employerName", "Harbor Bakery").at("/apply/income", 200).seesNot("6789").value("employerName", "Harbor Bakery")
	v.open("/apply/check").at("/apply/check", 200).seesNot("6789")

	v.open("/apply/income").send("socialSecurityNumber", "123456789").sees("6789")
	*now = now.Add(lead.DraftSSNKept)
	v.open("/apply/check").at("/apply/check", 200).seesNot("6789")
	if !d.check(request(http.MethodGet, "/apply/check", ""), v.draft(), checkPage{}).SSNGone {
		t.Error("the check page does not tell that the number is gone")
	}
	v.open("/apply/you").send(aboutMaria...)
	if !d.check(request(http.MethodGet, "/apply/check", ""), v.draft(), checkPage{}).SSNGone {
		t.Error("a change elsewhere makes the page forget it")
	}
	v.open("/apply/income").send("socialSecurityNumber", "")
	if d.check(request(http.MethodGet, "/apply/check", ""), v.draft(), checkPage{}).SSNGone {
		t.Error("who goes on without it is told again")
	}
}

func TestSteps_ANumberThatIsKeptNeedNotBeTypedAgain(t *testing.T) {
	const again = "For your safety this box is empty again."
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/income")
	v.send("socialSecurityNumber", "12", "monthlyIncome", "3000").at("/apply/income", 422).sees(again)
	v.send("socialSecurityNumber", "123-45-6789", "monthlyIncome", "a lot").at("/apply/income", 422).sees("6789").seesNot(again, "123-45")
}

func TestSteps_ContinueAloneFinishesAStep(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/you").send("firstName", "").at("/apply/you", 422)
	v.send(with(aboutMaria, "language", "es")...).open("/es/apply/home").at("/es/apply/you", 200)
	v.send(aboutMaria...).send(homeOfMaria...).at("/es/apply/income", 200)
	v.send("socialSecurityNumber", "123-45-6789", "language", "en").at("/apply/income", 200)
	v.send("forget", "ssn").at("/apply/income", 200).open("/apply/check").at("/apply/income", 200)
}

func TestSteps_SkipAndForgetAreOfTheLastStep(t *testing.T) {
	d := openDoor(t)
	for _, path := range []string{"/apply/debt", "/apply/you", "/apply/home", "/apply/check"} {
		for _, input := range []string{"skip", "forget"} {
			if got := d.do(request(http.MethodPost, path, input+"=yes")); got.Code != http.StatusBadRequest {
				t.Errorf("%s on %s: got %d, want 400", input, path, got.Code)
			}
		}
	}
}

func TestSteps_SkipLeavesTheStepOut(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/income")
	v.send("monthlyIncome", "a lot", "socialSecurityNumber", "12").at("/apply/income", 422)
	v.send("monthlyIncome", "a lot", "employerName", "Harbor Bakery", "socialSecurityNumber", "123-45-6789", "skip", "yes").at("/apply/check", 200)
	v.seesNot("a lot", "Harbor", "6789")
	if v.draft().SSN.Given() {
		t.Error("the number is kept")
	}
	v.open("/apply/income").value("monthlyIncome", "").value("employerName", "")
}

func TestSteps_TwoTabsDoNotUndoEachOther(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	other := v.again()
	v.open("/apply/you")
	other.open("/apply/home")
	v.send(with(aboutMaria, "firstName", "Marisol")...)
	other.send(with(homeOfMaria, "city", "Dallas")...).at("/apply/check", 200).sees("Marisol", "Dallas")
}

func TestSteps_AnExpiredDraftBeginsAnewWithWhatWasPosted(t *testing.T) {
	const gone = "your earlier answers are no longer kept"
	for _, tt := range []struct {
		path, box, text string
		rest            []string
	}{
		{"/apply/you", "firstName", "Marisol", aboutMaria},
		{"/apply/home", "city", "Dallas", homeOfMaria},
		{"/apply/income", "employerName", "Harbor Bakery", nil},
	} {
		t.Run(tt.path, func(t *testing.T) {
			d, now := ticking(t)
			v := d.visit(t).upTo("/apply/check").open(tt.path)
			handle := v.cookies[draftCookie]
			*now = now.Add(lead.DraftKept)
			v.send(with(tt.rest, tt.box, tt.text)...).at("/", 200).sees(gone).seesNot(`href="/apply"`)
			if v.cookies[draftCookie] == handle {
				t.Error("the new draft has the old one's name")
			}
			v.send("estimatedDebt", "1").seesNot(gone)
			if a := typedIn(ref(v.draft())); a[tt.box] != tt.text {
				t.Errorf("what was posted is lost: %v", a)
			}
		})
	}
	t.Run("the first page", func(t *testing.T) {
		d, now := ticking(t)
		v := d.visit(t).upTo("/apply/check").open("/")
		*now = now.Add(lead.DraftKept)
		v.send("estimatedDebt", "1").at("/apply/you", 200).value("firstName", "")
	})
	t.Run("wrong answers too", func(t *testing.T) {
		d, now := ticking(t)
		v := d.visit(t).upTo("/apply/you")
		*now = now.Add(lead.DraftKept)
		v.send("firstName", "Marisol").at("/", 200).sees(gone).send().at("/apply/you", 200).value("firstName", "Marisol")
	})
	t.Run("the number", func(t *testing.T) {
		d, now := ticking(t)
		v := d.visit(t).upTo("/apply/income")
		*now = now.Add(lead.DraftKept)
		v.send("socialSecurityNumber", "123-45-6789").at("/", 200)
		if got := v.draft().SSN.Reveal(); got != "123-45-6789" {
			t.Errorf("the number is %q", got)
		}
	})
	t.Run("looking", func(t *testing.T) {
		d, now := ticking(t)
		v := d.visit(t).upTo("/apply/check")
		*now = now.Add(lead.DraftKept)
		for _, path := range []string{"/apply", "/apply/you", "/apply/home", "/apply/income", "/apply/check"} {
			v.open(path).at("/", 200)
		}
	})
}

func ref[T any](v T) *T { return &v }

func TestSteps_EachChangeKeepsTheDraftForThreeDaysMore(t *testing.T) {
	d, now := ticking(t)
	v := d.visit(t).upTo("/apply/home")
	*now = now.Add(lead.DraftKept - time.Second)
	cookies := v.press(homeOfMaria...).Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != draftCookie || cookies[0].MaxAge != 72*3600 {
		t.Errorf("the cookies are %v, want the draft's for three days more", cookies)
	}
	*now = now.Add(lead.DraftKept - time.Second)
	v.open("/apply/you").at("/apply/you", 200).value("firstName", "Maria")
}

func TestSteps_StorageTroubleLosesNothing(t *testing.T) {
	for _, tt := range []struct {
		path, box, text string
		rest            []string
	}{
		{"/es/apply/you", "firstName", "<Marisol>", aboutMaria},
		{"/es/apply/home", "city", "Dallas", homeOfMaria},
		{"/es/apply/income", "employerName", "Harbor Bakery", []string{"socialSecurityNumber", "123-45-6789"}},
	} {
		for _, button := range []string{"", "language", "skip"} {
			if button == "skip" && tt.path != "/es/apply/income" {
				continue
			}
			d := openDoor(t)
			v := d.visit(t).upTo(tt.path)
			d.shelf.fail = errors.New("disk canary-7319 full")
			pressed := with(tt.rest, tt.box, tt.text)
			if button != "" {
				pressed = append(pressed, button, "en")
			}
			v.send(pressed...).at(tt.path, 503).value(tt.box, tt.text).seesNot("canary", "123-45").
				sees("No pudimos guardar sus respuestas. Todas siguen aquí.", `<html lang="es">`)
			if v.page.Header().Get("Retry-After") == "" || !strings.Contains(d.log.String(), "canary-7319") || strings.Contains(d.log.String(), tt.text) {
				t.Error("there is no time to wait, or the log does not tell the cause alone")
			}
			d.shelf.fail = nil
			v.send(with(tt.rest, tt.box, tt.text)...)
			if v.page.Code != 200 || v.place == tt.path {
				t.Errorf("pressing again leads to %s with %d", v.place, v.page.Code)
			}
		}
	}
}

func TestSteps_LookingWithoutStorageIsAProblemInWords(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	d.Drafts = unreadable{d.shelf}
	for _, path := range []string{"/es/apply", "/es/apply/you", "/es/apply/home", "/es/apply/income", "/es/apply/check"} {
		v.open(path).at(path, 503).sees(`<html lang="es">`, "Intente de nuevo en un minuto.").seesNot("canary")
		if v.page.Header().Get("Retry-After") == "" {
			t.Errorf("%s tells no time to wait", path)
		}
	}
}

func TestSteps_OneBoxCannotFillTheDatabase(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/you").send(with(aboutMaria, "firstName", strings.Repeat("a", 60_000))...).at("/apply/you", 422)
	if got := len(v.draft().Typed.Reveal()); got > 2*maxTyped {
		t.Errorf("the draft has %d bytes", got)
	}
	v.open("/apply/you").at("/apply/you", 200)
}

func TestSteps_EachIsOneWrite(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/home")
	d.shelf.calls = nil
	v.press(homeOfMaria...)
	if got := strings.Join(d.shelf.calls, " "); got != "ChangeDraft" {
		t.Errorf("the store was asked %s", got)
	}
}

// C-2: no answer is ever in an address, and nothing typed in a title or in the log.
func TestSteps_NoAnswerIsInAnAddressATitleOrTheLog(t *testing.T) {
	for _, prefix := range []string{"", "/es"} {
		d := openDoor(t)
		v := d.visit(t).open(prefix + "/")
		for _, answers := range [][]string{
			{"estimatedDebt", "7319001"},
			with(aboutMaria, "firstName", "Canary", "email", "canary@example.com"),
			with(homeOfMaria, "city", "Canaryville"),
			{"employerName", "Canary Bakery", "socialSecurityNumber", "123-45-6789"},
			agreed,
		} {
			got := v.press(answers...)
			location := got.Header().Get("Location")
			if got.Code != http.StatusSeeOther || strings.ContainsAny(location, "?#") {
				t.Fatalf("got %d %q", got.Code, location)
			}
			v.open(location)
			title, _, _ := strings.Cut(v.page.Body.String(), "</title>")
			for _, never := range []string{"anary", "7319001", "6789", "5550148"} {
				if strings.Contains(location+title+d.log.String(), never) {
					t.Errorf("%q is in the address %q, the title or the log", never, location)
				}
			}
		}
	}
}

func TestSteps_HaveTheBoxesOfTheirGroups(t *testing.T) {
	want, d := map[int]int{apply.StepDebt: 1, apply.StepYou: 8, apply.StepHome: 8, apply.StepIncome: 6}, openDoor(t)
	for step, n := range want {
		if got := len(d.boxesOf(step)); got != n {
			t.Errorf("step %d has %d boxes, want %d: %v", step, got, n, d.boxesOf(step))
		}
	}
}
