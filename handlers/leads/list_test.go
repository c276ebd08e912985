package leads_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/handlers/handlerstest"
	"intake/handlers/leads"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/staff"
)

func TestRecent_ShowsTheNewestFirstWithTheResultInWords(t *testing.T) {
	app, store := handlerstest.Staff(t)
	older := store.Put(0, handlerstest.Ann, func(l *lead.Lead) {
		l.Status, l.ResultCode, l.SubmitStatus, l.ReceivedAt = lead.Submitted, 1015, 200, l.ReceivedAt.Add(-2*time.Hour)
	})
	newer := store.Put(1, handlerstest.Ann, func(l *lead.Lead) { l.Status, l.ResultCode, l.SubmitStatus = lead.Refused, 1013, 400 })
	store.Put(2, handlerstest.Bob, nil)
	store.Given = []lead.Disposition{{Lead: older.ID, Kind: lead.Transferred}}
	part := app.As(handlerstest.Ann, handlerstest.Fragment(handlerstest.Request(http.MethodGet, "/desk/recent", "")))
	wantWords(t, "the list", part, http.StatusOK, "Qualified, lead handed over", "Certificate needed", "Transferred", "open", "2 h", "1 min", "sse:changed, sse:refresh")
	text := part.Body.String()
	if strings.Index(text, newer.ID.Reference().String()) > strings.Index(text, older.ID.Reference().String()) || strings.Contains(text, handlerstest.IDOf(2).Reference().String()) {
		t.Errorf("another order, or another agent's lead:\n%s", text)
	}
	wantWords(t, "without scripts", app.GetAs(handlerstest.Ann, "/desk/recent"), http.StatusOK, "<!doctype html>", "Qualified, lead handed over")
	wantWords(t, "of a new agent", app.GetAs(handlerstest.Sue, "/desk/recent"), http.StatusOK, "No leads yet")
}

func TestRecent_ADoNotCallCountsMoreThanTheResult(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1014 })
	store.Given = []lead.Disposition{{Lead: l.ID, Kind: lead.DoNotCall}}
	got := app.GetAs(handlerstest.Ann, "/desk/recent")
	wantWords(t, "the list", got, http.StatusOK, `<span class="tone attention">Do not call</span>`)
	if strings.Contains(got.Body.String(), "Qualified") {
		t.Error("it looks as if the person could be called")
	}
}

func TestSearch_ShowsOfAnothersLeadOnlyWhenWhoAndResult(t *testing.T) {
	app, store := handlerstest.Staff(t)
	mine := store.Put(0, handlerstest.Ann, nil)
	others := store.Put(1, handlerstest.Bob, func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1014 })
	consumers := store.Put(2, staff.Person{}, nil)
	store.Given = []lead.Disposition{{Lead: others.ID, Kind: lead.WrongNumber}}
	got := app.PostAs(handlerstest.Ann, "/desk/search", url.Values{"query": {"(512) 555-0148"}})
	wantWords(t, "an agent", got, http.StatusOK, "3 leads with this phone", mine.ID.Reference().String(), "/desk/leads/"+string(mine.ID), "Bob Agent", "Qualified, tier 2", "not yours", "the consumer")
	for _, l := range []lead.Lead{others, consumers} {
		for _, never := range []string{string(l.ID), l.ID.Reference().String(), "Wrong number"} {
			if strings.Contains(got.Body.String(), never) {
				t.Errorf("an agent sees %q", never)
			}
		}
	}
	wantWords(t, "a supervisor", app.PostAs(handlerstest.Sue, "/desk/search", url.Values{"query": {"maria.gonzalez79@EXAMPLE.com"}}), http.StatusOK,
		"3 leads with this email", string(others.ID), string(consumers.ID), "Wrong number")
	wantWords(t, "by reference", app.PostAs(handlerstest.Sue, "/desk/search", url.Values{"query": {" k7pm 3xrt"}}), http.StatusOK, "1 lead with this reference", string(mine.ID))
	wantWords(t, "nothing", app.PostAs(handlerstest.Sue, "/desk/search", url.Values{"query": {"512 555 0199"}}), http.StatusOK, "0 leads with this phone")
}

