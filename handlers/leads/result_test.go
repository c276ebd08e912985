package leads_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
	"intake/internal/staff"
)

func wantWords(t *testing.T, what string, got *httptest.ResponseRecorder, code int, words ...string) {
	t.Helper()
	if got.Code != code {
		t.Errorf("%s: %d, want %d", what, got.Code, code)
	}
	for _, w := range words {
		if !strings.Contains(got.Body.String(), w) {
			t.Errorf("%s lacks %q:\n%s", what, w, got.Body.String())
		}
	}
}

// fragment asks for the panel as htmx does.
func fragment(app handlerstest.App, p staff.Person, id lead.PartnerID) *httptest.ResponseRecorder {
	return app.As(p, handlerstest.Fragment(handlerstest.Request(http.MethodGet, "/desk/leads/"+string(id)+"/result?fresh=1", "")))
}

func TestResult_SaysWhatToDoNowInBothLanguages(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) {
		l.Status, l.ResultCode, l.Bid, l.AlleviateID = lead.Submitted, 1015, "24.00", "mlas-7"
		l.SubmitStatus = 208
	})
	got := fragment(app, handlerstest.Ann, l.ID)
	wantWords(t, "the panel", got, http.StatusOK, "Qualified, lead handed over", "May I connect you now?", "¿Le comunico ahora?", "it was in the CRM already", "The call is still yours", "1015", "24.00",
		l.ID.Reference().String(), "208, done before", "data-settled", "data-fresh")
	if strings.Contains(got.Body.String(), "mlas-7") || strings.Contains(got.Body.String(), ">"+string(l.ID)) {
		t.Error("a long id stands in the panel")
	}
	wantWords(t, "the page of the lead", app.GetAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)), http.StatusOK, "mlas-7", ">"+string(l.ID), "Call (512) 555-0100 when it suits you", "data-new-lead", "F2")
	if strings.Contains(got.Body.String(), "<html") || strings.Contains(got.Body.String(), "Refresh the status") {
		t.Error("the fragment is a page, or offers to read the status of a lead that is done")
	}
	whole := app.GetAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)+"/result")
	wantWords(t, "without scripts", whole, http.StatusOK, "<!doctype html>", `id="result"`, `id="dispositions"`, "/result", "load, sse:lead-", "disposed from:body")
	if strings.Contains(whole.Body.String(), `http-equiv="refresh"`) {
		t.Error("a page with a result loads again")
	}
}

// The focus moves to the dispositions once there is a result. While the consent is missing the agent checks its boxes.
func TestResult_TheFocusStaysWhileALeadWaitsForItsConsent(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Hold = lead.AwaitingConsent })
	if got := fragment(app, handlerstest.Ann, l.ID).Body.String(); !strings.Contains(got, "Waits for consent") || strings.Contains(got, "data-fresh") {
		t.Errorf("the focus moves: %s", got)
	}
}

