package apply_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"intake/handlers/apply"
	"intake/handlers/handlerstest"
	"intake/internal/lead"
	views "intake/views/apply"
)

// C-1
func TestSteps_CannotBeJumpedToAndCanBeRevisited(t *testing.T) {
	for _, prefix := range []string{"", "/es"} {
		app := handlerstest.New(t)
		paths := []string{"/", "/apply/you", "/apply/home", "/apply/income", "/apply/check"}
		answers := [][]string{{"estimatedDebt", "1"}, aboutMaria, homeOfMaria, noIncome}
		for _, path := range append(paths[1:], "/apply", "/apply/debt") {
			app.Visit(t).Open(prefix+path).IsAt(prefix+"/", 200)
		}
		v := app.Visit(t).Open(prefix + "/")
		for done := range paths[1:] {
			v.Send(answers[done]...).IsAt(prefix+paths[done+1], 200)
			for n, path := range paths {
				v.Open(prefix+path).IsAt(prefix+paths[min(n, done+1)], 200)
			}
			v.Open(prefix+"/apply").IsAt(prefix+paths[done+1], 200)
			v.Open(prefix+"/apply/debt").IsAt(prefix+"/", 200)
			v.Open(prefix + paths[done+1])
		}
	}
}

func TestSteps_WhatWasTypedIsThereAgain(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	v.Open("/apply/you")
	for i := 0; i < len(aboutMaria); i += 2 {
		want := aboutMaria[i+1]
		if aboutMaria[i] == "dateOfBirth-month" {
			want = "3" // chosen by the name that was typed
		}
		v.HasValue(aboutMaria[i], want)
	}
	v.Open("/apply/home").Sees(`<option value="TX" selected>`)
	for i := 0; i < len(homeOfMaria)-2; i += 2 {
		v.HasValue(homeOfMaria[i], homeOfMaria[i+1])
	}
}

// C-3
func TestSteps_InvalidAnswersAreStoredAndExplained(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/you")
	v.Send(with(aboutMaria, "homePhone", "12", "firstName", `<b>"Ma`, "lastName", "", "dateOfBirth-month", "brumaire")...)
	v.IsAt("/apply/you", 422).HasValue("homePhone", "12").HasValue("firstName", `<b>"Ma`).HasValue("dateOfBirth-month", "").
		Sees("<title>Error: ", "There is a problem", `href="#homePhone"`, `id="homePhone-error"`, `href="#dateOfBirth-month"`).SeesNot("<b>")
	for _, sentence := range []string{"Phone number must be a 10-digit US number, like 512 555 0148", "Enter your last name", "Date of birth must be a real date, like March 14, 1979"} {
		if n := strings.Count(v.Page.Body.String(), sentence); n != 2 {
			t.Errorf("%q stands there %d times, want in the summary and beside the field", sentence, n)
		}
	}
	v.SeesNot("Enter your street address") // of another step
	v.Open("/apply/home").IsAt("/apply/you", 200).HasValue("homePhone", "12").HasValue("firstName", `<b>"Ma`)
	v.Send(aboutMaria...).IsAt("/apply/home", 200)
}

func TestSteps_ChangeComesBackToTheCheckPage(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	for _, change := range []struct {
		path, box, text, shown string
		rest                   []string
	}{
		{"/", "estimatedDebt", "7000", "$7,000", nil},
		{"/apply/you", "firstName", "Marisol", "Marisol", aboutMaria},
		{"/apply/home", "city", "Dallas", "Dallas", homeOfMaria},
		{"/apply/income", "employerName", "Harbor Bakery", "Harbor Bakery", nil},
	} {
		v.Open(change.path).Send(with(change.rest, change.box, change.text)...).IsAt("/apply/check", 200).Sees(change.shown)
	}
	v.Open("/apply/home").Send(with(homeOfMaria, "zipCode", "1")...).IsAt("/apply/home", 422)
	v.Open("/apply/check").IsAt("/apply/home", 200) // what is wrong comes first
}

