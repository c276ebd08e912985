package decisions

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/validation"
)

var ann = Person{Name: "ann", Reason: "case 12", RequestID: "r1"}

// fakeLeads records decisions, and has one lead with its answers.
type fakeLeads struct {
	full    lead.Lead
	decided []lead.Decision
	amended []string
	told    []audit.Entry
	toldAt  map[lead.PartnerID][2]time.Time
}

func (f *fakeLeads) Find(context.Context, lead.PartnerID) (lead.Lead, error) { return f.full, nil }

func (f *fakeLeads) Decide(_ context.Context, id lead.PartnerID, d lead.Decision) (lead.Lead, error) {
	f.decided = append(f.decided, d)
	return lead.Lead{ID: id}, nil
}

func (f *fakeLeads) Amend(_ context.Context, id lead.PartnerID, _ int, names []string, a lead.Applicant, _ audit.Entry) (lead.Lead, error) {
	f.amended = names
	return lead.Lead{ID: id, Applicant: a}, nil
}

func (f *fakeLeads) ToTell(_ context.Context, id lead.PartnerID) (since, told time.Time, err error) {
	at := f.toldAt[id]
	return at[0], at[1], nil
}

func (f *fakeLeads) Told(_ context.Context, _ lead.PartnerID, e audit.Entry) error {
	f.told = append(f.told, e)
	return nil
}

