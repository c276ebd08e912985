package desk_test

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"intake/handlers"
	"intake/handlers/desk"
	"intake/handlers/handlerstest"
	"intake/internal/consent"
	"intake/internal/lead"
)

func TestSend_RecordsWhatWasReadAndNothingOfTheAgentsBrowser(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana)
	v.Header.Set("User-Agent", "The agent's browser")
	v.Open("/desk").Press(both(mariaTyped, append(agreed, "language", "es", "line-marketing", "yes"))...)
	_, r := app.Store.OnlyLead(t)
	for what, got := range map[string][2]string{
		"channel":  {r.Channel, "recorded-call"},
		"language": {r.Language, "es"},
		"call":     {r.Call.ID.Reveal(), "C-42"},
		"agent":    {r.Call.Agent.Reveal(), "Dana (https://login.example|dana)"},
		"script":   {r.Call.Script, "1"},
		"seller":   {r.Seller, "Seller LLC"},
		"person":   {r.PersonName.Reveal(), "Maria Gonzalez"},
		"phone":    {r.Phone.Reveal(), "5125550148"},
		"zone":     {r.Zone.Reveal(), "America/Chicago"},
		"version":  {r.FormVersion, "test"},
		"nothing":  {r.PageID + r.PageURL + r.LandingURL + r.Viewport + r.Referrer + r.ClientIP.Reveal() + r.UserAgent.Reveal() + r.ProxyChain.Reveal() + r.Certificate.State, ""},
	} {
		if got[0] != got[1] {
			t.Errorf("the record's %s is %q, want %q", what, got[0], got[1])
		}
	}
	want := app.Texts.SpokenActs("es", "TX")
	if len(r.Acts) != len(want) {
		t.Fatalf("there are %d acts", len(r.Acts))
	}
	for i := range want {
		want[i].Given = true
		if r.Acts[i] != want[i] {
			t.Errorf("the act is %+v, want %+v", r.Acts[i], want[i])
		}
	}
}

func TestSend_ASpokenYesToMarketingCountsOnlyWhereItMay(t *testing.T) {
	for _, tt := range []struct {
		optIn bool
		said  string
		want  bool
	}{{false, "yes", false}, {true, "yes", true}, {true, "no", false}, {true, "", false}} {
		app := newDesk(t, desk.Options{RecordedCall: true, OralOptIn: tt.optIn})
		app.VisitAs(t, handlerstest.Dana).Open("/desk").Press(both(mariaTyped, append(agreed, "line-marketing", tt.said))...)
		l, r := app.Store.OnlyLead(t)
		asked := slices.ContainsFunc(r.Acts, func(a consent.Act) bool { return a.Purpose == consent.Marketing })
		given := slices.ContainsFunc(r.Acts, func(a consent.Act) bool { return a.Purpose == consent.Marketing && a.Given })
		if l.Permission.Marketing != tt.want || given != (tt.said == "yes") || asked != (tt.said != "") || len(r.Acts) < 3 {
			t.Errorf("opt-in %t, said %q: marketing is %t, asked %t, given %t", tt.optIn, tt.said, l.Permission.Marketing, asked, given)
		}
	}
}

func TestSend_WithoutCompleteConsentTheLeadWaitsAndIsCompletedByTheSameForm(t *testing.T) {
	for missing, says := range map[string]string{
		"callId": "the call id", "line-recording": "the recording notice", "line-credit": "the permission for the credit check", "line-terms": "the terms and privacy notice",
	} {
		app := newDesk(t, normal)
		v := app.VisitAs(t, handlerstest.Dana).Open("/desk").Send(both(mariaTyped, append(agreed, missing, ""))...)
		v.IsAt("/desk", 200).Sees("consent is not complete", "Missing: "+says+".", "waits 24 hours").HasValue("firstName", "maria")
		l, r := app.Store.OnlyLead(t)
		if l.Hold != lead.AwaitingConsent || l.Permission.CreditCheck || r.Complete() {
			t.Errorf("without %s the lead is held by %q", missing, l.Hold)
		}
		got := v.Press(both(mariaTyped, append(agreed, "city", "Austin", "state", "TX"))...)
		l, r = app.Store.OnlyLead(t)
		if got.Code != 303 || got.Header().Get("Location") != "/desk/leads/"+string(l.ID)+"/result" || l.Hold != "" || !r.Complete() || !l.Permission.CreditCheck {
			t.Errorf("with %s: got %d to %q, held by %q", missing, got.Code, got.Header().Get("Location"), l.Hold)
		}
	}
}