// C-4
func TestSteps_TheOtherLanguageKeepsWhatIsNotSavedYet(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/").Send("estimatedDebt", "about nothing", "language", "es").IsAt("/es/", 200).HasValue("estimatedDebt", "about nothing").
		SeesNot("Hay un problema")
	if v.Draft().Language != "es" {
		t.Errorf("the draft is in %q", v.Draft().Language)
	}
	v.Send("estimatedDebt", "5000").IsAt("/es/apply/you", 200)
	v.Send("firstName", "José", "homePhone", "12", "language", "en").IsAt("/apply/you", 200).HasValue("firstName", "José").HasValue("homePhone", "12").
		SeesNot("There is a problem")
	v.Send(with(aboutMaria, "language", "es")...).IsAt("/es/apply/you", 200) // right, and yet not sent
	v.Open("/es/apply/home").IsAt("/es/apply/you", 200)
	v.Send(aboutMaria...).Send(homeOfMaria...).IsAt("/es/apply/income", 200)
	v.Send("employerName", "Panadería", "socialSecurityNumber", "123-45-6789", "language", "en").IsAt("/apply/income", 200).HasValue("employerName", "Panadería").
		Sees("6789").SeesNot("123-45", "123456789")
	v.Send("socialSecurityNumber", "12", "language", "es").IsAt("/es/apply/income", 200).HasValue("socialSecurityNumber", "").Sees("6789")
	v.Send("language", "fr").IsAt("/es/apply/check", 200) // no language of ours: Continue was pressed
}

// C-2
func TestSteps_TheNumberIsKeptApartForAnHourAndNeverShown(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	v := app.Visit(t).UpTo("/apply/income").Send("socialSecurityNumber", " 123-45-6789 ").IsAt("/apply/check", 200).Sees("6789").SeesNot("123-45", "123456789")
	if draft := v.Draft(); draft.SSN.Reveal() != "123-45-6789" || strings.Contains(draft.Typed.Reveal(), "6789") {
		t.Errorf("the number is kept as %q, and with the others as %q", draft.SSN.Reveal(), draft.Typed.Reveal())
	}
	v.Open("/apply/income").HasValue("socialSecurityNumber", "").Sees("6789", `name="forget"`)
	v.Send("employerName", "Harbor Bakery", "socialSecurityNumber", "").IsAt("/apply/check", 200).Sees("6789")
	v.Open("/apply/income").Send("socialSecurityNumber", "000-12-3456").IsAt("/apply/income", 422).HasValue("socialSecurityNumber", "").
		Sees("Check the Social Security number, or leave it empty").SeesNot("000-12")
	if got := v.Draft().SSN.Reveal(); got != "123-45-6789" {
		t.Errorf("a wrong number took the place of %q", got)
	}
	const removed = "We removed your Social Security number."
	v.Open("/apply/income").SeesNot(removed).Send("forget", "ssn", "employerName", "Harbor Bakery").IsAt("/apply/income", 200).
		Sees(removed).SeesNot("6789").HasValue("employerName", "Harbor Bakery")
	v.Open("/apply/you").SeesNot(removed).Open("/apply/income").Send("employerName", "Harbor Bakery").IsAt("/apply/check", 200).SeesNot("6789")
	v.Open("/apply/income").SeesNot(removed)

	v.Open("/apply/income").Send("socialSecurityNumber", "123456789").Sees("6789")
	saysGone := func() bool { return strings.Contains(v.Open("/apply/check").Page.Body.String(), numberGone) }
	*now = now.Add(lead.DraftSSNKept)
	v.Open("/apply/check").IsAt("/apply/check", 200).SeesNot("6789")
	if !saysGone() {
		t.Error("the check page does not say that the number is gone")
	}
	v.Open("/apply/you").Send(aboutMaria...)
	if !saysGone() {
		t.Error("a change elsewhere makes the page forget it")
	}
	v.Open("/apply/income").Send("socialSecurityNumber", "")
	if saysGone() {
		t.Error("who goes on without it is told again")
	}
}

