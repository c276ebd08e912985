package handlers

import (
	"context"
	"errors"
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
)

func TestCheck_ThePageIsKeptByteForByteBeforeItIsSent(t *testing.T) {
	for path, language := range map[string]string{"/apply/check": "en", "/es/apply/check": "es"} {
		d := openDoor(t)
		v := d.visit(t).upTo(path)
		id, _, _ := strings.Cut(v.form().Get("page"), ".")
		kept, ok := d.shelf.pages[id]
		if !ok || kept.draft != v.cookies[draftCookie] {
			t.Fatalf("the page %q is not kept with the draft", id)
		}
		if got := string(kept.Bytes()); got != v.page.Body.String() {
			t.Errorf("kept are %d bytes, sent %d, and they differ", len(got), v.page.Body.Len())
		}
		if kept.Language != language || !kept.At.Equal(noon) || len(kept.Sheet) == 0 {
			t.Errorf("the page is kept in %q of %s with a sheet of %d bytes", kept.Language, kept.At, len(kept.Sheet))
		}
		v.sees(d.Texts.For(language, consent.Names{})[2].Control).seesNot("\x00", "checked", "{")
	}
}

func TestCheck_TheShellIsTheSameForAllPeople(t *testing.T) {
	shell := func(v *visitor) (shells []string) {
		id, _, _ := strings.Cut(v.form().Get("page"), ".")
		for _, part := range v.d.shelf.pages[id].Parts {
			if part.Hole == consent.Shell {
				shells = append(shells, string(part.Bytes))
			} else if len(part.Bytes) == 0 {
				t.Errorf("a part of %s is empty", part.Hole)
			}
		}
		return shells
	}
	d := openDoor(t)
	maria := shell(d.visit(t).upTo("/apply/check"))
	v := d.visit(t).open("/").send("estimatedDebt", "77000").
		send("firstName", "Zoë", "lastName", "Canaryson", "dateOfBirth-month", "1", "dateOfBirth-day", "2", "dateOfBirth-year", "1960", "email", "z@gmial.com", "homePhone", "800 555 0199").
		send("zipCode", "10001", "address1", "7", "city", "Nowhere", "state", "TX").send("socialSecurityNumber", "123-45-6789").at("/apply/check", 200)
	if zoe := shell(v); !slices.Equal(maria, zoe) {
		t.Errorf("the shells differ:\n%q\n%q", maria, zoe)
	}
	for _, part := range maria {
		for _, never := range []string{"Maria", "O&#39;Brien", "5550148", "555-0148", "Bluebonnet", "78745"} {
			if strings.Contains(part, never) {
				t.Errorf("the shell says %q", never)
			}
		}
	}
}

func TestCheck_EachPageHasAnIDOfItsOwn(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	first := v.form().Get("page")
	if second := v.open("/apply/check").form().Get("page"); second == first || len(d.shelf.pages) != 2 {
		t.Errorf("%d pages are kept for two that were sent", len(d.shelf.pages))
	}
}

func TestCheck_APageThatCannotBeKeptIsNotSent(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/income")
	d.shelf.failPages = errors.New("disk canary-7319 full")
	v.send(noIncome...).at("/apply/check", 503).seesNot("canary", `type="checkbox"`).sees("Maria")
	if v.page.Header().Get("Retry-After") == "" || !strings.Contains(d.log.String(), "canary-7319") {
		t.Error("no time to wait is told, or the cause is not logged")
	}
	d.shelf.failPages = nil
	v.send().at("/apply/check", 422).sees(`type="checkbox"`, "Maria").send(agreed...)
	d.shelf.only(t)
}