func TestDecisions_CarryWhoDecidesWhyAndWhatTheySaw(t *testing.T) {
	confirmed := Confirmation{Who: "dana", At: time.Unix(1000, 0)}
	for name, tt := range map[string]struct {
		saw  lead.Lead
		act  func(*Decisions, lead.Lead) error
		want lead.Decision
	}{
		"release": {lead.Lead{Status: lead.Suspect, Attempt: 2}, func(d *Decisions, l lead.Lead) error {
			_, err := d.Release(t.Context(), l, ann, confirmed)
			return err
		}, lead.Decision{Event: lead.SuspectFreed, Attempt: 2, Confirmed: "dana", ConfirmedAt: confirmed.At}},
		"discard": {lead.Lead{Status: lead.Suspect}, func(d *Decisions, l lead.Lead) error {
			_, err := d.Discard(t.Context(), l, ann)
			return err
		}, lead.Decision{Event: lead.SuspectDiscarded}},
		"a lead that Alleviate does not have is sent again": {lead.Lead{Status: lead.Parked}, func(d *Decisions, l lead.Lead) error {
			_, err := d.SendAgain(t.Context(), l, ann, confirmed)
			return err
		}, lead.Decision{Event: lead.SendAgain, Confirmed: "dana", ConfirmedAt: confirmed.At}},
		"one that Alleviate has goes on and is never sent": {lead.Lead{Status: lead.Parked, AlleviateID: "A1"}, func(d *Decisions, l lead.Lead) error {
			_, err := d.SendAgain(t.Context(), l, ann, confirmed)
			return err
		}, lead.Decision{Event: lead.GoOn}},
		"not there": {lead.Lead{Status: lead.InDoubt}, func(d *Decisions, l lead.Lead) error {
			_, err := d.NotThere(t.Context(), l, ann, confirmed)
			return err
		}, lead.Decision{Event: lead.NotThere, Confirmed: "dana", ConfirmedAt: confirmed.At}},
	} {
		leads := &fakeLeads{}
		if err := tt.act(New(Config{Leads: leads}), tt.saw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		tt.want.Who, tt.want.Reason, tt.want.RequestID = "ann", "case 12", "r1"
		if len(leads.decided) != 1 || leads.decided[0] != tt.want {
			t.Errorf("%s: decided %+v, want %+v", name, leads.decided, tt.want)
		}
	}
}

func TestAdopt_DecidesNothingUntilAlleviateShowsThatItIsThisLead(t *testing.T) {
	leads := &fakeLeads{}
	fails := errors.New("another lead")
	d := New(Config{Leads: leads, LookUp: func(_ context.Context, _ lead.Lead, d lead.Decision) (lead.Decision, error) { return d, fails }})
	doubt := lead.Lead{Status: lead.InDoubt}
	if _, err := d.Adopt(t.Context(), doubt, ann, "A1"); !errors.Is(err, fails) || len(leads.decided) > 0 {
		t.Errorf("decided %+v, %v", leads.decided, err)
	}
	fails = nil
	if _, err := d.Adopt(t.Context(), lead.Lead{Status: lead.Closed}, ann, "A1"); err == nil {
		t.Error("a closed lead is adopted")
	}
	if _, err := d.Adopt(t.Context(), doubt, ann, "A1"); err != nil || len(leads.decided) != 1 || leads.decided[0].AlleviateID != "A1" {
		t.Errorf("decided %+v, %v", leads.decided, err)
	}
}

func TestClose_SaysWhenAlleviateMayHaveTheLead(t *testing.T) {
	for _, tt := range []struct {
		saw  lead.Lead
		want bool
	}{
		{lead.Lead{Status: lead.Parked}, false},
		{lead.Lead{Status: lead.Parked, AlleviateID: "A1"}, true},
		{lead.Lead{Status: lead.InDoubt}, true},
	} {
		if _, tell, err := New(Config{Leads: &fakeLeads{}}).Close(t.Context(), tt.saw, ann); err != nil || tell != tt.want {
			t.Errorf("%s: tell Alleviate %v, %v", tt.saw.Status, tell, err)
		}
	}
}

func TestNotTold_AreTheLeadsThatNobodyToldAlleviateAbout(t *testing.T) {
	at := time.Unix(1000, 0)
	leads := &fakeLeads{toldAt: map[lead.PartnerID][2]time.Time{"open": {at, {}}, "told": {at, at}}}
	open, err := New(Config{Leads: leads}).NotTold(t.Context(), []lead.Lead{{ID: "never there"}, {ID: "open"}, {ID: "told"}})
	if err != nil || len(open) != 1 || open[0].ID != "open" {
		t.Errorf("to tell: %v, %v", open, err)
	}
	if err := New(Config{Leads: leads}).MarkTold(t.Context(), lead.Lead{}, Person{Name: "ann"}); err == nil || len(leads.told) > 0 {
		t.Errorf("recorded without whom they told: %v", err)
	}
}

func TestAmend_RefusesInvalidAnswersAndLeadsThatAreNotParked(t *testing.T) {
	leads := &fakeLeads{full: lead.Lead{ID: "one", Status: lead.Parked, Permission: lead.Permission{Marketing: true}}}
	rules := func() validation.Options {
		return validation.Options{Desk: true, Today: lead.Date{Year: 2026, Month: 3, Day: 2}}
	}
	d := New(Config{Leads: leads, Validation: rules})
	parked := lead.Lead{ID: "one", Status: lead.Parked}
	if _, problems, err := d.Amend(t.Context(), parked, ann, map[string]string{"zipCode": "1"}); err != nil || len(problems) == 0 || leads.amended != nil {
		t.Errorf("amended %q with a wrong ZIP code: %v, %v", leads.amended, problems, err)
	}
	for name, answers := range map[string]map[string]string{"no answer": {}, "an unknown one": {"shoeSize": "9"}} {
		if _, _, err := d.Amend(t.Context(), parked, ann, answers); err == nil || leads.amended != nil {
			t.Errorf("%s: amended %q", name, leads.amended)
		}
	}
	if _, _, err := d.Amend(t.Context(), lead.Lead{Status: lead.Created}, ann, map[string]string{"city": "Austin"}); err == nil {
		t.Error("a lead that is not parked is amended")
	}
}

// fakeErasures is a store in which a call for the lead is running for the first tries.
type fakeErasures struct{ calling, expired int }

func (f *fakeErasures) EraseOnRequest(_ context.Context, id lead.PartnerID, _ audit.Entry) (lead.Lead, error) {
	if f.calling > 0 {
		f.calling--
		return lead.Lead{}, lead.ErrCalling
	}
	return lead.Lead{ID: id, Status: lead.Closed}, nil
}

func (f *fakeErasures) ExpireLeases(context.Context, time.Time) ([]lead.Lead, error) {
	f.expired++
	return nil, nil
}

func (f *fakeErasures) Scrub(context.Context, bool) (time.Time, error) { return time.Time{}, nil }

func TestErase_WaitsForTheCallAndGivesUpInTime(t *testing.T) {
	for _, tt := range []struct {
		name             string
		calls            int
		limit            time.Duration
		wantTook         time.Duration
		wantErr          error
		wantAnnouncement int
	}{
		{"no call", 0, time.Minute, 0, nil, 0},
		{"a call that ends", 3, time.Minute, 3 * time.Second, nil, 1},
		{"a call that does not", 1000, 5500 * time.Millisecond, 5500 * time.Millisecond, lead.ErrCalling, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			erasures, start, announced := &fakeErasures{calling: tt.calls}, time.Now(), 0
			d := New(Config{Erasures: erasures})
			_, err := d.Erase(t.Context(), lead.Lead{ID: "one"}, ann, tt.limit, func(lead.Lead) { announced++ })
			if took := time.Since(start); !errors.Is(err, tt.wantErr) || took != tt.wantTook || announced != tt.wantAnnouncement {
				t.Errorf("%s: %v after %s, announced %d times", tt.name, err, took, announced)
			}
		})
	}
}
