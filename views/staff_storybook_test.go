package views

import (
	"testing"
	"time"

	"github.com/a-h/templ"

	"intake/internal/coach"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/frame"
	"intake/views/leads"
	"intake/views/status"
)

var (
	typist = lead.Agent{Key: "dana", Name: "Dana Smith"}

	leadClock = frame.Clock{Now: noon, Zone: zoneOfStories}
)

// sentLead is a lead that Dana has typed two minutes ago.
func sentLead(change func(*lead.Lead)) lead.Lead {
	l := lead.Lead{ID: "2A3B4C5D6K7PM3XRTABCDEFGH", Language: "en", Agent: typist, Status: lead.Received, ReceivedAt: noon.Add(-2 * time.Minute), ChangedAt: noon.Add(-2 * time.Minute)}
	change(&l)
	return l
}

// outcomeOf is the panel and the dispositions of a lead.
func outcomeOf(t *testing.T, l lead.Lead, given ...lead.Disposition) (leads.Result, leads.Dispositions) {
	t.Helper()
	table, err := coach.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	optedOut := len(given) > 0 && given[len(given)-1].Kind == lead.DoNotCall
	advice := table.Advise(coach.Case{Lead: l, OptedOut: optedOut, Now: noon})
	result := leads.Result{Clock: leadClock, Lead: l, Advice: advice, Page: frame.Both(page("en").T(status.Text(string(advice.Consumer), false)), ""), Fresh: true, MayLook: l.MayLook()}
	d := leads.Dispositions{Clock: leadClock, Lead: l.ID, Given: given}
	if len(given) == 0 {
		d.Suggested = advice.Disposition
	}
	return result, d
}

// staffStorybook is every page of the staff, by the name of its golden file.
func staffStorybook(t *testing.T) map[string]templ.Component {
	all := map[string]templ.Component{}
	resultStories(t, all)
	leadStories(t, all)
	all["search"] = leads.SearchPage(leads.Search{StaffPage: staffPage("/desk/search", sam)})
	all["search-unreadable"] = leads.SearchPage(leads.Search{StaffPage: staffPage("/desk/search", sam), Typed: "Maria", Error: "Enter a phone number, an email address, or a reference like K7PM-3XRT. Names and addresses cannot be searched."})
	all["search-nothing"] = leads.SearchPage(leads.Search{StaffPage: staffPage("/desk/search", sam), Searched: "phone"})
	all["search-found"] = leads.SearchPage(leads.Search{StaffPage: staffPage("/desk/search", sam), Searched: "phone", Rows: listed()})
	all["recent"] = leads.RecentPage(staffPage("/desk/recent", sam), leads.Recent{Clock: leadClock, Rows: listed()})
	all["recent-empty"] = leads.RecentPage(staffPage("/desk/recent", sam), leads.Recent{Clock: leadClock})
	all["call-backs-none"] = leads.CallBacksPage(leads.CallBacks{StaffPage: staffPage("/desk/call-backs", dana)})
	all["call-backs"] = leads.CallBacksPage(leads.CallBacks{
		StaffPage: staffPage("/desk/call-backs", sam), All: true, Next: "1792000000000.2A3B4C5D6Q4WC9DHFABCDEFGH",
		Rows: []leads.CallBack{
			{At: noon.Add(-40 * time.Minute), Theirs: "Sun, Nov 22, 11:25 AM CST", Quiet: true, Lead: "2A3B4C5D6K7PM3XRTABCDEFGH", Reference: "K7PM-3XRT", By: "Dana Smith", Note: "After work, asks for <b>Dana</b>"},
			{At: noon.Add(26 * time.Hour), Lead: "2A3B4C5D6Q4WC9DHFABCDEFGH", Reference: "Q4WC-9DHF", By: "Lee Park"},
		},
	})
	all["team-empty"] = leads.TeamPage(leads.Team{StaffPage: staffPage("/desk/team", sam), Since: noon.Add(-12 * time.Hour)})
	all["team"] = leads.TeamPage(leads.Team{
		StaffPage: staffPage("/desk/team", sam), Since: noon.Add(-12 * time.Hour),
		Rows: []leads.AgentRow{
			{Path: "/desk/team/0123456789abcdef", TeamRow: lead.TeamRow{Agent: typist, Leads: 31, Qualified: 12, ConsentComplete: 30, Awaiting: 1}},
			{Path: "/desk/team/fedcba9876543210", TeamRow: lead.TeamRow{Agent: lead.Agent{Name: "Lee Park"}, Leads: 7, Qualified: 2, ConsentComplete: 7, InDoubt: 1, Parked: 1}},
		},
		Total: lead.TeamRow{Agent: lead.Agent{Name: "All"}, Leads: 38, Qualified: 14, ConsentComplete: 37, Awaiting: 1, InDoubt: 1, Parked: 1},
		Codes: []leads.Count{{Of: "Duplicate (code 1003)", Leads: 6}, {Of: "Qualified, tier 3 (code 1015)", Leads: 14}, {Of: "Unknown code 1042", Leads: 1}, {Of: "no result yet", Leads: 17}},
		Ends:  []leads.Count{{Of: "Transferred", Leads: 13}, {Of: "Do not call", Leads: 2}, {Of: "open", Leads: 23}},
	})
	all["agent"] = leads.AgentPage(leads.AgentDay{
		StaffPage: staffPage("/desk/team/0123456789abcdef", sam), Name: "Dana Smith", Since: noon.Add(-12 * time.Hour),
		Rows: []leads.Row{{ID: "2A3B4C5D6K7PM3XRTABCDEFGH", Reference: "K7PM-3XRT", At: noon.Add(-30 * time.Second), State: "Saved, on its way", Tone: coach.Wait}},
	})
	return all
}

