package leads_test

import (
	"strings"
	"testing"
	"time"

	"intake/alleviate"
	"intake/internal/app"
	"intake/internal/cli/clitest"
	"intake/internal/lead"
)

func TestLeads_EveryStatusHasItsWayOut(t *testing.T) {
	p := clitest.NewLeads(t)
	by := []string{"-by", "ann", "-reason", "looked into it"}
	act := func(wantError string, id lead.PartnerID, words ...string) {
		t.Helper()
		p.Do(wantError, append(append([]string{words[0], string(id)}, words[1:]...), by...)...)
	}

	suspect, machine := p.Save(lead.Suspect), p.Save(lead.Suspect)
	act("", suspect, "release")
	p.WantStatus(suspect, lead.Received)
	act("", machine, "discard")
	p.WantStatus(machine, lead.Closed)
	act("", suspect, "close")

	refused := p.SaveAttempted(lead.Outcome{Event: lead.Rejected, Reason: "rejected, fields state"})
	if said := p.Do("", "list"); !strings.Contains(said, "parked: 1\n  "+string(refused)) || !strings.Contains(said, "in_doubt: 0") {
		t.Errorf("the list lacks the parked lead:\n%s", said)
	}
	act("", refused, "again")
	p.WantStatus(refused, lead.Received)
	act("", refused, "close")

	gone := p.SaveAttempted(lead.Outcome{Event: lead.Ambiguous, Reason: "ambiguous, cut"})
	said := p.Do("", "show", string(gone))
	for _, want := range []string{string(gone), "in_doubt", "ambiguous, cut", "choices: resolve -there, resolve -not-there, close", "ask Alleviate"} {
		if !strings.Contains(said, want) {
			t.Errorf("show lacks %q:\n%s", want, said)
		}
	}
	act("say either -there", gone, "resolve")
	act("who at Alleviate confirms", gone, "resolve", "-not-there", "-at", "2026-03-02T15:04:00Z")
	act("-at must be a time", gone, "resolve", "-not-there", "-confirmed", "Bob")
	act(`cannot take the event "send again"`, gone, "again")
	p.WantStatus(gone, lead.InDoubt)
	p.Exec(t, "update lead set doubt_since = doubt_since - 3600000, called_until = called_until - 3600000")
	p.Exec(t, "update lead_event set at = at - 3600000")
	act("the call may have landed until", gone, "resolve", "-not-there", "-confirmed", "Bob", "-at", "2026-03-02T15:04:00Z")
	act("is from the future", gone, "resolve", "-not-there", "-confirmed", "Bob", "-at", time.Now().Add(time.Hour).Format(time.RFC3339))
	p.WantStatus(gone, lead.InDoubt)
	confirmed := time.Now().UTC().Add(-time.Minute).Format(time.RFC3339)
	act("", gone, "resolve", "-not-there", "-confirmed", "Bob", "-at", confirmed)
	if l := p.WantStatus(gone, lead.Received); l.Step != lead.Send || l.Reason != "Bob confirmed at "+confirmed+": looked into it" {
		t.Errorf("it waits for %q, %q", l.Step, l.Reason)
	}
	p.Do("needs the name of who decides", "close", string(gone), "-reason", "r")
	p.Do("needs a reason", "close", string(gone), "-by", "ann")
	p.Do("no such lead", "close", "nobody", "-by", "ann", "-reason", "r")

	if code, said := p.Run("audit", "verify"); code != 0 || !strings.Contains(said, "whole: 6 entries, head ") {
		t.Errorf("audit verify ended with %d:\n%s", code, said)
	}
	if code, said := p.Run("audit", "verify", "-head", "00ff"); code != 1 || !strings.Contains(said, "do not hold the link") {
		t.Errorf("an unknown head: ended with %d:\n%s", code, said)
	}
}

func TestLeads_AnEnteredIDIsAdoptedOnlyWhenItIsOurLead(t *testing.T) {
	p := clitest.NewLeads(t)
	doubt, other := p.SaveAttempted(lead.Outcome{Event: lead.Ambiguous}), p.SaveAttempted(lead.Outcome{Event: lead.Ambiguous})
	cfg := p.Config(t)
	client, err := app.NewClient(cfg, app.EnvironmentOf(cfg), nil)
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
		p.Do(wantError, "resolve", string(doubt), "-there", as, "-by", "ann", "-reason", "Alleviate told us")
	}
	resolve("names another lead of ours", there[other])
	resolve("nothing was changed", "mlas-nobody")
	p.WantStatus(doubt, lead.InDoubt)
	resolve("", there[doubt])
	if l := p.WantStatus(doubt, lead.Created); string(l.AlleviateID) != there[doubt] || l.ResultCode == 0 {
		t.Errorf("adopted as %q with code %d", l.AlleviateID, l.ResultCode)
	}
}

func TestLeads_AHaltIsToldAndResumed(t *testing.T) {
	p := clitest.NewLeads(t)
	p.Do("createLead is not halted", "resume", "-by", "ann", "-reason", "r")
	for range 11 {
		p.SaveAttempted(lead.Outcome{Event: lead.Ambiguous})
	}
	if said := p.Do("", "list", "in_doubt"); !strings.Contains(said, "11 new doubts within an hour") || !strings.Contains(said, "in_doubt: 11\n") {
		t.Errorf("the halt is not told:\n%s", said)
	}
	p.Do("needs a reason", "resume", "-by", "ann")
	p.Do("the name of who acts", "resume", "-reason", "well again")
	p.Do("", "resume", "-by", "ann", "-reason", "well again")
	p.SaveAttempted(lead.Outcome{Event: lead.Ambiguous})
}

func TestLeads_TellsWhatItCanDo(t *testing.T) {
	p := clitest.NewLeads(t)
	p.Do("usage: intake leads list")
	p.Do("usage: intake leads list", "dance")
	p.Do("name the lead by our id", "show")
	p.Do("unexpected argument", "show", "a", "b")
}
