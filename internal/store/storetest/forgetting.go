package storetest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store/restore"
)

var forgetting = map[string]func(*testing.T, *bench){
	"the list outside has who was erased and who opted out, and is written when that changes": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		b.wantKept(t, path, restore.Kept{Written: true})
		b.wantKept(t, path, restore.Kept{})
		l, other := b.save(t, "key"), b.save(t, "other")
		if _, err := b.EraseOnRequest(t.Context(), l.ID, by); err != nil {
			t.Fatal(err)
		}
		b.wantKept(t, path, restore.Kept{Written: true, Lines: 1})
		b.optOut(t, b.byPhone(other.Applicant.WorkPhone))
		b.wantKept(t, path, restore.Kept{Written: true, Lines: 2})
		b.wantKept(t, path, restore.Kept{})
		b.clock.forward(time.Minute)
		b.optOut(t, b.byPhone(other.Applicant.WorkPhone)) // the same person once more
		b.wantKept(t, path, restore.Kept{Written: true, Lines: 2})
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), string(l.ID)) || strings.Contains(string(text), "2025550145") {
			t.Errorf("%v, the list is\n%s", err, text)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %04o, %v", info.Mode().Perm(), err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		b.wantKept(t, path, restore.Kept{Written: true, Lines: 2})
	},
	"a database that came from a backup learns from the list what it forgot": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		ids := b.cameBack(t, path)
		b.wantKept(t, path, restore.Kept{Lines: 2, Forgot: restore.Forgot{Erased: 1, Stopped: 1}})
		b.wantHolds(t, ids["erased"], "person_name")
		if l := b.find(t, ids["opted out"]); l.Status != lead.Closed || l.Reason != lead.OptedOut {
			t.Errorf("%s, %q", l.Status, l.Reason)
		}
		if l := b.find(t, ids["later"]); l.Status != lead.InDoubt || l.Reason != "restored" {
			t.Errorf("what the person sent after the opt-out is %s", l.Status)
		}
		b.wantActions(t, ids["erased"], "ann: erase again")
		b.wantActions(t, "", "ann: restore", "ann: apply a list of 1 erasures and 1 opt-outs")
		b.wantKept(t, path, restore.Kept{Lines: 2})
		b.wantKept(t, path, restore.Kept{})
		for _, table := range []string{"erasure", "suppression"} {
			b.wantRows(t, 1, "select count(*) from "+table)
		}
	},
	"a lead of the list whose call was out is erased, and its answer comes too late": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		ids := b.cameBack(t, path)
		var claimed lead.Lead
		for claimed.ID != ids["erased"] {
			claimed = b.claim(t, lead.Send)
		}
		b.wantKept(t, path, restore.Kept{Lines: 2, Forgot: restore.Forgot{Erased: 1, Stopped: 1}})
		if err := b.Record(t.Context(), claimed.ID, claimed.Attempt, lead.Outcome{Event: lead.Answered, AlleviateID: "a"}); !errors.Is(err, lead.ErrFenced) {
			t.Errorf("the answer that comes after the erasure: %v", err)
		}
		b.wantHolds(t, ids["erased"], "person_name")
	},
	"a list that cannot be read is left as it is, and told": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		b.wantKept(t, path, restore.Kept{Written: true})
		if err := os.WriteFile(path, []byte("canary"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := b.SyncForgetFile(t.Context(), path, by); err == nil || !strings.Contains(err.Error(), "move it away") || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v", err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "canary" {
			t.Errorf("it became %q, %v", text, err)
		}
	},
	"a guarded database goes by the lists, and asks for one": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		ids := b.cameBack(t, path)
		r := restore.Restoration{Keep: retention, By: by}
		if _, err := b.Guard(t.Context(), r); err == nil || !strings.Contains(err.Error(), "-without-list") {
			t.Errorf("without a list: %v", err)
		}
		if _, waits, err := b.Restored(t.Context()); err != nil || waits {
			t.Errorf("something was changed before the list was missed: %v, %v", waits, err)
		}
		r.Lists = []string{filepath.Join(t.TempDir(), "none"), path}
		done, err := b.Guard(t.Context(), r)
		want := restore.Restored{Doubts: restore.Doubts{InDoubt: 3}, Forgot: restore.Forgot{Erased: 1, Stopped: 1}, Lists: []string{path}}
		if diff := cmp.Diff(want, done); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		b.wantHolds(t, ids["erased"], "person_name")
		b.wantCounts(t, map[lead.Status]int{lead.Closed: 2, lead.InDoubt: 1})
	},
	"without its list a database is guarded when somebody says so": func(t *testing.T, b *bench) {
		b.save(t, "key")
		done, err := b.Guard(t.Context(), restore.Restoration{Keep: retention, By: by, NoList: true})
		if diff := cmp.Diff(restore.Restored{Doubts: restore.Doubts{InDoubt: 1}}, done); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	},
}

// cameBack makes a list at path, and the database as it was before what the list tells of: one lead is
// on it, one is of a person who opted out, and one that person sent later.
func (b *bench) cameBack(t *testing.T, path string) map[string]lead.PartnerID {
	t.Helper()
	erased, optedOut, later := Lead("erased"), Lead("opted out"), Lead("later")
	erased.Applicant.HomePhone, erased.Applicant.CellPhone, erased.Applicant.WorkPhone = lead.Keep("2025550190"), lead.Private[string]{}, lead.Private[string]{}
	if _, err := b.Save(t.Context(), erased, Record()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.EraseOnRequest(t.Context(), erased.ID, by); err != nil {
		t.Fatal(err)
	}
	b.clock.forward(time.Second)
	b.optOut(t, b.byPhone(optedOut.Applicant.HomePhone))
	if _, err := b.SyncForgetFile(t.Context(), path, by); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"lead_event", "consent_link", "lead_person", "lead_reference", "lead_private", "lead", "erasure", "suppression", "opt_out", "audit_counter", "audit_entry"} {
		b.exec(t, "delete from "+table)
	}
	b.exec(t, "update chain_head set seq = 0, hash = null where chain = 'audit entries'")
	erased.ReceivedAt, optedOut.ReceivedAt, later.ReceivedAt = b.clock.Now().Add(-time.Hour), b.clock.Now(), b.clock.Now().Add(time.Millisecond)
	for _, l := range []lead.Lead{erased, optedOut, later} {
		if _, err := b.Save(t.Context(), l, Record()); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.forward(time.Second)
	return map[string]lead.PartnerID{"erased": erased.ID, "opted out": optedOut.ID, "later": later.ID}
}

// byPhone is the word of whoever has the number.
func (b *bench) byPhone(phone lead.Private[string]) lead.OptOut {
	return lead.OptOut{At: b.clock.Now(), Channel: "web", Language: "en", Phone: phone}
}

func (b *bench) wantKept(t *testing.T, path string, want restore.Kept) {
	t.Helper()
	got, err := b.SyncForgetFile(t.Context(), path, by)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, kept (-want +got):\n%s", err, diff)
	}
}
