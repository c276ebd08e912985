package leads_test

import (
	"strings"
	"testing"
	"time"

	"intake/internal/cli/clitest"
	"intake/internal/lead"
	"intake/internal/store"
)

func wantLines(t *testing.T, said string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(said, line) {
			t.Errorf("no %q in:\n%s", line, said)
		}
	}
}

// saveMaria saves a lead of the same person each time.
func saveMaria(t *testing.T, p *clitest.Leads, key string) lead.PartnerID {
	t.Helper()
	l, record := clitest.Lead(key)
	l.Applicant.Email = lead.Keep("maria@example.com")
	if _, err := p.DB.Save(t.Context(), l, record); err != nil {
		t.Fatal(err)
	}
	return l.ID
}

func wantErased(t *testing.T, p *clitest.Leads, id lead.PartnerID, want bool) lead.Lead {
	t.Helper()
	l, err := p.DB.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	gone := !l.ErasedAt.IsZero() && !l.Applicant.FirstName.Given() && !l.Applicant.SocialSecurityNumber.Given()
	if gone != want || l.Applicant.FirstName.Given() == want {
		t.Errorf("lead %s: erased %v, want %v", id, gone, want)
	}
	return l
}

func TestLeadsErase_APersonsAnswersGoOnRequest(t *testing.T) {
	p := clitest.NewLeads(t)
	there := saveMaria(t, p, "one")
	p.Claim(there, time.Minute)
	p.Record(there, lead.Outcome{Event: lead.Answered, AlleviateID: "mlas-7", ResultCode: 1000, Next: lead.Look, NextAt: time.Now().Add(time.Hour)})
	doubt, stranger := p.SaveAttempted(lead.Outcome{Event: lead.Ambiguous}), p.Save(lead.Received)
	waiting := saveMaria(t, p, "two")
	who := []string{"-by", "ann", "-reason", "asked by letter"}

	said := p.DoWithInput("(512) 555-0148\n", "", append([]string{"erase", "-phone", "-", "-dry-run"}, who...)...)
	wantLines(t, said, "would be erased: 2", string(there), string(waiting))
	wantErased(t, p, there, false)
	p.DoWithInput("Maria@EXAMPLE.com\n", "", append([]string{"erase", "-email", "-", "-dry-run"}, who...)...)

	said = p.DoWithInput("+1 512.555.0148\nmaria@example.com\n", "", append([]string{"erase", "-phone", "-", "-email", "-"}, who...)...)
	wantLines(t, said, string(there)+": its answers are erased; it is closed", string(waiting)+": its answers are erased; it is closed",
		"16 CFR 310.5", string(there)+" after 20", "our leadId "+string(there)+", your id mlas-7\n")
	if strings.Contains(said, "leadId "+string(waiting)) {
		t.Errorf("Alleviate is to be told of a lead that it never had:\n%s", said)
	}
	wantErased(t, p, there, true)
	if l := wantErased(t, p, waiting, true); l.Status != lead.Closed || l.Reason != "erased on request" {
		t.Errorf("it is %s, %q", l.Status, l.Reason)
	}
	wantErased(t, p, stranger, false)
	said = p.DoWithInput("5125550148\n", "", append([]string{"erase", "-phone", "-"}, who...)...)
	wantLines(t, said, "There is nothing to erase")

	said = p.DoWithInput("", "", append([]string{"erase", "-id", string(doubt)}, who...)...)
	wantLines(t, said, "our leadId "+string(doubt)+", its id with you is not known to us")
	wantLines(t, p.Do("", "list", "tell"), "tell: 2", string(there), string(doubt))
	p.Do("whom you told", "told", string(there), "-by", "ann")
	p.Do("", "told", string(there), "-by", "ann", "-reason", "mail to Bob")
	wantLines(t, p.Do("", "list", "tell"), "tell: 1\n  "+string(doubt))
	wantLines(t, p.Do("", "show", string(there)), "told Alleviate", "mail to Bob", "answers erased")

	p.Want(t, 0, "whole: 5 entries", "audit", "verify")
	p.Want(t, 0, "erase on request, none found  by ann", "audit", "show")
}

func TestLeadsErase_TakesNoValueFromTheCommandLine(t *testing.T) {
	p := clitest.NewLeads(t)
	id := saveMaria(t, p, "one")
	who := []string{"-by", "ann", "-reason", "asked"}
	for _, tt := range []struct {
		input, words string
		args         []string
	}{
		{"", "every process could see it", []string{"-phone", "2025550143"}},
		{"", "every process could see it", []string{"-email", "a@example.com"}},
		{"", "Enter your phone number", []string{"-phone", "-"}},
		{"maria\n", "Enter an email address like name@example.com", []string{"-email", "-"}},
		{"12345\n", "must be a 10-digit US number", []string{"-phone", "-"}},
		{"", "say whose answers", nil},
		{"5125550148\n", "say whose answers", []string{"-phone", "-", "-id", string(id)}},
		{"", "no such lead", []string{"-id", "nobody"}},
	} {
		p.DoWithInput(tt.input, tt.words, append(append([]string{"erase"}, tt.args...), who...)...)
	}
	p.DoWithInput("5125550148\n", "needs -by and -reason", "erase", "-phone", "-", "-by", "ann")
	wantErased(t, p, id, false)
}

func TestLeadsErase_WaitsForTheCallThatIsOut(t *testing.T) {
	p := clitest.NewLeads(t)
	id := saveMaria(t, p, "one")
	p.Claim(id, time.Hour)
	who := []string{"-id", string(id), "-by", "ann", "-reason", "asked"}
	p.DoWithInput("", "run this command again", append([]string{"erase", "-wait", "0s"}, who...)...)
	wantErased(t, p, id, false)
	p.Record(id, lead.Outcome{Event: lead.Postponed, Next: lead.Send})
	p.Claim(id, time.Millisecond) // the process that made the call is gone
	said := p.DoWithInput("", "", append([]string{"erase"}, who...)...)
	wantLines(t, said, "a call for it is out", "its answers are erased; it is closed", "our leadId "+string(id))
	if l := wantErased(t, p, id, true); l.Status != lead.Closed {
		t.Errorf("it is %s", l.Status)
	}
	if leads, err := p.DB.Leads(t.Context(), store.Tell, lead.Page{Size: 9}); err != nil || len(leads) != 1 {
		t.Errorf("%d leads to tell Alleviate of, %v", len(leads), err)
	}
}