func TestResult_ExplainsWhatIsNotAResultYet(t *testing.T) {
	app, store := handlerstest.Staff(t)
	for name, tt := range map[string]struct {
		change func(*lead.Lead)
		words  []string
		waits  bool
	}{
		"on its way": {func(l *lead.Lead) {}, []string{"Saved, on its way", "One moment"}, true},
		"not final":  {func(l *lead.Lead) { l.Status, l.ResultCode, l.AlleviateID = lead.Created, 1000, "a" }, []string{"Being checked", "Refresh the status"}, true},
		"in doubt":   {func(l *lead.Lead) { l.Status, l.Reason = lead.InDoubt, "ambiguous, cut" }, []string{"Alleviate may have it or not", "not simply sent again", "ambiguous, cut"}, false},
		"parked":     {func(l *lead.Lead) { l.Status, l.Reason = lead.Parked, "rejected, fields state" }, []string{"cannot go on without a person", "fields state"}, false},
		"no consent": {func(l *lead.Lead) { l.Hold = lead.AwaitingConsent }, []string{"Waits for consent", "Read the mandatory lines"}, false},
		"400":        {func(l *lead.Lead) { l.Status, l.ResultCode, l.SubmitStatus = lead.Refused, 1013, 400 }, []string{"Certificate needed", "certificate", "May I text you a link?"}, false},
		"422":        {func(l *lead.Lead) { l.Status, l.ResultCode, l.SubmitStatus = lead.Refused, 1013, 422 }, []string{"Refused for good", "could not verify the consent"}, false},
		"no bid":     {func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1013 }, []string{"Qualified, tier 1", "no bid"}, false},
		"old and open": {func(l *lead.Lead) {
			l.Status, l.ResultCode, l.ReceivedAt = lead.Created, 1013, handlerstest.Noon.Add(-25*time.Hour)
		}, []string{"Older than 24 hours"}, false},
	} {
		l := store.Put(0, handlerstest.Ann, tt.change)
		got := app.GetAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)+"/result")
		wantWords(t, name, got, http.StatusOK, tt.words...)
		if waits := strings.Contains(got.Body.String(), `http-equiv="refresh" content="30;url=?reloaded=yes"`); waits != tt.waits {
			t.Errorf("%s: loads again: %v", name, waits)
		}
		again := app.GetAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)+"/result?reloaded=yes")
		wantWords(t, name+", loaded again", again, http.StatusOK, tt.words...)
	}
}

func TestRefresh_AsksAtOnceAndSaysWhatHappens(t *testing.T) {
	app, store := handlerstest.Staff(t)
	open := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Status, l.ResultCode, l.AlleviateID, l.Step = lead.Created, 1000, "a", lead.Look })
	path := "/desk/leads/" + string(open.ID) + "/refresh"
	if got := app.PostAs(handlerstest.Ann, path, nil); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/desk/leads/"+string(open.ID)+"/result" {
		t.Errorf("without scripts: %d to %q", got.Code, got.Header().Get("Location"))
	}
	got := app.As(handlerstest.Ann, handlerstest.Fragment(handlerstest.Request(http.MethodPost, path, "")))
	wantWords(t, "with htmx", got, http.StatusOK, "Alleviate is asked now", `id="result"`)
	if len(store.Asked) != 2 {
		t.Errorf("asked for %v", store.Asked)
	}
	store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Status, l.LeaseUntil = lead.Created, handlerstest.Noon.Add(time.Minute) })
	wantWords(t, "while a call runs", app.As(handlerstest.Ann, handlerstest.Fragment(handlerstest.Request(http.MethodPost, path, ""))), http.StatusOK, "is running just now")
	store.Put(0, handlerstest.Ann, nil)
	wantWords(t, "when there is nothing to ask", app.PostAs(handlerstest.Ann, path, nil), http.StatusUnprocessableEntity, "nothing to ask Alleviate", "<!doctype html>")
	wantWords(t, "a form of another shape", app.PostAs(handlerstest.Ann, path, url.Values{"x": {"1"}}), http.StatusBadRequest)
}

func TestDisposition_IsStoredWithWhoAndWhen(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1018 })
	path := "/desk/leads/" + string(l.ID) + "/disposition"
	if got := app.PostAs(handlerstest.Ann, path, url.Values{"disposition": {"2"}, "callBackAt": {"2026-11-22T15:30"}, "note": {" after work "}}); got.Code != http.StatusSeeOther {
		t.Fatalf("got %d: %s", got.Code, got.Body)
	}
	want := lead.Disposition{Lead: l.ID, At: handlerstest.Noon, By: lead.Agent{Key: handlerstest.Ann.Key, Name: "Ann Agent"}, Kind: lead.CallBack,
		Note: lead.Keep("after work"), CallBackAt: time.Date(2026, 11, 22, 21, 30, 0, 0, time.UTC)}
	if got := store.Given[0]; !got.Note.Equal(want.Note) || !got.CallBackAt.Equal(want.CallBackAt) || got.By != want.By || got.Kind != want.Kind || got.Lead != want.Lead || !got.At.Equal(want.At) {
		t.Errorf("stored %+v, want %+v", got, want)
	}
	page := app.GetAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)+"/result")
	wantWords(t, "the page then", page, http.StatusOK, "<strong>Call back</strong>", "at 3:30 PM CST", "Call back at, in your time (CST)", "The call ended: Call back", "The call is saved as Call back. Press F2 for a new lead.", `id="next-lead"`, "after work")
	if strings.Contains(page.Body.String(), "data-suggested") || strings.Contains(page.Body.String(), "Say now") {
		t.Error("something is suggested although the agent has decided")
	}
	if strings.Contains(app.Logged.String(), "after work") {
		t.Error("the log holds the note")
	}
}

