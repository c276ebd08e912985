package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store"
)

// types runs intake leads with something on standard input.
func (w *ward) types(input, wantError string, args ...string) string {
	w.t.Helper()
	var out bytes.Buffer
	p := Process{Environ: w.environ, Stdin: strings.NewReader(input), Stdout: &out, Stderr: &out}
	code, said := Run(context.Background(), append([]string{"leads"}, args...), p), out.String()
	if (code != 0) != (wantError != "") || !strings.Contains(said, wantError) {
		w.t.Errorf("intake leads %v ended with %d, want it to say %q:\n%s", args, code, wantError, said)
	}
	for _, value := range []string{"5125550148", "2025550143", "maria@", canary} {
		if strings.Contains(said, value) {
			w.t.Errorf("the answer %q is printed:\n%s", value, said)
		}
	}
	return said
}

func (w *ward) wantLines(said string, lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		if !strings.Contains(said, line) {
			w.t.Errorf("no %q in:\n%s", line, said)
		}
	}
}

// person saves a lead of Maria's.
func (w *ward) person(key string) lead.PartnerID {
	w.t.Helper()
	l, record := form(key)
	l.Applicant.Email = lead.Keep("maria@example.com")
	if _, err := w.leads.Save(w.t.Context(), l, record); err != nil {
		w.t.Fatal(err)
	}
	return l.ID
}

func (w *ward) wantErased(id lead.PartnerID, want bool) lead.Lead {
	w.t.Helper()
	l, err := w.leads.Find(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	gone := !l.ErasedAt.IsZero() && !l.Applicant.FirstName.Given() && !l.Applicant.SocialSecurityNumber.Given()
	if gone != want || l.Applicant.FirstName.Given() == want {
		w.t.Errorf("lead %s: erased %v, want %v", id, gone, want)
	}
	return l
}

func TestLeadsErase_APersonsAnswersGoOnRequest(t *testing.T) {
	w := newWard(t)
	there := w.person("one")
	claimed, err := w.leads.Claim(t.Context(), lead.Send, 1, "test", time.Now().Add(time.Minute))
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claimed %d leads, %v", len(claimed), err)
	}
	if err := w.leads.Record(t.Context(), there, 1, lead.Outcome{Event: lead.Answered, AlleviateID: "mlas-7", ResultCode: 1000, Next: lead.Look, NextAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	doubt, stranger := w.ended(lead.Outcome{Event: lead.Ambiguous}), w.save(lead.Received)
	waiting := w.person("two")
	who := []string{"-by", "ann", "-reason", "asked by letter"}

	said := w.types("(512) 555-0148\n", "", append([]string{"erase", "-phone", "-", "-dry-run"}, who...)...)
	w.wantLines(said, "would be erased: 2", string(there), string(waiting))
	w.wantErased(there, false)
	w.types("Maria@EXAMPLE.com\n", "", append([]string{"erase", "-email", "-", "-dry-run"}, who...)...)

	said = w.types("+1 512.555.0148\nmaria@example.com\n", "", append([]string{"erase", "-phone", "-", "-email", "-"}, who...)...)
	w.wantLines(said, string(there)+": its answers are erased; it is closed", string(waiting)+": its answers are erased; it is closed",
		"16 CFR 310.5", string(there)+" after 20", "our leadId "+string(there)+", your id mlas-7\n")
	if strings.Contains(said, "leadId "+string(waiting)) {
		t.Errorf("Alleviate is to be told of a lead that it never had:\n%s", said)
	}
	w.wantErased(there, true)
	if l := w.wantErased(waiting, true); l.Status != lead.Closed || l.Reason != "erased on request" {
		t.Errorf("it is %s, %q", l.Status, l.Reason)
	}
	w.wantErased(stranger, false)
	said = w.types("5125550148\n", "", append([]string{"erase", "-phone", "-"}, who...)...)
	w.wantLines(said, "There is nothing to erase")

	said = w.types("", "", append([]string{"erase", "-id", string(doubt)}, who...)...)
	w.wantLines(said, "our leadId "+string(doubt)+", its id with you is not known to us")
	w.wantLines(w.does("", "list", "tell"), "tell: 2", string(there), string(doubt))
	w.does("whom you told", "told", string(there), "-by", "ann")
	w.does("", "told", string(there), "-by", "ann", "-reason", "mail to Bob")
	w.wantLines(w.does("", "list", "tell"), "tell: 1\n  "+string(doubt))
	w.wantLines(w.does("", "show", string(there)), "told Alleviate", "mail to Bob", "answers erased")

	w.wants(t, 0, "whole: 5 entries", "audit", "verify")
	w.wants(t, 0, "erase on request, none found  by ann", "audit", "show")
}

func TestLeadsErase_TakesNoValueFromTheCommandLine(t *testing.T) {
	w := newWard(t)
	id := w.person("one")
	who := []string{"-by", "ann", "-reason", "asked"}
	for _, tt := range []struct {
		input, words string
		args         []string
	}{
		{"", "every process could see it", []string{"-phone", "2025550143"}},
		{"", "every process could see it", []string{"-email", "a@example.com"}},
		{"", "Enter your phone number", []string{"-phone", "-"}},
		{"maria\n", "Enter an email address like name@example.com", []string{"-email", "-"}},
		{"12345\n", "Enter a 10-digit US phone number", []string{"-phone", "-"}},
		{"", "say whose answers", nil},
		{"5125550148\n", "say whose answers", []string{"-phone", "-", "-id", string(id)}},
		{"", "no such lead", []string{"-id", "nobody"}},
	} {
		w.types(tt.input, tt.words, append(append([]string{"erase"}, tt.args...), who...)...)
	}
	w.types("5125550148\n", "needs -by and -reason", "erase", "-phone", "-", "-by", "ann")
	w.wantErased(id, false)
}

func TestLeadsErase_WaitsForTheCallThatIsOut(t *testing.T) {
	w := newWard(t)
	id := w.person("one")
	lease := func(d time.Duration) {
		t.Helper()
		if claimed, err := w.leads.Claim(t.Context(), lead.Send, 1, "test", time.Now().Add(d)); err != nil || len(claimed) != 1 {
			t.Fatalf("claimed %d leads, %v", len(claimed), err)
		}
	}
	lease(time.Hour)
	who := []string{"-id", string(id), "-by", "ann", "-reason", "asked"}
	w.types("", "run this command again", append([]string{"erase", "-wait", "0s"}, who...)...)
	w.wantErased(id, false)
	if err := w.leads.Record(t.Context(), id, 1, lead.Outcome{Event: lead.Postponed, Next: lead.Send}); err != nil {
		t.Fatal(err)
	}
	lease(time.Millisecond) // its maker is gone
	said := w.types("", "", append([]string{"erase"}, who...)...)
	w.wantLines(said, "a call for it is out", "its answers are erased; it is closed", "our leadId "+string(id))
	if l := w.wantErased(id, true); l.Status != lead.Closed {
		t.Errorf("it is %s", l.Status)
	}
	if leads, err := w.leads.Leads(t.Context(), store.Tell, 9); err != nil || len(leads) != 1 {
		t.Errorf("%d leads to tell Alleviate of, %v", len(leads), err)
	}
}
