package cli

import (
	"strings"
	"testing"
	"time"

	"intake/alleviate"
	"intake/internal/app"
	"intake/internal/config"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
)

// ward is a patient whose store holds leads.
type ward struct {
	patient
	t     *testing.T
	cfg   config.Config
	leads *store.Store
}

func newWard(t *testing.T) *ward {
	t.Helper()
	p := newPatient(t)
	p.set("ALLEVIATE_PACE=off")
	cfg, err := config.Read(p.environ)
	if err != nil {
		t.Fatal(err)
	}
	leads, err := app.OpenStore(t.Context(), cfg, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = leads.Close() })
	return &ward{p, t, cfg, leads}
}

func (w *ward) save(status lead.Status) lead.PartnerID {
	w.t.Helper()
	l := lead.Lead{
		ID: lead.NewPartnerID(), Handle: lead.Keep(lead.NewHandle()), SubmissionKey: lead.Keep(lead.NewHandle()), Language: "en",
		Status: status, Applicant: lead.Applicant{FirstName: lead.Keep(canary)},
	}
	if _, err := w.leads.Save(w.t.Context(), l, consent.Record{At: time.Now()}); err != nil {
		w.t.Fatal(err)
	}
	return l.ID
}

// ended is a lead whose first createLead ended like this.
func (w *ward) ended(out lead.Outcome) lead.PartnerID {
	w.t.Helper()
	id := w.save(lead.Received)
	claimed, err := w.leads.Claim(w.t.Context(), lead.Send, 1, "test", time.Now().Add(time.Minute))
	if err != nil || len(claimed) != 1 || claimed[0].ID != id {
		w.t.Fatalf("claimed %d leads, %v", len(claimed), err)
	}
	if err := w.leads.Record(w.t.Context(), id, 1, out); err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *ward) wantStatus(id lead.PartnerID, want lead.Status) lead.Lead {
	w.t.Helper()
	l, err := w.leads.Facts(w.t.Context(), id)
	if err != nil || l.Status != want {
		w.t.Errorf("the lead is %s, %v, want %s", l.Status, err, want)
	}
	return l
}

// does runs intake leads and wants it to succeed, or to fail with these words.
func (w *ward) does(wantError string, args ...string) string {
	w.t.Helper()
	code, said := w.intake(append([]string{"leads"}, args...)...)
	if (code != 0) != (wantError != "") || !strings.Contains(said, wantError) {
		w.t.Errorf("intake leads %v ended with %d, want it to say %q:\n%s", args, code, wantError, said)
	}
	if strings.Contains(said, canary) {
		w.t.Errorf("an answer or a secret is printed:\n%s", said)
	}
	return said
}

func TestLeads_EveryStatusHasItsWayOut(t *testing.T) {
	w := newWard(t)
	by := []string{"-by", "ann", "-reason", "looked into it"}
	act := func(wantError string, id lead.PartnerID, words ...string) {
		t.Helper()
		w.does(wantError, append(append([]string{words[0], string(id)}, words[1:]...), by...)...)
	}

	suspect, machine := w.save(lead.Suspect), w.save(lead.Suspect)
	act("", suspect, "release")
	w.wantStatus(suspect, lead.Received)
	act("", machine, "discard")
	w.wantStatus(machine, lead.Closed)
	act("", suspect, "close")

	refused := w.ended(lead.Outcome{Event: lead.Rejected, Reason: "rejected, fields state"})
	if said := w.does("", "list"); !strings.Contains(said, "parked: 1\n  "+string(refused)) || !strings.Contains(said, "in_doubt: 0") {
		t.Errorf("the list lacks the parked lead:\n%s", said)
	}
	act("", refused, "again")
	w.wantStatus(refused, lead.Received)
	act("", refused, "close")

	gone := w.ended(lead.Outcome{Event: lead.Ambiguous, Reason: "ambiguous, cut"})
	said := w.does("", "show", string(gone))
	for _, want := range []string{string(gone), "in_doubt", "ambiguous, cut", "choices: resolve -there, resolve -not-there, close", "ask Alleviate"} {
		if !strings.Contains(said, want) {
			t.Errorf("show lacks %q:\n%s", want, said)
		}
	}
	act("say either -there", gone, "resolve")
	act("who at Alleviate confirms", gone, "resolve", "-not-there", "-at", "2026-03-02T15:04:00Z")
	act("-at must be a time", gone, "resolve", "-not-there", "-confirmed", "Bob")
	act(`cannot take the event "send again"`, gone, "again")
	w.wantStatus(gone, lead.InDoubt)
	w.exec(t, "update lead set doubt_since = doubt_since - 3600000, called_until = called_until - 3600000")
	w.exec(t, "update lead_event set at = at - 3600000")
	act("the call may have landed until", gone, "resolve", "-not-there", "-confirmed", "Bob", "-at", "2026-03-02T15:04:00Z")
	act("is from the future", gone, "resolve", "-not-there", "-confirmed", "Bob", "-at", time.Now().Add(time.Hour).Format(time.RFC3339))
	w.wantStatus(gone, lead.InDoubt)
	confirmed := time.Now().UTC().Add(-time.Minute).Format(time.RFC3339)
	act("", gone, "resolve", "-not-there", "-confirmed", "Bob", "-at", confirmed)
	if l := w.wantStatus(gone, lead.Received); l.Step != lead.Send || l.Reason != "Bob confirmed at "+confirmed+": looked into it" {
		t.Errorf("it waits for %q, %q", l.Step, l.Reason)
	}
	w.does("needs the name of who decides", "close", string(gone), "-reason", "r")
	w.does("needs a reason", "close", string(gone), "-by", "ann")
	w.does("no such lead", "close", "nobody", "-by", "ann", "-reason", "r")

	if code, said := w.intake("audit", "verify"); code != 0 || !strings.Contains(said, "whole: 6 entries, head ") {
		t.Errorf("audit verify ended with %d:\n%s", code, said)
	}
	if code, said := w.intake("audit", "verify", "-head", "00ff"); code != 1 || !strings.Contains(said, "does not hold the entry") {
		t.Errorf("an unknown head: ended with %d:\n%s", code, said)
	}
}