func TestSend_WhereRecordedCallsAreOffEveryLeadWaits(t *testing.T) {
	app := newDesk(t, desk.Options{})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").SeesNot("callId", "recorded-call").Sees("turned off")
	v.Send(both(mariaTyped, append(agreed, "consentRoute", "recorded-call"))...).IsAt("/desk", 200).Sees("cannot be sent from the desk").SeesNot("Check it and send again")
	v.Header.Set("HX-Request", "true")
	if part := v.Press(both(mariaTyped, []string{"city", "Austin", "state", "TX"})...).Body.String(); !strings.Contains(part, "cannot be sent from the desk") {
		t.Errorf("in a part of the page: %s", part)
	}
	l, r := app.Store.OnlyLead(t)
	if l.Hold != lead.AwaitingConsent || r.Call.ID.Given() || r.Acts[0].Given {
		t.Errorf("held by %q, with the call %t", l.Hold, r.Call.ID.Given())
	}
}

func TestSend_AReadLineCountsForItsStateAlone(t *testing.T) {
	texts := textsWithACaliforniaLine(t)
	for state, hold := range map[string]string{"": lead.AwaitingConsent, "CA": ""} {
		app := handlerstest.New(t, handlerstest.WithDesk(normal), func(c *handlers.Config) { c.Texts = texts })
		v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
		v.Press(both(mariaTyped, append(agreed, "zipCode", "90001", "scriptState", state))...)
		if l, _ := app.Store.OnlyLead(t); l.Hold != hold {
			t.Errorf("with the line for %q the lead is held by %q, want %q", state, l.Hold, hold)
		}
	}
}