// numberGone is what the check page says of a number that was erased.
const numberGone = "To protect you, we keep the number for one hour at most, and not when you finish later."

func TestSteps_ANumberThatIsKeptNeedNotBeTypedAgain(t *testing.T) {
	const again = "For your safety this box is empty again."
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/income")
	v.Send("socialSecurityNumber", "12", "monthlyIncome", "3000").IsAt("/apply/income", 422).Sees(again)
	v.Send("socialSecurityNumber", "123-45-6789", "monthlyIncome", "a lot").IsAt("/apply/income", 422).Sees("6789").SeesNot(again, "123-45")
}

func TestSteps_ContinueAloneFinishesAStep(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/you").Send("firstName", "").IsAt("/apply/you", 422)
	v.Send(with(aboutMaria, "language", "es")...).Open("/es/apply/home").IsAt("/es/apply/you", 200)
	v.Send(aboutMaria...).Send(homeOfMaria...).IsAt("/es/apply/income", 200)
	v.Send("socialSecurityNumber", "123-45-6789", "language", "en").IsAt("/apply/income", 200)
	v.Send("forget", "ssn").IsAt("/apply/income", 200).Open("/apply/check").IsAt("/apply/income", 200)
}

func TestSteps_OtherButtonsAreOfTheirOwnStepsAlone(t *testing.T) {
	app := handlerstest.New(t)
	for input, paths := range map[string][]string{
		"forget": {"/apply/debt", "/apply/you", "/apply/home", "/apply/check"},
		"back":   {"/apply/debt", "/apply/check"},
		"skip":   {"/apply/debt", "/apply/you", "/apply/home", "/apply/income", "/apply/check"},
	} {
		for _, path := range paths {
			if got := app.Do(handlerstest.Request(http.MethodPost, path, input+"=yes")); got.Code != http.StatusBadRequest {
				t.Errorf("%s on %s: got %d, want 400", input, path, got.Code)
			}
		}
	}
}

func TestSteps_TheLastOneMayBeLeftBlank(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/income").Sees("You can leave all of this blank.").SeesNot(`name="skip"`)
	v.Send("employerName", "Harbor Bakery", "socialSecurityNumber", "123-45-6789").IsAt("/apply/check", 200)
	v.Open("/apply/income").Send("employerName", "Harbor Bakery").IsAt("/apply/check", 200).Sees("Harbor Bakery", "6789")
	empty := app.Visit(t).UpTo("/apply/income").Send().IsAt("/apply/check", 200)
	empty.Send(agreed...)
	if l, _ := app.Store.OnlyLead(t); l.Applicant.MonthlyIncome.Given() || l.Applicant.SocialSecurityNumber.Given() {
		t.Error("a step that was left blank has answers")
	}
}

func TestSteps_BackKeepsWhatWasTypedRightOrNot(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/you").Sees(`name="back" value="step"`)
	v.Send("firstName", "Maria", "homePhone", "512", "back", "step").IsAt("/", 200).Send("estimatedDebt", "1").
		IsAt("/apply/you", 200).HasValue("firstName", "Maria").HasValue("homePhone", "512").SeesNot("There is a problem")
	v.Send(with(aboutMaria, "back", "step")...).IsAt("/", 200).Open("/apply/home").IsAt("/apply/you", 200) // only Continue finishes a step
	v.Send(aboutMaria...).Send("zipCode", "7", "back", "step").IsAt("/apply/you", 200).Open("/apply/home").HasValue("zipCode", "7")
	v.Send(homeOfMaria...).Send("socialSecurityNumber", "123-45-6789", "monthlyIncome", "3000", "back", "step").IsAt("/apply/home", 200)
	v.Open("/apply/income").HasValue("monthlyIncome", "3000").Sees("6789")
}