// resultStories are the panel in every state that has words of its own.
func resultStories(t *testing.T, all map[string]templ.Component) {
	for name, change := range map[string]func(*lead.Lead){
		"waiting": func(*lead.Lead) {},
		"not-final": func(l *lead.Lead) {
			l.Status, l.ResultCode, l.AlleviateID, l.NextAttemptAt = lead.Created, 1000, "mlas-7", noon.Add(time.Minute)
		},
		"duplicate": func(l *lead.Lead) { l.Status, l.ResultCode, l.AlleviateID = lead.Created, 1003, "mlas-7" },
		"qualified": func(l *lead.Lead) {
			l.Status, l.ResultCode, l.Bid, l.AlleviateID = lead.Submitting, 1015, "24.00", "mlas-7"
		},
		"submitted": func(l *lead.Lead) {
			l.Status, l.ResultCode, l.AlleviateID, l.SubmitStatus = lead.Submitted, 1013, "mlas-7", 208
		},
		"certificate": func(l *lead.Lead) {
			l.Status, l.ResultCode, l.AlleviateID, l.SubmitStatus, l.Reason = lead.Refused, 1013, "mlas-7", 400, "submitLead 400"
		},
		"refused": func(l *lead.Lead) {
			l.Status, l.ResultCode, l.AlleviateID, l.SubmitStatus, l.Reason = lead.Refused, 1013, "mlas-7", 422, "submitLead 422"
		},
		"in-doubt": func(l *lead.Lead) { l.Status, l.Reason = lead.InDoubt, "ambiguous, connection cut" },
		"parked":   func(l *lead.Lead) { l.Status, l.Reason = lead.Parked, "rejected, fields state" },
		"consent":  func(l *lead.Lead) { l.Hold = lead.AwaitingConsent },
		"unknown":  func(l *lead.Lead) { l.Status, l.ResultCode, l.AlleviateID = lead.Created, 1042, "mlas-7" },
		"closed":   func(l *lead.Lead) { l.Status, l.Reason = lead.Closed, "no consent" },
	} {
		result, d := outcomeOf(t, sentLead(change))
		all["result-"+name] = leads.ResultPage(leads.Page{StaffPage: staffPage("/desk/leads/x/result", sam), Result: result, Dispositions: d})
	}
	result, d := outcomeOf(t, sentLead(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1018 }), lead.Disposition{By: typist, At: noon, Kind: lead.DoNotCall})
	d.Notice = "Do not call is in effect now."
	all["result-do-not-call"] = leads.ResultPage(leads.Page{StaffPage: staffPage("/desk/leads/x/result", sam), Result: result, Dispositions: d})
	result, d = outcomeOf(t, sentLead(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1018 }))
	d.Form = validation.NewForm(map[string]string{"disposition": "2", "note": "Call her <b>sister</b>"})
	d.Errors = validation.Errors{{Field: "callBackAt", Input: "callBackAt", Message: frame.Both("Enter the date and time of the call back", "")}}
	all["result-wrong"] = leads.ResultPage(leads.Page{StaffPage: staffPage("/desk/leads/x/result", sam), Result: result, Dispositions: d})
}

