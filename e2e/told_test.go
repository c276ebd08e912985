package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate/simulator"
	"intake/internal/consent"
	"intake/internal/lead"
)

// facts are what Alleviate is told beside the answers.
var facts = []string{"termsConsent", "marketingOptIn", "clientIP", "siteURL", "trustedformCertificateID"}

// toldOf is what follows from the record and from the settings alone. A refusal is told, too; what there
// is not is left out.
func (p *program) toldOf(r consent.Record) map[string]any {
	given := map[consent.Purpose]bool{}
	for _, act := range r.Acts {
		given[act.Purpose] = act.Given
	}
	told := map[string]any{
		"termsConsent": given[consent.Credit] && given[consent.Terms], "marketingOptIn": given[consent.Marketing],
	}
	if r.ClientIP.Given() {
		told["clientIP"] = r.ClientIP.Reveal()
	}
	if site := p.setting("INTAKE_SITE"); site != "" {
		told["siteURL"] = site
	}
	if r.Certificate.State == "given" {
		told["trustedformCertificateID"] = r.Certificate.ID
	}
	return told
}

// setting is the last one with the name.
func (p *process) setting(name string) (value string) {
	for _, pair := range p.settings {
		if is, text, _ := strings.Cut(pair, "="); is == name {
			value = text
		}
	}
	return value
}

// gapsOfCalls holds the record against each call that made the lead, as far as the simulator was inside
// the program.
func (p *program) gapsOfCalls(r consent.Record, l lead.Lead) (gaps []string) {
	p.t.Helper()
	want := p.toldOf(r)
	for _, call := range p.calls() {
		if call.Operation != "createLead" || call.PartnerLeadID != string(l.ID) {
			continue
		}
		got := inputOf(p.t, call)
		for name := range got {
			if !slices.Contains(facts, name) {
				delete(got, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			gaps = append(gaps, "Alleviate was told otherwise (-record +told):\n"+diff)
		}
	}
	return gaps
}

// calls are those in the simulator's own file, each as it arrived.
func (p *program) calls() (calls []simulator.Entry) {
	p.t.Helper()
	body, err := os.ReadFile(p.file("data/simulator.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the simulator is elsewhere
	}
	must(p.t, err)
	whole := body[:bytes.LastIndexByte(body, '\n')+1] // a kill may have cut the last line off
	for line := range bytes.Lines(whole) {
		var noted struct{ Entry *simulator.Entry }
		must(p.t, json.Unmarshal(line, &noted))
		if noted.Entry != nil {
			calls = append(calls, *noted.Entry)
		}
	}
	return calls
}

// Alleviate is told what the person did and where they were, whatever else a form or a header says.
func TestTold_WhatAlleviateHearsOfAConsentIsWhatTheRecordSays(t *testing.T) {
	t.Parallel()
	p := serve(t, "INTAKE_SITE=relief.example", "INTAKE_TRUSTED_PROXIES=127.0.0.1/32,::1/128")
	for i, tt := range []struct {
		story, forwarded string
		clientIP         any
		marketing        bool
	}{
		{"behind our proxy, with marketing", "203.0.113.9", "203.0.113.9", true},
		{"behind our proxy, without", "2001:db8::7", "2001:db8::7", false},
		{"behind another's proxy that claims something", "198.51.100.1, 203.0.113.10", "203.0.113.10", false},
		{"behind a proxy of ours that adds the port", "203.0.113.11:54321", "203.0.113.11", false},
		{"behind a proxy of ours that does not say", "unknown", nil, false},
	} {
		v, person := p.visitor(), invented(i)
		v.header.Set("X-Forwarded-For", tt.forwarded)
		v.header.Set("X-Real-Ip", "192.0.2.66")
		if tt.marketing {
			person = person.with("consentMarketing", "yes")
		}
		page := v.walk(person)
		for _, box := range facts {
			if got := v.post(checkPath, page.form(person).with(box, "true")); got.status != 400 {
				t.Errorf("%s: a form that brings %s is answered %d", tt.story, box, got.status)
			}
		}
		receipt := v.finish(v.look(), person).receipt(t)
		await(t, "the lead is delivered", func() bool { return len(p.ledger().Calls("submitLead")) == i+1 })
		calls := p.ledger().Calls("createLead")
		got := inputOf(t, calls[len(calls)-1])
		want := map[string]any{"termsConsent": true, "marketingOptIn": tt.marketing, "siteURL": "relief.example"}
		if tt.clientIP != nil {
			want["clientIP"] = tt.clientIP
		}
		for _, name := range facts {
			if got[name] != want[name] {
				t.Errorf("%s: Alleviate hears %s = %v, want %v", tt.story, name, got[name], want[name])
			}
		}
		if diff := cmp.Diff(want, p.toldOf(p.record(receipt))); diff != "" {
			t.Errorf("%s: the record says otherwise (-want +record):\n%s", tt.story, diff)
		}
	}
}