// C-4: what was typed is with the draft; a consent is given in one language, and asked for again.
func TestCheck_TheOtherLanguageIsAPageOfItsOwn(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	english := v.form().Get("page")
	v.send(with(agreed, "language", "es")...).at("/es/apply/check", 200).sees("Maria").seesNot("checked")
	v.send(with(agreed, "page", english)...).at("/es/apply/check", 422).sees("Sus respuestas están aquí.")
	if len(d.shelf.leads) != 0 {
		t.Error("who saw English has agreed in Spanish")
	}
	v.send(agreed...)
	if l, record := d.shelf.only(t); l.Language != "es" || record.Language != "es" || record.Acts[0].Language != "es" || !strings.HasPrefix(v.place, "/es/status/") {
		t.Errorf("the lead is in %s, the record in %s, and the visitor at %s", l.Language, record.Language, v.place)
	}
}

func TestCheck_TicksThatAreMissingAreAskedFor(t *testing.T) {
	for _, tt := range []struct {
		ticked []string
		want   []string
	}{
		{nil, []string{`href="#consentCredit"`, `href="#consentTerms"`}},
		{[]string{"consentCredit", "yes", "consentMarketing", "yes"}, []string{`href="#consentTerms"`}},
		{[]string{"consentTerms", "yes", "consentCredit", "no"}, []string{`href="#consentCredit"`}},
	} {
		d := openDoor(t)
		v := d.visit(t).upTo("/apply/check")
		first := v.form().Get("page")
		v.send(tt.ticked...).at("/apply/check", 422).sees("<title>Error: ", "There is a problem").sees(tt.want...).seesNot("checked", `href="#consentMarketing"`)
		if n := strings.Count(v.page.Body.String(), `href="#consent`); n != len(tt.want) {
			t.Errorf("%v: %d ticks are asked for, want %d", tt.ticked, n, len(tt.want))
		}
		id, _, _ := strings.Cut(v.form().Get("page"), ".")
		if kept := d.shelf.pages[id]; v.form().Get("page") == first || string(kept.Bytes()) != v.page.Body.String() {
			t.Error("the second page is not kept as it was sent")
		}
		v.send(agreed...)
		if _, record := d.shelf.only(t); record.PageID != id {
			t.Errorf("the record names the page %s, want the last one, %s", record.PageID, id)
		}
	}
}

// C-5
func TestCheck_DoubleClicksAndResendingAreOneLead(t *testing.T) {
	d, now := ticking(t)
	v := d.visit(t).upTo("/apply/income").send("socialSecurityNumber", "123-45-6789").at("/apply/check", 200)
	other := v.again().open("/apply/check")
	first := v.press(agreed...)
	for range 4 { // five Enters
		if again := v.press(agreed...); again.Code != 303 || again.Header().Get("Location") != first.Header().Get("Location") {
			t.Fatalf("got %d %s, want the first receipt", again.Code, again.Header().Get("Location"))
		}
	}
	*now = now.Add(2 * time.Hour)
	if again := other.press(agreed...); again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("the other tab got %d %s", again.Code, again.Header().Get("Location"))
	}
	v.open("/apply/check").at("/apply/check", 200).sees(first.Header().Get("Location"), "Maria") // Back
	if again := v.press(agreed...); again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("Back and again got %d %s", again.Code, again.Header().Get("Location"))
	}
	if l, _ := d.shelf.only(t); l.Applicant.SocialSecurityNumber.Reveal() != "123456789" {
		t.Errorf("the lead has the number %q", l.Applicant.SocialSecurityNumber.Reveal())
	}
}

func TestCheck_AgreeingToSomethingElseIsAChange(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check").send(agreed...)
	status := v.place
	v.open("/apply/check")
	for _, ticked := range [][]string{nil, {"consentTerms", "yes"}, agreed} { // nothing is asked for twice
		if got := v.press(ticked...); got.Code != 303 || got.Header().Get("Location") != status {
			t.Errorf("%v: got %d %s", ticked, got.Code, got.Header().Get("Location"))
		}
	}
	v.send(with(agreed, "consentMarketing", "yes")...).at("/apply/check", 409).sees(status, "not sent")
	if l, _ := d.shelf.only(t); l.Permission.Marketing {
		t.Error("the first lead has changed")
	}
	v.send(with(agreed, "consentMarketing", "yes")...)
	if len(d.shelf.leads) != 2 || v.place == status {
		t.Errorf("at %s with %d leads", v.place, len(d.shelf.leads))
	}
	status = v.place
	if v.open("/apply/check").send(); v.place != status { // nothing ticked, and nothing to be asked for
		t.Errorf("an empty form leads to %s", v.place)
	}
}