func leadStories(t *testing.T, all map[string]templ.Component) {
	result, d := outcomeOf(t, sentLead(func(l *lead.Lead) {
		l.Status, l.ResultCode, l.Bid, l.AlleviateID, l.SubmitStatus, l.CRM = lead.Submitted, 1015, "24.00", "mlas-7", 200, "salesforce"
	}), lead.Disposition{By: typist, At: noon, Kind: lead.CallBack, CallBackAt: noon.Add(5 * time.Hour), Note: lead.Keep("After work, asks for Dana")})
	result.Fresh, result.Warnings = false, []string{"No consent to marketing calls and texts: do not promise a call they did not ask for."}
	at := func(seconds int) time.Time { return noon.Add(time.Duration(seconds-120) * time.Second) }
	p := leads.Page{
		StaffPage: staffPage("/desk/leads/x", sam), Result: result, Dispositions: d,
		Answers: []leads.Answer{{Label: "First name", Masked: "M•••"}, {Label: "Email", Masked: "m•••@gmail.com"}, {Label: "Phone number", Masked: "ends 0148"}, {Label: "Social Security number (optional)", Masked: "ends 6789"}},
		Timeline: []leads.Moment{
			{At: at(0), What: "Received and stored", Who: "Dana Smith"}, {At: at(1), What: "Sending to Alleviate", Detail: "attempt 1"},
			{At: at(4), What: "Alleviate answered", Detail: "attempt 1, code 1015, bid 24.00, id mlas-7"}, {At: at(6), What: "Handed over to the CRM", Detail: "attempt 2, status 200, salesforce"},
			{At: at(110), What: "Page opened", Who: "Sue Supervisor"},
		},
		Consent: leads.Consent{
			Channel: "oral, on a recorded call", At: at(0), Language: "English",
			Acts: []leads.Act{{Purpose: "Credit check", Answer: "given", Text: "script/credit, version 1, read aloud"}, {Purpose: "Recording notice", Answer: "not asked"}},
			Gaps: []string{"Recording notice: not asked"},
		},
		Retention: []string{"Social Security number erased in 3 h, on Nov 22, 2026, 9:05:00 PM", "Answers erased in 29 days, on Dec 21, 2026, 6:05:00 PM"},
	}
	all["lead"] = leads.LeadPage(p)
	p.Answers, p.Dispositions.Erased = nil, true
	p.Result.Lead.Agent, p.Consent.Complete, p.Consent.Gaps = lead.Agent{}, true, nil
	all["lead-erased"] = leads.LeadPage(p)
}

// listed are leads as a list shows them.
func listed() []leads.Row {
	return []leads.Row{
		{ID: "2A3B4C5D6K7PM3XRTABCDEFGH", Reference: "K7PM-3XRT", At: noon.Add(-30 * time.Second), Who: "Dana Smith", State: "On its way", Tone: coach.Wait, Same: "phone"},
		{ID: "2A3B4C5D6Q4WC9DHFABCDEFGH", Reference: "Q4WC-9DHF", At: noon.Add(-12 * time.Minute), Who: "Dana Smith", State: "Qualified, tier 3", Tone: coach.Good, Code: 1015, Disposition: lead.Transferred, Same: "phone, email"},
		{At: noon.Add(-26 * time.Hour), Who: "Lee Park", State: "Not qualified", Tone: coach.Calm, Code: 1018, Same: "email"},
		{ID: "2A3B4C5D6T2VX8JRPABCDEFGH", Reference: "T2VX-8JRP", At: noon.Add(-3 * 24 * time.Hour), Who: "Dana Smith", State: "In doubt", Tone: coach.Attention, Same: "phone"},
	}
}