// Who has answered everything comes back to the answers.
func TestSteps_BackToTheAnswersKeepsAChangeAndShowsWhatIsWrong(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check").Open("/apply/home").Sees(`name="back" value="check"`, "Back to your answers")
	v.Send(with(homeOfMaria, "city", "Dallas", "back", "check")...).IsAt("/apply/check", 200).Sees("Dallas")
	v.Open("/apply/home").Send(with(homeOfMaria, "zipCode", "7", "back", "check")...).IsAt("/apply/home", 422).HasValue("zipCode", "7").
		Sees("Enter your 5-digit ZIP code")
}

func TestSteps_TwoTabsDoNotUndoEachOther(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	other := v.Again()
	v.Open("/apply/you")
	other.Open("/apply/home")
	v.Send(with(aboutMaria, "firstName", "Marisol")...)
	other.Send(with(homeOfMaria, "city", "Dallas")...).IsAt("/apply/check", 200).Sees("Marisol", "Dallas")
}

func TestSteps_AnExpiredDraftIsRestartedWithWhatWasPosted(t *testing.T) {
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
			app, now := handlerstest.NewWithClock(t)
			v := app.Visit(t).UpTo("/apply/check").Open(tt.path)
			handle := v.Cookies[handlerstest.Cookie]
			*now = now.Add(lead.DraftKept)
			v.Send(with(tt.rest, tt.box, tt.text)...).IsAt("/", 200).Sees(gone).SeesNot(`href="/apply"`)
			if v.Cookies[handlerstest.Cookie] == handle {
				t.Error("the new draft has the old one's name")
			}
			v.Send("estimatedDebt", "1").SeesNot(gone)
			if a := v.Draft().Form().Boxes; a[tt.box] != tt.text {
				t.Errorf("what was posted is lost: %v", a)
			}
		})
	}
	t.Run("the first page", func(t *testing.T) {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t).UpTo("/apply/check").Open("/")
		*now = now.Add(lead.DraftKept)
		v.Send("estimatedDebt", "1").IsAt("/apply/you", 200).HasValue("firstName", "")
	})
	t.Run("wrong answers too", func(t *testing.T) {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t).UpTo("/apply/you")
		*now = now.Add(lead.DraftKept)
		v.Send("firstName", "Marisol").IsAt("/", 200).Sees(gone).Send().IsAt("/apply/you", 200).HasValue("firstName", "Marisol")
	})
	t.Run("the number", func(t *testing.T) {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t).UpTo("/apply/income")
		*now = now.Add(lead.DraftKept)
		v.Send("socialSecurityNumber", "123-45-6789").IsAt("/", 200)
		if got := v.Draft().SSN.Reveal(); got != "123-45-6789" {
			t.Errorf("the number is %q", got)
		}
	})
	t.Run("looking", func(t *testing.T) {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t).UpTo("/apply/check")
		*now = now.Add(lead.DraftKept)
		for _, path := range []string{"/apply", "/apply/you", "/apply/home", "/apply/income", "/apply/check"} {
			v.Open(path).IsAt("/", 200)
		}
	})
}