func TestDisposition_EveryKeyIsOne(t *testing.T) {
	for key := '1'; key <= '9'; key++ {
		app, store := handlerstest.Staff(t)
		l := store.Put(0, handlerstest.Ann, nil)
		form := url.Values{"disposition": {string(key)}, "note": {"a note"}, "callBackAt": {"2026-11-22T15:30"}}
		if got := app.PostAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)+"/disposition", form).Code; got != http.StatusSeeOther || len(store.Given) != 1 || int(store.Given[0].Kind) != int(key-'0') {
			t.Errorf("%c: %d with %d stored", key, got, len(store.Given))
		}
	}
}

func TestDisposition_AWrongOneIsShownAgainAsItWasTyped(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, nil)
	path := "/desk/leads/" + string(l.ID) + "/disposition"
	for name, tt := range map[string]struct {
		form  url.Values
		words []string
	}{
		"none":                {url.Values{"note": {"typed before"}}, []string{"Choose how the call ended", "typed before", "disposition-error"}},
		"no such one":         {url.Values{"disposition": {"0"}}, []string{"Choose how the call ended"}},
		"no time":             {url.Values{"disposition": {"2"}, "note": {"typed before"}}, []string{"Enter the date and time of the call back", "typed before", `value="2" checked`}},
		"a time that is over": {url.Values{"disposition": {"2"}, "callBackAt": {"2026-11-22T08:05"}}, []string{"still to come", `value="2026-11-22T08:05"`, `aria-invalid="true"`}},
		"no note":             {url.Values{"disposition": {"9"}, "note": {"  "}}, []string{"Say in the note how it ended"}},
		"too long a note":     {url.Values{"disposition": {"1"}, "note": {strings.Repeat("x", lead.MaxNote+1)}}, []string{"1,000 characters or fewer"}},
	} {
		got := app.PostAs(handlerstest.Ann, path, tt.form)
		wantWords(t, name, got, http.StatusUnprocessableEntity, append(tt.words, "<title>SIMULATOR: Error: ")...)
		part := app.As(handlerstest.Ann, handlerstest.Fragment(handlerstest.Request(http.MethodPost, path, tt.form.Encode())))
		wantWords(t, name+", with htmx", part, http.StatusUnprocessableEntity, tt.words...)
		if strings.Contains(part.Body.String(), "<html") || strings.Contains(got.Body.String(), `http-equiv="refresh"`) {
			t.Errorf("%s: htmx gets a whole page, or what was typed is lost when the page loads itself again", name)
		}
	}
	if len(store.Given) != 0 {
		t.Errorf("%d were stored", len(store.Given))
	}
	store.Fail = errors.New("disk full")
	if got := app.PostAs(handlerstest.Ann, path, url.Values{"disposition": {"1"}}).Code; got != http.StatusInternalServerError {
		t.Errorf("when the store fails: %d", got)
	}
}