// Two tabs that both read the draft before either has sent it.
func TestCheck_TheSameAtTheSameMomentIsOneLead(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	before := v.draft()
	first := v.press(agreed...)
	d.shelf.drafts[before.Handle.Reveal()] = before
	if again := v.press(agreed...); again.Code != 303 || again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("got %d %s, want the first receipt", again.Code, again.Header().Get("Location"))
	}
	d.shelf.only(t)
}

func TestCheck_BackChangeAndResendIsAConflictThatOffersANewRequest(t *testing.T) {
	d, now := ticking(t)
	v := d.visit(t).upTo("/apply/check")
	request := v.form().Get("request")
	v.send(agreed...)
	status := v.place
	*now = now.Add(time.Minute)
	v.open("/apply/home").value("city", "Austin").send(with(homeOfMaria, "city", "Dallas")...).at("/apply/check", 200).sees(status)
	v.send(agreed...).at("/apply/check", 409).sees(status, "Dallas", "not sent").seesNot("checked")
	if v.draft().Request != 2 || v.form().Get("request") == request {
		t.Error("the form is of the first request, so it could never be sent")
	}
	id, _, _ := strings.Cut(v.form().Get("page"), ".")
	if string(d.shelf.pages[id].Bytes()) != v.page.Body.String() {
		t.Error("the page of the conflict is not kept as it was sent")
	}
	if len(d.shelf.leads) != 1 {
		t.Fatalf("there are %d leads, want the first one", len(d.shelf.leads))
	}
	v.open("/apply/check").at("/apply/check", 200).sees(status, "Dallas") // looked at again, and nothing is lost
	v.send(agreed...).sees("We have your request")
	if v.place == status || len(d.shelf.leads) != 2 || d.shelf.leads[v.draft().SubmissionKey().Reveal()].Applicant.City.Reveal() != "Dallas" {
		t.Errorf("at %s with %d leads", v.place, len(d.shelf.leads))
	}
	second := v.place
	v.open("/apply/check").send(agreed...)
	if v.place != second || len(d.shelf.leads) != 2 {
		t.Errorf("sending the new request again leads to %s", v.place)
	}
}

func TestCheck_ConflictsOfTwoTabsAreOneRequest(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check").send(agreed...)
	v.open("/apply/home").send(with(homeOfMaria, "city", "Dallas")...)
	other := v.again().open("/apply/check")
	v.send(agreed...).at("/apply/check", 409)
	other.send(agreed...).at("/apply/check", 422).sees("These are the answers that this browser sent us last.")
	if v.form().Get("request") != other.form().Get("request") {
		t.Error("the tabs send two requests")
	}
}

// stale shows a draft as it was a moment ago, as a read beside a write does.
type stale struct {
	*shelf
	before lead.Draft
}

func (s stale) FindDraft(context.Context, string) (lead.Draft, error) { return s.before, nil }

func TestCheck_ConflictsAtTheSameMomentAreOneRequest(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check").send(agreed...)
	v.open("/apply/home").send(with(homeOfMaria, "city", "Dallas")...)
	other, before := v.again().open("/apply/check"), v.draft()
	fresh := v.send(agreed...).at("/apply/check", 409).form().Get("request")
	d.Drafts = stale{d.shelf, before}
	if other.send(agreed...).at("/apply/check", 409); other.form().Get("request") != fresh {
		t.Error("the second conflict takes the request of the first one's form away")
	}
}

