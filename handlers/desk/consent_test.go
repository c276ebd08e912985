package desk_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

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
		if l.Permission.Marketing != tt.want || r.Acts[3].Given != (tt.said == "yes") {
			t.Errorf("opt-in %t, said %q: marketing is %t, the act %t", tt.optIn, tt.said, l.Permission.Marketing, r.Acts[3].Given)
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
		if got.Code != 303 || got.Header().Get("Location") != "/desk/leads/"+string(l.ID) || l.Hold != "" || !r.Complete() || !l.Permission.CreditCheck {
			t.Errorf("with %s: got %d to %q, held by %q", missing, got.Code, got.Header().Get("Location"), l.Hold)
		}
	}
}

func TestSend_WhereRecordedCallsAreOffEveryLeadWaits(t *testing.T) {
	app := newDesk(t, desk.Options{})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").SeesNot("callId", "recorded-call").Sees("switched off")
	v.Press(both(mariaTyped, append(agreed, "consentRoute", "recorded-call"))...)
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