func TestDisposition_DoNotCallAsksNothingMoreAndSaysThatItIsInForce(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1014 })
	r := handlerstest.Fragment(handlerstest.Request(http.MethodPost, "/desk/leads/"+string(l.ID)+"/disposition", "disposition=8"))
	got := app.As(handlerstest.Ann, r)
	wantWords(t, "the form", got, http.StatusOK, "Do not call is in effect now")
	if got.Header().Get("HX-Trigger") != "disposed" || len(store.Given) != 1 || store.Given[0].Kind != lead.DoNotCall {
		t.Errorf("stored %v, trigger %q", store.Given, got.Header().Get("HX-Trigger"))
	}
	wantWords(t, "the panel then", fragment(app, handlerstest.Ann, l.ID), http.StatusOK, "You are on our do-not-contact list.", "Está en nuestra lista de no contactar.", "That is in effect now")
}

func TestDisposition_ASocialSecurityNumberInANoteIsLeftOut(t *testing.T) {
	for typed, want := range map[string]string{
		"Her number is 532-84-7316.": "Her number is •••-••-••••.", "532847316": "•••-••-••••", "532 84 7316 after six": "•••-••-•••• after six",
		"512-555-0148": "512-555-0148", "5125550148": "5125550148", "78745-1234": "78745-1234", "1234567890": "1234567890", "in 2026": "in 2026",
	} {
		app, store := handlerstest.Staff(t)
		l := store.Put(0, handlerstest.Ann, nil)
		form := url.Values{"disposition": {"1"}, "note": {typed}}
		if got := app.PostAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)+"/disposition", form); got.Code != http.StatusSeeOther || store.Given[0].Note.Reveal() != want {
			t.Errorf("%q is answered %d and stored as %q, want %q", typed, got.Code, store.Given[0].Note.Reveal(), want)
		}
	}
}

func TestDisposition_OfAnErasedLeadIsRefused(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Status, l.ErasedAt = lead.Closed, handlerstest.Noon })
	got := app.PostAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)+"/disposition", url.Values{"disposition": {"1"}})
	wantWords(t, "the page", got, http.StatusUnprocessableEntity, "nothing more can be recorded")
}

// TestDisposition_ShowsTheCallersTimeToo is for a caller whose clock is another than ours.
func TestDisposition_ShowsTheCallersTimeToo(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) {
		l.Status, l.ResultCode, l.Applicant.ZipCode = lead.Created, 1018, lead.Keep("90001")
	})
	page := app.GetAs(handlerstest.Ann, "/desk/leads/"+string(l.ID))
	wantWords(t, "the page", page, http.StatusOK, "Caller&#39;s time is PST: it is 6:05 AM there now.", `name="callerZone" value="America/Los_Angeles"`)
	post := func(zone, at string) *httptest.ResponseRecorder {
		form := url.Values{"disposition": {"2"}, "callBackAt": {at}, "callerZone": {zone}}
		return app.As(handlerstest.Ann, handlerstest.Fragment(handlerstest.Request(http.MethodPost, "/desk/leads/"+string(l.ID)+"/disposition", form.Encode())))
	}
	wantWords(t, "a time in the past", post("America/Los_Angeles", "2020-01-01T10:00"), http.StatusUnprocessableEntity, "it is 6:05 AM there now", "still to come")
	wantWords(t, "a call back", post("America/Los_Angeles", "2026-11-22T15:30"), http.StatusOK, "at 3:30 PM CST", "(1:30 PM PST for the caller)")
	for _, zone := range []string{"America/Chicago", "Nowhere/Else", "../../etc/passwd"} {
		if got := post(zone, "2020-01-01T10:00").Body.String(); strings.Contains(got, "time is") || strings.Contains(got, "callerZone") {
			t.Errorf("the zone %q is shown", zone)
		}
	}
}

// TestDisposition_LeavesTheWordsForWhoeverAskedNotToBeCalled unlike after every other disposition.
func TestDisposition_LeavesTheWordsForWhoeverAskedNotToBeCalled(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1015 })
	path := "/desk/leads/" + string(l.ID)
	app.PostAs(handlerstest.Ann, path+"/disposition", url.Values{"disposition": {"8"}})
	wantWords(t, "the page then", app.GetAs(handlerstest.Ann, path+"/result"), http.StatusOK, "Say now", "do-not-contact list", "End the call politely", "The call ended: Do not call", `id="next-lead"`)
}