func TestCheck_AnswersThatAnotherTabHasChangedAreShownFirst(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	v.again().open("/apply/you").send(with(aboutMaria, "homePhone", "512 555 0199")...)
	v.send(agreed...).at("/apply/check", 422).sees("Your answers are here. Please press the button again.", "555-0199")
	if len(d.shelf.leads) != 0 {
		t.Fatal("a consent counted for a number that was not on the page")
	}
	v.send(agreed...)
	if l, record := d.shelf.only(t); l.Applicant.HomePhone.Reveal() != "5125550199" || record.Phone.Reveal() != "5125550199" {
		t.Errorf("the lead has %s, the record %s", l.Applicant.HomePhone.Reveal(), record.Phone.Reveal())
	}
}

func TestCheck_AnswersThatAnotherTabHasSpoiltAreAskedForAgain(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	v.again().open("/apply/home").send(with(homeOfMaria, "zipCode", "1")...)
	v.send(agreed...).at("/apply/home", 200).value("zipCode", "1")
	if len(d.shelf.leads) != 0 {
		t.Error("a lead was stored")
	}
}

func TestCheck_OnlyAPageOfOursCounts(t *testing.T) {
	d, now := ticking(t)
	v := d.visit(t).upTo("/apply/income").send("socialSecurityNumber", "123-45-6789").at("/apply/check", 200)
	other := d.visit(t).upTo("/apply/check")
	twin := d.visit(t).upTo("/apply/income").send("socialSecurityNumber", "123-45-6789").at("/apply/check", 200)
	for story, page := range map[string]string{
		"none": "", "an id alone": strings.Repeat("A", 26), "another person's": other.form().Get("page"),
		"that of a person with the same answers": twin.form().Get("page"),
		"another id":                             "B" + v.form().Get("page")[1:], "no base64": "x.!!!", "the proof of another page": swapped(v),
	} {
		if got := v.press(with(agreed, "page", page)...); got.Code != 422 || !strings.Contains(got.Body.String(), "Please press the button again.") {
			t.Errorf("%s: got %d", story, got.Code)
		}
	}
	if slices.Contains(d.shelf.calls, "Save") { // which takes longer, and would tell one from the other
		t.Error("the store was asked to save a lead")
	}
	*now = now.Add(lead.DraftSSNKept) // the page speaks of a number that is gone
	v.send(agreed...).at("/apply/check", 422)
	reworded, _ := ticking(t, func(c *Config) { c.Site.Seller = "Somebody Else LLC" })
	reworded.Handlers.Drafts, reworded.Handlers.Leads = d.shelf, d.shelf
	v.d.routes = reworded.routes
	v.send(agreed...).at("/apply/check", 422).sees("Somebody Else LLC")
	if len(d.shelf.leads) != 0 {
		t.Error("a lead was stored")
	}
	for id := range d.shelf.pages {
		delete(d.shelf.pages, id)
	}
	v.send(agreed...).at("/apply/check", 422).send(agreed...) // one that was never kept, and the next
	d.shelf.only(t)
}

// swapped is the id of the visitor's page with the proof of the next one.
func swapped(v *visitor) string {
	id, _, _ := strings.Cut(v.form().Get("page"), ".")
	_, proof, _ := strings.Cut(v.again().open("/apply/check").form().Get("page"), ".")
	return id + "." + proof
}

func TestCheck_ADraftThatExpiresMeanwhileIsTold(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	d.shelf.failPages = lead.ErrNotFound
	v.send().at("/apply/check", 422).sees("your earlier answers are no longer kept", `name="estimatedDebt"`)
}

func TestCheck_WhatWasSentWentWithItsNumber(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/income").send("socialSecurityNumber", "123-45-6789").send(agreed...)
	page := func() bool {
		return d.check(request(http.MethodGet, "/apply/check", ""), v.draft(), checkPage{}).SSNGone
	}
	if page() {
		t.Error("the check page of a request that was sent complains about the number")
	}
	v.open("/apply/home").send(with(homeOfMaria, "city", "Dallas")...)
	if !page() {
		t.Error("a changed request would go without the number, and nobody is told")
	}
}