func TestSteps_EachChangeExtendsTheDraftToThreeDays(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	v := app.Visit(t).UpTo("/apply/home")
	*now = now.Add(lead.DraftKept - time.Second)
	cookies := v.Press(homeOfMaria...).Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != handlerstest.Cookie || cookies[0].MaxAge != 72*3600 {
		t.Errorf("the cookies are %v, want the draft's for three days more", cookies)
	}
	*now = now.Add(lead.DraftKept - time.Second)
	v.Open("/apply/you").IsAt("/apply/you", 200).HasValue("firstName", "Maria")
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
		for _, button := range []string{"", "language", "back"} {
			app := handlerstest.New(t)
			v := app.Visit(t).UpTo(tt.path)
			app.Store.Fail = errors.New("disk canary-7319 full")
			pressed := with(tt.rest, tt.box, tt.text)
			if button != "" {
				pressed = append(pressed, button, "en")
			}
			v.Send(pressed...).IsAt(tt.path, 503).HasValue(tt.box, tt.text).SeesNot("canary", "123-45").
				Sees("No pudimos guardar sus respuestas. Todas siguen aquí.", `<html lang="es">`)
			if v.Page.Header().Get("Retry-After") == "" || !strings.Contains(app.Logged.String(), "canary-7319") || strings.Contains(app.Logged.String(), tt.text) {
				t.Error("there is no time to wait, or the log does not hold the cause alone")
			}
			app.Store.Fail = nil
			v.Send(with(tt.rest, tt.box, tt.text)...)
			if v.Page.Code != 200 || v.Path == tt.path {
				t.Errorf("pressing again leads to %s with %d", v.Path, v.Page.Code)
			}
		}
	}
}

func TestSteps_ReadingWithoutStorageShowsAProblemPage(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	app.Store.FailFind = errUnreadable
	for _, path := range []string{"/es/apply", "/es/apply/you", "/es/apply/home", "/es/apply/income", "/es/apply/check"} {
		v.Open(path).IsAt(path, 503).Sees(`<html lang="es">`, "Intente de nuevo en un minuto.").SeesNot("canary")
		if v.Page.Header().Get("Retry-After") == "" {
			t.Errorf("%s has no Retry-After", path)
		}
	}
}

func TestSteps_OneBoxCannotFillTheDatabase(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/you").Send(with(aboutMaria, "firstName", strings.Repeat("a", 60_000))...).IsAt("/apply/you", 422)
	if got := len(v.Draft().Typed.Reveal()); got > 2*apply.MaxBoxBytes {
		t.Errorf("the draft has %d bytes", got)
	}
	v.Open("/apply/you").IsAt("/apply/you", 200)
}

func TestSteps_EachIsOneWrite(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/home")
	app.Store.Calls = nil
	v.Press(homeOfMaria...)
	if got := strings.Join(app.Store.Calls, " "); got != "ChangeDraft" {
		t.Errorf("the store was asked %s", got)
	}
}

// C-2: no answer is ever in an address, and nothing typed in a title or in the log.
func TestSteps_NoAnswerIsInAnAddressATitleOrTheLog(t *testing.T) {
	for _, prefix := range []string{"", "/es"} {
		app := handlerstest.New(t)
		v := app.Visit(t).Open(prefix + "/")
		for _, answers := range [][]string{
			{"estimatedDebt", "7319001"},
			with(aboutMaria, "firstName", "Canary", "email", "canary@example.com"),
			with(homeOfMaria, "city", "Canaryville"),
			{"employerName", "Canary Bakery", "socialSecurityNumber", "123-45-6789"},
			agreed,
		} {
			got := v.Press(answers...)
			location := got.Header().Get("Location")
			if got.Code != http.StatusSeeOther || strings.ContainsAny(location, "?#") {
				t.Fatalf("got %d %q", got.Code, location)
			}
			v.Open(location)
			title, _, _ := strings.Cut(v.Page.Body.String(), "</title>")
			for _, never := range []string{"anary", "7319001", "6789", "5550148"} {
				if strings.Contains(location+title+app.Logged.String(), never) {
					t.Errorf("%q is in the address %q, the title or the log", never, location)
				}
			}
		}
	}
}

func TestSteps_HaveTheBoxesOfTheirGroups(t *testing.T) {
	want, app := map[int]int{views.StepDebt: 1, views.StepYou: 8, views.StepHome: 8, views.StepIncome: 6}, handlerstest.New(t)
	for step, n := range want {
		var boxes []string
		for _, field := range views.StepFields(app.Site, step) {
			boxes = append(boxes, field.Boxes()...)
		}
		if got := len(boxes); got != n {
			t.Errorf("step %d has %d boxes, want %d: %v", step, got, n, boxes)
		}
	}
}