// textsWithACaliforniaLine are the texts that ship, with a credit line for callers of California.
func textsWithACaliforniaLine(t *testing.T) consent.Texts {
	t.Helper()
	texts, err := consent.Load(californiaTexts(t))
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func californiaTexts(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(consent.BuiltIn(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		body, err := fs.ReadFile(consent.BuiltIn(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: body}
	}
	const line = `{"id": "creditCA", "purpose": "credit", "state": "CA",
		"en": "In California: does {seller} have your permission to get your credit report?", "es": "En California: ¿tiene {seller} su permiso para obtener su informe de crédito?"}, {`
	script := files["script-1.json"]
	script.Data = []byte(strings.Replace(string(script.Data), "},\n    {\n      \"id\": \"terms\"", "}, "+line+"\n      \"id\": \"terms\"", 1))
	return files
}

// lateConsents are what may have become of a lead while an agent completes its consent, and what the page says then.
var lateConsents = map[string]struct {
	before func(*handlerstest.Store) // the form is sent
	during func(*handlerstest.Store) // the form is received: another form, or another program, was faster
	passed time.Duration
	says   []string
	anew   bool // sent again, the form is a new lead
}{
	"completed with another form": {
		during: func(s *handlerstest.Store) { s.ChangeLeads(func(l *lead.Lead) { l.Hold = "" }) },
		says:   []string{"Already sent", "boxes of this form were not used", "open the lead to see its result"},
	},
	"completed with another form before": {
		before: func(s *handlerstest.Store) { s.ChangeLeads(func(l *lead.Lead) { l.Hold = "" }) },
		says:   []string{"Already sent"},
	},
	"24 hours are over": {
		passed: lead.ConsentWait,
		says:   []string{"closed after 24 hours without consent", "What you typed is still here", "becomes a new lead"}, anew: true,
	},
	"closed without consent meanwhile": {
		during: func(s *handlerstest.Store) { s.ChangeLeads(closedFor(string(lead.NoConsent))) },
		says:   []string{"closed after 24 hours without consent"}, anew: true,
	},
	"closed without consent before": {
		before: func(s *handlerstest.Store) { s.ChangeLeads(closedFor(string(lead.NoConsent))) },
		says:   []string{"closed after 24 hours without consent"}, anew: true,
	},
	"the person has opted out": {
		during: func(s *handlerstest.Store) { s.OptsOut = true },
		says:   []string{"this person has opted out", "nothing more is sent", "End the call politely"},
	},
	"closed for an opt-out before": {
		before: func(s *handlerstest.Store) { s.ChangeLeads(closedFor(lead.OptedOut)) },
		says:   []string{"this person has opted out"},
	},
	"closed by a person meanwhile": {
		during: func(s *handlerstest.Store) { s.ChangeLeads(closedFor("asked by letter")) },
		says:   []string{"This lead is closed", "Open the lead to see who and why"},
	},
}

func closedFor(reason string) func(*lead.Lead) {
	return func(l *lead.Lead) { l.Status, l.Hold, l.Reason = lead.Closed, "", reason }
}

// lateConsent is a form whose lead waits, and comes too late.
func lateConsent(t *testing.T, before, during func(*handlerstest.Store), passed time.Duration) (handlerstest.App, *handlerstest.Visitor) {
	t.Helper()
	app, now := handlerstest.NewWithClock(t, handlerstest.WithDesk(normal))
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").Send(mariaTyped...).IsAt("/desk", 200)
	*now = now.Add(passed)
	if before != nil {
		before(app.Store)
	}
	if during != nil {
		app.Store.OnConsent = func() { app.Store.OnConsent = nil; during(app.Store) }
	}
	return app, v
}

func TestConsent_ThatComesTooLateSaysWhatToDoNowAndLosesNothing(t *testing.T) {
	typed := both(mariaTyped, append(agreed, "city", "Austin", "state", "TX"))
	for story, tt := range lateConsents {
		t.Run(story, func(t *testing.T) {
			app, v := lateConsent(t, tt.before, tt.during, tt.passed)
			token := v.Form().Get("draft")
			v.Send(typed...).IsAt("/desk", 409).Sees(tt.says...).Sees("Open the lead").SeesNot("Not saved", "Same phone")
			v.HasValue("firstName", "maria").HasValue("callId", " C-42 ").Sees(`name="line-terms" value="yes" checked`)
			if anew := v.Form().Get("draft") != token; anew != tt.anew {
				t.Errorf("the form has a new draft: %t", anew)
			}
			got := v.Press(typed...)
			if again := got.Code == http.StatusSeeOther && len(app.Store.Leads) == 2; again != tt.anew {
				t.Errorf("sent again: %d, %d leads", got.Code, len(app.Store.Leads))
			}
		})
		t.Run(story+", in a part of the page", func(t *testing.T) {
			app, v := lateConsent(t, tt.before, tt.during, tt.passed)
			v.Header.Set("HX-Request", "true")
			got := v.Press(typed...)
			v.Page = got
			v.Sees(tt.says...).SeesNot("<html", "Not saved", "firstName")
			token := v.Form().Get("draft")
			if got.Code != 409 || got.Header().Get("HX-Retarget") != "" || got.Header().Get("HX-Trigger") != "" || (token != "") != tt.anew {
				t.Fatalf("got %d with the draft %q", got.Code, token)
			}
			if again := v.Press(append(typed, "consentRoute", "recorded-call")...); tt.anew && (again.Code != 200 || len(app.Store.Leads) != 2) {
				t.Errorf("sent again: %d, %d leads", again.Code, len(app.Store.Leads))
			}
		})
	}
}

// A lead that waits is stored, so the page must not say that it is not.
func TestConsent_ThatCannotBeStoredIsToldAsSuch(t *testing.T) {
	app, v := lateConsent(t, nil, nil, 0)
	app.Store.FailConsent = errors.New("disk canary-7319 full")
	v.Send(both(mariaTyped, agreed)...).IsAt("/desk", 503).Sees("Not saved", "This lead is with us", "nothing went out", "Open the lead").SeesNot("canary").HasValue("callId", " C-42 ")
	app.Store.FailConsent = nil
	if got := v.Press(both(mariaTyped, agreed)...); got.Code != http.StatusSeeOther {
		t.Errorf("sending again: %d", got.Code)
	}
	if l, r := app.Store.OnlyLead(t); l.Hold != "" || !r.Complete() {
		t.Errorf("held by %q", l.Hold)
	}
}
