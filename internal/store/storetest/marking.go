package storetest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/restore"
)

var marking = map[string]func(*testing.T, *bench){
	"a database that is older than what was sent is guarded by the claim, whoever restored it": func(t *testing.T, b *bench) {
		l := b.save(t, "sent")
		b.claim(t, lead.Send)
		before := b.id(t)
		b.goBack(t)
		b.wantOlder(t, b.Store)
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1})
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 restored: received → in_doubt")
		b.clock.forward(time.Hour)
		b.wantClaimable(t, 0, 0, 0)
		b.wantActions(t, "", "intake: restore")
		if _, err := os.Stat(b.markFile(before)); err != nil || b.id(t) == before {
			t.Errorf("the database is %s after %s, whose mark: %v", b.id(t), before, err)
		}
		if _, err := b.LiftRestore(t.Context(), true, by); !errors.Is(err, restore.ErrSentSince) {
			t.Errorf("a person said that nothing was sent: %v", err)
		}
		b.wantLifted(t, false, 0)
		b.save(t, "new")
		b.wantClaimable(t, 1, 0, 0)
	},
	"a database that knows of all that was sent is no older": func(t *testing.T, b *bench) {
		b.save(t, "sent")
		b.claim(t, lead.Send)
		b.save(t, "waits")
		if why, err := b.again(t).GuardIfOlder(t.Context(), b.outside(t)); err != nil || why != "" {
			t.Errorf("guarded because of %q, %v", why, err)
		}
		b.wantClaimable(t, 1, 0, 0)
	},
	"a start finds an older database before the first claim": func(t *testing.T, b *bench) {
		b.save(t, "sent")
		b.claim(t, lead.Send)
		b.goBack(t)
		if why, err := b.again(t).GuardIfOlder(t.Context(), b.outside(t)); err != nil || !strings.Contains(why, "knows of 0 claims of this node, which has made 1") {
			t.Errorf("guarded because of %q, %v", why, err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1})
		if why, err := b.GuardIfOlder(t.Context(), b.outside(t)); err != nil || why != "" {
			t.Errorf("guarded twice, because of %q, %v", why, err)
		}
	},
	"a database that was claimed from and has no mark here is guarded on SQLite; on PostgreSQL a node joins": func(t *testing.T, b *bench) {
		l := b.save(t, "sent")
		b.claim(t, lead.Send)
		b.record(t, b.find(t, l.ID), lead.Outcome{Event: lead.Stopped, Next: lead.Send})
		if err := os.Remove(b.markFile(b.id(t))); err != nil {
			t.Fatal(err)
		}
		if !b.onSQLite() {
			b.wantClaimable(t, 1, 0, 0)
			return
		}
		b.wantOlder(t, b.Store)
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1})
		if b.MarkFails() {
			t.Error("the mark is told to fail, and there is none")
		}
		b.wantActions(t, "", "intake: restore")
		b.wantLifted(t, true, 1) // by a person's word: nothing here knows better
		b.wantClaimable(t, 1, 0, 0)
	},
	"a start finds that the mark is gone before the first claim": func(t *testing.T, b *bench) {
		b.save(t, "sent")
		b.claim(t, lead.Send)
		b.save(t, "waits")
		if err := os.Remove(b.markFile(b.id(t))); err != nil {
			t.Fatal(err)
		}
		why, err := b.again(t).GuardIfOlder(t.Context(), b.outside(t))
		if err != nil || b.onSQLite() != strings.Contains(why, "no delivery mark") {
			t.Errorf("guarded because of %q, %v", why, err)
		}
		want := map[lead.Status]int{lead.InDoubt: 2}
		if !b.onSQLite() {
			want = map[lead.Status]int{lead.Sending: 1, lead.Received: 1}
		}
		b.wantCounts(t, want)
	},
	"what other nodes send hides no older database": func(t *testing.T, b *bench) {
		b.save(t, "one")
		b.save(t, "two")
		options := b.options
		options.StateDir = t.TempDir()
		other, err := store.Open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = other.Close() })
		b.claim(t, lead.Send)
		b.goBack(t)
		for range 2 {
			if leads, err := other.Claim(t.Context(), lead.Send, 1, "other", b.clock.Now().Add(time.Minute)); err != nil || len(leads) != 1 {
				t.Fatalf("%d leads, %v", len(leads), err)
			}
		}
		b.wantOlder(t, b.Store)
	},
	"without its mark no call is made, and the leads go back as if they had not been claimed": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.claim(t, lead.Send) // so that there is a mark
		b.record(t, b.find(t, l.ID), lead.Outcome{Event: lead.Stopped, Next: lead.Send})
		lock := b.markFile(b.id(t)) + ".lock"
		if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
			t.Fatal(err)
		}
		for range 3 { // the second and third find out before they claim
			if leads, err := b.Claim(t.Context(), lead.Send, 1, "courier", b.clock.Now().Add(time.Minute)); err == nil || len(leads) > 0 {
				t.Fatalf("%d leads to call for, %v", len(leads), err)
			}
			if !b.MarkFails() {
				t.Error("nobody is told that the mark cannot be written")
			}
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "1 send begun: received → sending", "1 stopped: sending → received",
			"2 send begun: received → sending", "2 stopped: sending → received")
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		b.wantClaimable(t, 1, 0, 0)
		if b.MarkFails() {
			t.Error("the mark was written, and is told to fail")
		}
	},
	"without its mark the repeat of a doubt is not called, and the doubt is what it was": func(t *testing.T, b *bench) {
		doubt := b.inDoubt(t, "key")
		b.clock.forward(time.Hour)
		lock := b.markFile(b.id(t)) + ".lock"
		if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
			t.Fatal(err)
		}
		if leads, err := b.ClaimDoubt(t.Context(), doubt.Summary(), 15*time.Minute, "courier", b.clock.Now().Add(time.Minute)); err == nil || len(leads) > 0 {
			t.Fatalf("%d leads to call for, %v", len(leads), err)
		}
		want := doubt
		want.Attempt, want.ChangedAt = 2, b.clock.Now()
		if diff := cmp.Diff(want, b.find(t, doubt.ID)); diff != "" {
			t.Errorf("given back (-want +got):\n%s", diff)
		}
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		b.wantClaimable(t, 0, 0, 0)
		b.wantResent(t, b.find(t, doubt.ID), 1)
		b.wantHistory(t, doubt.ID, "0 stored:  → received", "1 send begun: received → sending", "1 ambiguous: sending → in_doubt",
			"2 resend begun: in_doubt → sending", "2 resend stopped: sending → in_doubt", "3 resend begun: in_doubt → sending")
	},
	"leads that cannot be given back either are given back by the next claim": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.claim(t, lead.Send)
		b.record(t, b.find(t, l.ID), lead.Outcome{Event: lead.Stopped, Next: lead.Send})
		lock := b.markFile(b.id(t)) + ".lock"
		if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
			t.Fatal(err)
		}
		if b.onSQLite() {
			b.exec(t, "create trigger full before insert on lead_event when new.event = 'stopped' begin select raise(abort, 'full'); end")
		} else {
			b.exec(t, "alter table lead_event add constraint room check (event <> 'stopped') not valid")
		}
		if leads, err := b.Claim(t.Context(), lead.Send, 1, "courier", b.clock.Now().Add(time.Minute)); err == nil || len(leads) > 0 {
			t.Fatalf("%d leads to call for, %v", len(leads), err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Sending: 1})
		if b.onSQLite() {
			b.exec(t, "drop trigger full")
		} else {
			b.exec(t, "alter table lead_event drop constraint room")
		}
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		b.wantClaimable(t, 1, 0, 0)
		b.wantHistory(t, l.ID, "0 stored:  → received", "1 send begun: received → sending", "1 stopped: sending → received",
			"2 send begun: received → sending", "2 stopped: sending → received", "3 send begun: received → sending")
	},
	"a damaged mark keeps every call from being made": func(t *testing.T, b *bench) {
		b.save(t, "key")
		if err := os.WriteFile(b.markFile(b.id(t)), []byte(`{"database":"another"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if leads, err := b.Claim(t.Context(), lead.Send, 1, "courier", b.clock.Now().Add(time.Minute)); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%d leads, %v", len(leads), err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1})
		if err := b.MarkReadable(t.Context()); err == nil || !b.MarkFails() {
			t.Errorf("the mark is readable, %v, fails %v", err, b.MarkFails())
		}
	},
	"nobody can say that nothing was sent when the mark of the database before knows better": func(t *testing.T, b *bench) {
		b.save(t, "sent")
		b.claim(t, lead.Send)
		b.goBack(t)
		b.wantGuarded(t, restore.Doubts{InDoubt: 1}) // as intake restore does it
		if _, err := b.LiftRestore(t.Context(), true, by); !errors.Is(err, restore.ErrSentSince) {
			t.Errorf("lifted: %v", err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1})
	},
	"what the mark of the database before knows outlasts every further guard": func(t *testing.T, b *bench) {
		b.save(t, "sent")
		b.claim(t, lead.Send)
		b.goBack(t)
		b.wantGuarded(t, restore.Doubts{InDoubt: 1})
		b.wantGuarded(t, restore.Doubts{})
		if _, err := b.LiftRestore(t.Context(), true, by); !errors.Is(err, restore.ErrSentSince) {
			t.Errorf("lifted: %v", err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1})
		b.wantLifted(t, false, 0)
		b.clock.forward(time.Second)
		b.wantGuarded(t, restore.Doubts{}) // a second restore, after which nothing was sent
		b.wantLifted(t, true, 0)
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1})
	},
	"a damaged mark of the database before is no proof that nothing was sent": func(t *testing.T, b *bench) {
		b.save(t, "key")
		if err := os.WriteFile(b.markFile(b.id(t)), []byte(`{"database":"another"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		b.wantGuarded(t, restore.Doubts{InDoubt: 1})
		if _, err := b.LiftRestore(t.Context(), true, by); !errors.Is(err, restore.ErrSentSince) {
			t.Errorf("lifted: %v", err)
		}
	},
	"consent records that do not hold the head that was written down set the guard": func(t *testing.T, b *bench) {
		b.save(t, "key")
		_, head, err := b.Chain(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		b.exec(t, "delete from consent_link")
		b.exec(t, "update chain_head set seq = 0, hash = null where chain = 'consent records'")
		out := b.outside(t)
		out.Head = head
		if why, err := b.GuardIfOlder(t.Context(), out); err != nil || !strings.Contains(why, "do not hold head 1") {
			t.Errorf("guarded because of %q, %v", why, err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1})
	},
	"a list of erasures that knows more sets the guard, and who is on it is erased again": func(t *testing.T, b *bench) {
		out := b.outside(t)
		ids := b.cameBack(t, out.ForgetFile)
		if why, err := b.GuardIfOlder(t.Context(), out); err != nil || !strings.Contains(why, "has 2 that the database does not know of") {
			t.Errorf("guarded because of %q, %v", why, err)
		}
		b.wantHolds(t, ids["erased"], "person_name")
		b.wantCounts(t, map[lead.Status]int{lead.Closed: 2, lead.InDoubt: 1})
	},
	"each database has an id of its own, which a restore replaces": func(t *testing.T, b *bench) {
		first := b.id(t)
		b.wantGuarded(t, restore.Doubts{})
		second := b.id(t)
		b.wantGuarded(t, restore.Doubts{})
		if ids := []string{first, second, b.id(t)}; len(first) != 26 || ids[0] == ids[1] || ids[1] == ids[2] {
			t.Errorf("ids %q", ids)
		}
	},
}

func (b *bench) id(t *testing.T) string {
	t.Helper()
	id, err := b.DatabaseID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (b *bench) markFile(id string) string {
	return filepath.Join(b.options.StateDir, "delivery-mark-"+id+".json")
}

func (b *bench) outside(t *testing.T) restore.Outside {
	return restore.Outside{Head: consent.Head{}, ForgetFile: filepath.Join(t.TempDir(), "list"), Keep: retention}
}

// goBack makes the database what it was before the first claim, as a copy from then.
func (b *bench) goBack(t *testing.T) {
	t.Helper()
	for _, query := range []string{
		"delete from delivery_mark", "delete from lead_event where event <> 'stored'",
		"update lead set status = 'received', attempt = 0, lease_owner = '', lease_until = null",
	} {
		b.exec(t, query)
	}
}

func (b *bench) wantOlder(t *testing.T, s *store.Store) {
	t.Helper()
	leads, err := s.Claim(t.Context(), lead.Send, 99, "courier", b.clock.Now().Add(time.Minute))
	if !errors.Is(err, restore.ErrOlder) || len(leads) > 0 {
		t.Errorf("%d leads of a database that is older, %v", len(leads), err)
	}
	if _, waits, err := s.Restored(t.Context()); err != nil || !waits {
		t.Errorf("delivery waits %v, %v", waits, err)
	}
}
