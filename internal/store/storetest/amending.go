package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/lead"
)

var amending = map[string]func(*testing.T, *bench){
	"a form that is sent again after its number was corrected is the same submission": func(t *testing.T, b *bench) {
		b.save(t, "key")
		parked := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Rejected, Reason: "rejected: socialSecurityNumber"})
		corrected := parked.Applicant
		corrected.SocialSecurityNumber = lead.Keep("219099998")
		if _, err := b.Amend(t.Context(), parked.ID, parked.Attempt, []string{"socialSecurityNumber"}, corrected, by); err != nil {
			t.Fatal(err)
		}
		if receipt, err := b.Save(t.Context(), Lead("key"), Record()); err != nil || !receipt.Again {
			t.Errorf("%v, %v, want the first receipt", receipt, err)
		}
	},
	"corrected answers are sealed, found by, and sent; event and audit entry hold their names": func(t *testing.T, b *bench) {
		l := b.parked(t, "key")
		if _, _, err := b.Chain(t.Context(), 99); err != nil { // its lead is filed
			t.Fatal(err)
		}
		b.clock.forward(time.Minute)
		var a lead.Applicant
		a.HomePhone, a.City = lead.Keep("2025550177"), lead.Keep("Peoria")
		names := []string{"homePhone", "city", "address2"}
		if _, err := b.Amend(t.Context(), l.ID, 1, names, a, by); err != nil {
			t.Fatal(err)
		}
		want := l
		want.Applicant.HomePhone, want.Applicant.City, want.Applicant.Address2 = a.HomePhone, a.City, lead.Private[string]{}
		want.Permission.Marketing = false
		if diff := cmp.Diff(want, b.find(t, l.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		b.wantLeadsOf(t, "2025550177", "", l.ID)
		b.wantLeadsOf(t, "2025550143", "")
		b.wantLeadsOf(t, "2025550144", "", l.ID)
		b.wantHistory(t, l.ID, "0 stored:  → received", "1 send begun: received → sending", "1 rejected: sending → parked", "1 amended: parked → parked")
		entries, err := b.AuditLog().Of(t.Context(), string(l.ID))
		if err != nil || len(entries) != 1 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		entry := audit.Entry{At: b.clock.Now(), Who: "ann", Action: "amend", Lead: string(l.ID), Fields: names, Reason: "a test", RequestID: "r1"}
		if diff := cmp.Diff(entry, entries[0], asWritten); diff != "" {
			t.Errorf("audit entry (-want +got):\n%s", diff)
		}
		if _, err := b.Decide(t.Context(), l.ID, lead.Decision{Event: lead.SendAgain, Attempt: 1, Who: "ann", Reason: "corrected"}); err != nil {
			t.Fatal(err)
		}
		if sent := b.claim(t, lead.Send); sent.Applicant.City.Reveal() != "Peoria" || sent.Applicant.HomePhone.Reveal() != "2025550177" {
			t.Error("the old answers went out")
		}
		again := Lead("key") // the form as it was sent the first time
		if receipt, err := b.Save(t.Context(), again, Record()); err != nil || receipt.Handle != l.Handle.Reveal() {
			t.Errorf("the same form again: %v, %v", receipt, err)
		}
	},
	"consent to calls holds unless the number is another one": func(t *testing.T, b *bench) {
		l := Lead("key")
		l.Permission.Marketing = true
		if _, err := b.Save(t.Context(), l, Record()); err != nil {
			t.Fatal(err)
		}
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Rejected})
		for _, tt := range []struct {
			name string
			want bool
		}{{"state", true}, {"cellPhone", true}, {"homePhone", false}} {
			var a lead.Applicant
			a.State, a.CellPhone, a.HomePhone = lead.Keep("TX"), lead.Keep("2025550178"), lead.Keep("2025550179")
			got, err := b.Amend(t.Context(), l.ID, 1, []string{tt.name}, a, by)
			if err != nil || got.Permission.Marketing != tt.want {
				t.Errorf("%s: calls are permitted %v, %v", tt.name, got.Permission.Marketing, err)
			}
		}
	},
	"nothing is corrected without its audit entry, nor of a lead that moved on, nor what is no answer": func(t *testing.T, b *bench) {
		l := b.parked(t, "key")
		var a lead.Applicant
		a.City = lead.Keep("canary")
		for _, tt := range []struct {
			attempt int
			names   []string
			words   string
		}{
			{0, []string{"city"}, "has moved on"}, {1, []string{"handle"}, "names of answers"},
			{1, nil, "names of answers"}, {1, []string{"city", "city"}, "names of answers"},
		} {
			if _, err := b.Amend(t.Context(), l.ID, tt.attempt, tt.names, a, by); err == nil || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("%v: %v, want %q", tt.names, err, tt.words)
			}
		}
		b.exec(t, "alter table audit_entry rename to hidden")
		if _, err := b.Amend(t.Context(), l.ID, 1, []string{"city"}, a, by); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("without an audit entry: %v", err)
		}
		b.exec(t, "alter table hidden rename to audit_entry")
		if diff := cmp.Diff(l, b.find(t, l.ID)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		if _, err := b.Amend(t.Context(), "nobody", 1, []string{"city"}, a, by); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("no such lead: %v", err)
		}
	},
	"a number whose owner opted out stops the lead": func(t *testing.T, b *bench) {
		l := b.parked(t, "key")
		b.clock.forward(time.Minute)
		b.optOut(t, lead.OptOut{Channel: "web", Language: "en", Phone: lead.Keep("2025550188")})
		var a lead.Applicant
		a.HomePhone = lead.Keep("2025550188")
		if got, err := b.Amend(t.Context(), l.ID, 1, []string{"homePhone"}, a, by); err != nil || got.Status != lead.Closed {
			t.Errorf("%s, %v", got.Status, err)
		}
	},
}