func TestLeads_AnEnteredIDIsAdoptedOnlyWhenItIsOurLead(t *testing.T) {
	w := newWard(t)
	doubt, other := w.ended(lead.Outcome{Event: lead.Ambiguous}), w.ended(lead.Outcome{Event: lead.Ambiguous})
	client, err := app.NewClient(w.cfg, app.EnvironmentOf(w.cfg), nil)
	if err != nil {
		t.Fatal(err)
	}
	there := map[lead.PartnerID]string{}
	for _, id := range []lead.PartnerID{doubt, other} {
		made, err := client.CreateLead(t.Context(), alleviate.LeadInput{
			FirstName: alleviate.Of("Ann"), LastName: alleviate.Of("Example"), Email: alleviate.Of(string(id) + "@example.com"), HomePhone: alleviate.Of("2025550143"),
			Address1: alleviate.Of("1 Main Street"), City: alleviate.Of("Austin"), State: alleviate.Of("TX"), ZipCode: alleviate.Of("78701"),
			DateOfBirth:  alleviate.Of(alleviate.Date{Year: 1980, Month: time.March, Day: 14}),
			TermsConsent: alleviate.Of(true), MarketingOptIn: alleviate.Of(true), PartnerLeadID: alleviate.PartnerLeadID(id),
		})
		if err != nil {
			t.Fatal(err)
		}
		there[id] = string(made.ID)
	}
	resolve := func(wantError, as string) {
		t.Helper()
		w.does(wantError, "resolve", string(doubt), "-there", as, "-by", "ann", "-reason", "Alleviate told us")
	}
	resolve("names another lead of ours", there[other])
	resolve("nothing was changed", "mlas-nobody")
	w.wantStatus(doubt, lead.InDoubt)
	resolve("", there[doubt])
	if l := w.wantStatus(doubt, lead.Created); string(l.AlleviateID) != there[doubt] || l.ResultCode == 0 {
		t.Errorf("adopted as %q with code %d", l.AlleviateID, l.ResultCode)
	}
}

func TestLeads_AHaltIsToldAndResumed(t *testing.T) {
	w := newWard(t)
	w.does("createLead is not halted", "resume", "-by", "ann", "-reason", "r")
	for range 11 {
		w.ended(lead.Outcome{Event: lead.Ambiguous})
	}
	if said := w.does("", "list", "in_doubt"); !strings.Contains(said, "11 new doubts within an hour") || !strings.Contains(said, "in_doubt: 11\n") {
		t.Errorf("the halt is not told:\n%s", said)
	}
	w.does("needs a reason", "resume", "-by", "ann")
	w.does("the name of who acts", "resume", "-reason", "well again")
	w.does("", "resume", "-by", "ann", "-reason", "well again")
	w.ended(lead.Outcome{Event: lead.Ambiguous})
}

func TestLeads_TellsWhatItCanDo(t *testing.T) {
	w := newWard(t)
	w.does("usage: intake leads list")
	w.does("usage: intake leads list", "dance")
	w.does("name the lead by our id", "show")
	w.does("one word too many", "show", "a", "b")
}