// What was typed is in no address, title or log, and is written down by its kind alone.
func TestSearch_TheValueStaysInTheBodyOfTheRequest(t *testing.T) {
	app, store := handlerstest.Staff(t)
	store.Put(0, handlerstest.Ann, nil)
	page := app.GetAs(handlerstest.Ann, "/desk/search").Body.String()
	for _, want := range []string{`method="post" action="/desk/search"`, "Names and addresses cannot be searched"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, typed := range []string{"512 555 0148", "maria.gonzalez79@example.com", "K7PM-3XRT"} {
		got := app.PostAs(handlerstest.Ann, "/desk/search", url.Values{"query": {typed}})
		if strings.Contains(got.Body.String(), `value="`+typed) || strings.Contains(strings.SplitN(got.Body.String(), "</title>", 2)[0], typed) {
			t.Errorf("%q is in the page", typed)
		}
		for name, values := range got.Header() {
			if strings.Contains(strings.Join(values, " "), typed) {
				t.Errorf("%q is in the header %s", typed, name)
			}
		}
		for _, leak := range []string{typed, "5125550148"} {
			if strings.Contains(app.Logged.String(), leak) {
				t.Errorf("the log holds %q", leak)
			}
		}
	}
	if diff := cmp.Diff([]string{handlerstest.Ann.Who() + " by phone", handlerstest.Ann.Who() + " by email", handlerstest.Ann.Who() + " by reference"}, store.Looked); diff != "" {
		t.Errorf("written down (-want +got):\n%s", diff)
	}
	if got := app.GetAs(handlerstest.Ann, "/desk/search?query=512"); got.Code != http.StatusOK || len(store.Queries) != 3 {
		t.Errorf("a query in the address is answered %d, with %d searches", got.Code, len(store.Queries))
	}
}

func TestSearch_SaysWhatCannotBeSearched(t *testing.T) {
	app, store := handlerstest.Staff(t)
	for _, typed := range []string{"", "Maria Gonzalez", "4120 Bluebonnet Ln", "12345", "maria@", "K7PM"} {
		got := app.PostAs(handlerstest.Ann, "/desk/search", url.Values{"query": {typed}})
		wantWords(t, typed, got, http.StatusUnprocessableEntity, "Names and addresses cannot be searched", `aria-invalid="true"`, "<title>SIMULATOR: Error: ", `value="`+typed+`"`)
	}
	if len(store.Queries) != 0 {
		t.Errorf("%d searches", len(store.Queries))
	}
}

func TestSearch_DoesNotShowASocialSecurityNumberAgain(t *testing.T) {
	app, _ := handlerstest.Staff(t)
	got := app.PostAs(handlerstest.Ann, "/desk/search", url.Values{"query": {"532-84-7316"}})
	wantWords(t, "the page", got, http.StatusUnprocessableEntity, `value="•••-••-••••"`)
}

func TestReadQuery_TakesOurIdsAndReadsAReferenceAsPeopleTypeIt(t *testing.T) {
	for typed, want := range map[string]string{"K7PM-3XRT": "reference", "k7pm3xrt": "reference", string(handlerstest.IDOf(0)): "reference", "+1 (512) 555-0148": "phone", "a@example.com": "email"} {
		if q, ok := leads.ReadQuery(typed); !ok || q.Kind() != want {
			t.Errorf("%q is a %s, %v", typed, q.Kind(), ok)
		}
	}
}

func TestTeam_CountsTodayInTheZoneAndAddsUp(t *testing.T) {
	app, store := handlerstest.Staff(t)
	store.Rows = []lead.TeamRow{
		{Agent: lead.Agent{Key: "ann", Name: "Ann Agent"}, Leads: 10, Qualified: 4, ConsentComplete: 9, Awaiting: 1, ByCode: map[int]int{1015: 4, 1018: 5}, ByDisposition: map[lead.DispositionKind]int{lead.Transferred: 4}},
		{Agent: lead.Agent{Name: "Bob Agent"}, Leads: 2, Qualified: 1, ConsentComplete: 2, InDoubt: 1, ByCode: map[int]int{1013: 1, 1042: 1}, ByDisposition: map[lead.DispositionKind]int{lead.DoNotCall: 1}},
	}
	got := app.GetAs(handlerstest.Sue, "/desk/team")
	wantWords(t, "the page", got, http.StatusOK, "As of Nov 22, 2026, 8:05:00 AM CST", "Today began at Nov 22, 2026, 12:00:00 AM CST", `<th scope="row"><a href="/desk/team/`+leads.AgentID("ann")+`">Ann Agent</a></th>`, "40%", "90%", `<th scope="row">All</th>`, "92%",
		"Qualified, tier 3 (code 1015)", "Unknown code 1042<", "no result yet", ">Transferred<", ">Do not call<", "open", "Qualified, of all")
	if want := time.Date(2026, 11, 22, 0, 0, 0, 0, handlerstest.Zone); !store.Since.Equal(want) {
		t.Errorf("counted since %s, want %s", store.Since, want)
	}
}

func TestTimeline_HasEveryAttemptAnswerPersonAndMoment(t *testing.T) {
	at := func(minute int) time.Time { return handlerstest.Noon.Add(time.Duration(minute) * time.Minute) }
	full := leads.Case{
		History: []leads.Event{
			{At: at(0), Event: "stored"}, {At: at(1), Event: lead.SendBegun, Attempt: 1},
			{At: at(2), Event: lead.Answered, Attempt: 1, AlleviateID: "mlas-7", ResultCode: 1015, Bid: "24.00"},
			{At: at(5), Event: lead.WasSubmitted, Attempt: 2, SubmitStatus: 208, CRM: "crm"},
			{At: at(7), Event: lead.Answered, Attempt: 1, Late: true}, {At: at(8), Event: "something new", By: lead.Agent{Name: "Ann"}},
		},
		Acts: []leads.Act{{At: at(6), Who: "Sue", Action: "closed by hand", Reason: "asked"}},
	}
	var got []string
	for _, m := range leads.Timeline(full, []lead.Disposition{{At: at(4), By: lead.Agent{Name: "Ann"}, Kind: lead.Transferred}}) {
		got = append(got, strings.TrimSpace(m.What+" | "+m.Who+" | "+m.Detail))
	}
	want := []string{
		"Received and stored |  |", "Sending to Alleviate |  | attempt 1", "Alleviate answered |  | attempt 1, code 1015, bid 24.00, id mlas-7", "Call ended: Transferred | Ann |",
		"Handed over to the CRM |  | attempt 2, status 208, crm", "Closed by hand | Sue | asked", "Alleviate answered |  | attempt 1, too late to change anything", "something new | Ann |",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConsent_NamesItsGaps(t *testing.T) {
	act := func(p consent.Purpose, given bool) consent.Act {
		return consent.Act{Purpose: p, Given: given, TextID: string(p), Version: "1", Shown: "unchecked"}
	}
	all := []consent.Act{act(consent.Credit, true), act(consent.Terms, true), act(consent.Marketing, false)}
	for name, tt := range map[string]struct {
		record   consent.Record
		complete bool
		gaps     []string
	}{
		"on the page":           {consent.Record{Channel: "consumer-web", PageID: "p", PersonName: lead.Keep("x"), Acts: all}, true, nil},
		"no terms":              {consent.Record{Channel: "consumer-web", PageID: "p", PersonName: lead.Keep("x"), Acts: all[:1]}, false, []string{"Terms and privacy: not asked"}},
		"a call without notice": {consent.Record{Channel: "recorded-call", PersonName: lead.Keep("x"), Acts: all}, false, []string{"Recording notice: not asked"}},
		"half of the lines read": {consent.Record{Channel: "recorded-call", PersonName: lead.Keep("x"), Acts: append([]consent.Act{act(consent.Recording, true), act(consent.Recording, false)}, all...)}, false,
			[]string{"Recording notice: refused"}},
		"no page, no certificate, erased": {consent.Record{Channel: "consumer-web", Certificate: consent.Certificate{State: "none"}, Acts: all}, true,
			[]string{"No page was kept", "The visit brought no certificate", "Name and phone in the text: erased, or not recorded"}},
	} {
		got := leads.ConsentOf(tt.record)
		if diff := cmp.Diff(tt.gaps, got.Gaps); diff != "" || got.Complete != tt.complete {
			t.Errorf("%s: complete %v (-want +got):\n%s", name, got.Complete, diff)
		}
	}
}

// TestAgent_ShowsASupervisorTheLeadsOfTheDayAlone has one of today, one of yesterday, and one of another agent.
func TestAgent_ShowsASupervisorTheLeadsOfTheDayAlone(t *testing.T) {
	app, store := handlerstest.Staff(t)
	today := store.Put(0, handlerstest.Ann, nil)
	yesterday := store.Put(1, handlerstest.Ann, func(l *lead.Lead) { l.ReceivedAt = handlerstest.Noon.Add(-24 * time.Hour) })
	others := store.Put(2, handlerstest.Sue, nil)
	store.Rows = []lead.TeamRow{{Agent: today.Agent, Leads: 2}}
	path := "/desk/team/" + leads.AgentID(handlerstest.Ann.Key)
	got := app.GetAs(handlerstest.Sue, path)
	wantWords(t, "the page", got, http.StatusOK, "Leads of Ann Agent today", "/desk/leads/"+string(today.ID))
	for _, l := range []lead.Lead{yesterday, others} {
		if strings.Contains(got.Body.String(), string(l.ID)) {
			t.Errorf("the page has the lead %s", l.ID)
		}
	}
	wantWords(t, "an agent", app.GetAs(handlerstest.Ann, path), http.StatusNotFound)
	wantWords(t, "nobody", app.GetAs(handlerstest.Sue, "/desk/team/0123456789abcdef"), http.StatusNotFound)
}