func TestCheck_AFormOfAnotherRequestShowsTheAnswersAgain(t *testing.T) {
	d := openDoor(t)
	v, other := d.visit(t).upTo("/apply/check"), d.visit(t).upTo("/apply/check")
	for _, request := range []string{"", aHandle, "short", d.stamp(noon), v.form().Get("page"), other.form().Get("request"), v.cookies[draftCookie] + ".1"} {
		v.send(with(agreed, "request", request)...).at("/apply/check", 422).sees("These are the answers that this browser sent us last.", "Maria")
	}
	if len(d.shelf.leads) != 0 {
		t.Error("a lead was stored")
	}
}

func TestCheck_AnExpiredDraftIsToldOnTheFirstPage(t *testing.T) {
	for path, words := range map[string]string{
		"/apply/check": "your earlier answers are no longer kept", "/es/apply/check": "sus respuestas anteriores ya no se conservan",
	} {
		d, now := ticking(t)
		v := d.visit(t).upTo(path)
		*now = now.Add(lead.DraftKept)
		if got := v.press(agreed...); got.Code != 422 || !strings.Contains(got.Body.String(), words) || !strings.Contains(got.Body.String(), `name="estimatedDebt"`) {
			t.Errorf("got %d:\n%s", got.Code, got.Body.String())
		}
		if len(d.shelf.leads) != 0 {
			t.Error("a lead was stored")
		}
	}
}

func TestCheck_AnswersThatAreNotRightAnyMoreAreAskedForAgain(t *testing.T) {
	d := openDoor(t)
	got := d.post(filled("email", "nobody"))
	if got.Code != 303 || got.Header().Get("Location") != "/apply/you" || len(d.shelf.leads) != 0 {
		t.Errorf("got %d %s and %d leads, want the step", got.Code, got.Header().Get("Location"), len(d.shelf.leads))
	}
}

func TestCheck_SaysWhenTheFirstVersionCameOnThePersonsOwnClock(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check").send(agreed...)
	page := d.check(request(http.MethodGet, "/apply/check", ""), v.draft(), checkPage{})
	if got := page.Earlier.At.Format("15:04 MST"); got != "08:05 CST" {
		t.Errorf("it came at %s, want 08:05 CST", got)
	}
	if page.Earlier.StatusPath != html.UnescapeString(v.place) || page.Earlier.Changed {
		t.Errorf("the earlier version is %+v", page.Earlier)
	}
}

func creditOptional(c *Config) { c.CreditOptional = true }

func TestCheck_TheCreditCheckIsTheirsToAllowWhereItIsNotRequired(t *testing.T) {
	d := openDoor(t, creditOptional)
	v := d.visit(t).upTo("/apply/check").sees(`name="consentCredit"`)
	v.send().at("/apply/check", 422).sees(`href="#consentTerms"`).seesNot(`href="#consentCredit"`)
	status := v.send("consentTerms", "yes").sees(`data-state="received"`).place
	l, record := d.shelf.only(t)
	if l.Permission.CreditCheck || !l.Permission.Terms || len(record.Acts) != 3 || record.Acts[0].Purpose != consent.Credit || record.Acts[0].Given {
		t.Errorf("the permission is %+v, the evidence %+v", l.Permission, record.Acts)
	}
	if again := v.open("/apply/check").press("consentTerms", "yes"); again.Code != 303 || again.Header().Get("Location") != status {
		t.Errorf("the same again: got %d %s, want %s", again.Code, again.Header().Get("Location"), status)
	}
	v.send(agreed...).at("/apply/check", 409).sees("not sent")
	v.send(agreed...)
	if len(d.shelf.leads) != 2 {
		t.Errorf("%d leads, want the first and the one with the permission", len(d.shelf.leads))
	}
}
