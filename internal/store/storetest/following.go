package storetest

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/feed"
)

// followLimit is how long a test waits for a change that must come.
const followLimit = time.Minute

const eventSQL = "insert into lead_event (lead_id, at, event, from_status, to_status, attempt) values ($1, 0, 'looked', 'created', 'created', 0)"

var following = map[string]func(*testing.T, *bench){
	"a change that is committed late, with a lower sequence, is told once, as are the others": func(t *testing.T, b *bench) {
		slow, fast := b.save(t, "key 1"), b.save(t, "key 2")
		b.fold(t)
		changes := b.subscribe(t, b.Store)
		late, err := b.behind(t).Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer late.Rollback()
		if _, err := late.Exec(eventSQL, slow.ID); err != nil {
			t.Fatal(err)
		}
		recorded := make(chan error, 1)
		go func() {
			recorded <- b.Record(t.Context(), fast.ID, 7, lead.Outcome{Event: lead.Looked, At: b.clock.Now()})
		}()
		if !b.onSQLite() { // where it waits until the other has ended
			wantFenced(t, <-recorded)
		}
		if n := b.foldNow(t); n != 0 {
			t.Errorf("%d changes were told in front of one that was still to be committed", n)
		}
		if err := late.Commit(); err != nil {
			t.Fatal(err)
		}
		if b.onSQLite() {
			wantFenced(t, <-recorded)
		}
		var lower bool
		err = b.behind(t).QueryRow("select (select max(seq) from lead_event where lead_id = $1) < (select max(seq) from lead_event where lead_id = $2)", slow.ID, fast.ID).Scan(&lower)
		if err != nil || !lower {
			t.Errorf("the late change has no lower sequence, %v", err)
		}
		if n := b.fold(t); n != 2 {
			t.Errorf("%d changes, want 2", n)
		}
		last := b.save(t, "key 3")
		var got []lead.PartnerID
		for _, change := range until(t, changes, last.ID) {
			got = append(got, change.Lead)
		}
		slices.Sort(got)
		want := []lead.PartnerID{slow.ID, fast.ID, last.ID}
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("told of (-want +got):\n%s", diff)
		}
	},
	"an event that is committed before its lead can be told waits for it": func(t *testing.T, b *bench) {
		b.fold(t)
		begin := func() *sql.Tx {
			tx, err := b.behind(t).Begin()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = tx.Rollback() })
			return tx
		}
		want := 2
		var early, open *sql.Tx
		if !b.onSQLite() { // where no second transaction can write
			early, open, want = begin(), begin(), 0
			for _, tx := range []*sql.Tx{early, open} {
				if _, err := tx.Exec("select pg_current_xact_id()"); err != nil {
					t.Fatal(err)
				}
			}
		}
		l := b.save(t, "key")
		if b.onSQLite() {
			early = begin()
		}
		if _, err := early.Exec(eventSQL, l.ID); err != nil {
			t.Fatal(err)
		}
		if err := early.Commit(); err != nil {
			t.Fatal(err)
		}
		if n := b.foldNow(t); n != want {
			t.Errorf("%d changes were told, want %d", n, want)
		}
		if open == nil {
			return
		}
		if err := open.Commit(); err != nil {
			t.Fatal(err)
		}
		if n := b.fold(t); n != 2 {
			t.Errorf("then %d changes were told, want 2", n)
		}
	},
	"every step of a lead is told, to this and to another process": func(t *testing.T, b *bench) {
		other := b.again(t)
		subscriptions := []*feed.Subscription{b.subscribe(t, b.Store), b.subscribe(t, other)}
		l := Lead("key")
		l.Status = lead.Suspect
		if _, err := b.Save(t.Context(), l, Record()); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Save(t.Context(), Lead("other key"), Record()); err != nil {
			t.Fatal(err)
		}
		sent := b.claim(t, lead.Send)
		b.record(t, sent, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015})
		last := b.save(t, "last")
		for _, s := range subscriptions {
			got := map[lead.PartnerID]string{}
			for _, change := range until(t, s, last.ID) {
				got[change.Lead] += string(change.Status) + " "
			}
			want := map[lead.PartnerID]string{l.ID: "received suspect ", sent.ID: "received sending created ", last.ID: "received "}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	},
	"another process learns of a change within 300 ms": func(t *testing.T, b *bench) {
		changes := b.subscribe(t, b.again(t))
		var delays []time.Duration
		for i := range 21 {
			l := Lead(fmt.Sprint("key ", i))
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
			saved := time.Now()
			until(t, changes, l.ID)
			delays = append(delays, time.Since(saved))
		}
		slices.Sort(delays)
		t.Logf("after a commit, another process learned of it in %s, at most in %s", delays[10], delays[20])
		if delays[10] > 300*time.Millisecond {
			t.Errorf("half of the changes took longer than %s", delays[10])
		}
	},
	"a slow subscriber is told that it missed something, and keeps nobody waiting": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		slow, quick := b.subscribe(t, b.Store), b.subscribe(t, b.Store)
		b.exec(t, "insert into lead_event (lead_id, at, event, from_status, to_status, attempt) with recursive n (i) as (select 1 union all select i + 1 from n where i < 1100) "+
			"select '"+string(l.ID)+"', 0, 'looked', 'created', 'created', 0 from n") // by nobody who notifies
		for told, missed := 0, false; told < 1100 && !missed; {
			<-quick.Ready()
			news := quick.Take()
			told, missed = told+len(news.Changes), news.Missed
		}
		until(t, quick, b.save(t, "after").ID) // before this one is told, the slow one was told of all others
		if news := slow.Take(); !news.Missed || len(news.Changes) != 0 || news.Err != nil {
			t.Errorf("missed %t, with %d changes, %v", news.Missed, len(news.Changes), news.Err)
		}
		last := b.save(t, "last")
		until(t, quick, last.ID)
		if changes := until(t, slow, last.ID); changes[len(changes)-1].Lead != last.ID || len(changes) > 2 { // the one before may come after Take
			t.Errorf("then told of %d changes, the last not of lead %s", len(changes), last.ID)
		}
	},
	"a feed that cannot be read says so, and tells everything later": func(t *testing.T, b *bench) {
		changes := b.subscribe(t, b.Store)
		b.exec(t, "alter table lead_event rename to gone")
		l := b.save(t, "key")
		deadline := time.After(followLimit)
		for failed := false; !failed; {
			select {
			case <-changes.Ready():
				failed = changes.Take().Err != nil
			case <-deadline:
				t.Fatal("nothing was said")
			}
		}
		b.exec(t, "alter table gone rename to lead_event")
		if got := until(t, changes, l.ID); len(got) != 1 {
			t.Errorf("told of %d changes, want 1", len(got))
		}
	},
	"after a copy by rows to another server, whose transaction ids begin anew, nothing is missed": func(t *testing.T, b *bench) {
		b.save(t, "key 1")
		b.claim(t, lead.Send)
		b.fold(t)
		if b.onSQLite() { // it has no transaction ids
			b.exec(t, "update lead set xid = 0")
		} else {
			b.exec(t, "update lead set xid = xid + 1000000000")
			b.exec(t, "update lead_event set xid = xid + 1000000000")
			b.exec(t, "update hourly_cursor set lead_xid = lead_xid + 1000000000, event_xid = event_xid + 1000000000")
		}
		other := b.again(t)
		changes := b.subscribe(t, other)
		l := b.save(t, "key 2")
		if got := until(t, changes, l.ID); len(got) != 1 {
			t.Errorf("told of %d changes, want 1", len(got))
		}
		b.fold(t)
		b.wantFigures(t)
	},
}

func wantFenced(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("an answer to an attempt that never was is applied")
	}
}

func (b *bench) subscribe(t *testing.T, s *store.Store) *feed.Subscription {
	t.Helper()
	changes, err := s.Subscribe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(changes.Close)
	return changes
}

// until returns changes up to one of a lead, or until some were missed. Errors are passed by.
func until(t *testing.T, s *feed.Subscription, id lead.PartnerID) (all []feed.Change) {
	t.Helper()
	deadline := time.After(followLimit)
	for {
		select {
		case <-s.Ready():
			news := s.Take()
			if all = append(all, news.Changes...); news.Missed {
				return all
			}
		case <-deadline:
			t.Fatalf("not told of lead %s, but of %d changes", id, len(all))
		}
		if slices.ContainsFunc(all, func(c feed.Change) bool { return c.Lead == id }) {
			return all
		}
	}
}
