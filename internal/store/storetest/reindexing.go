package storetest

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/restore"
)

var reindexing = map[string]func(*testing.T, *bench){
	"every index is made anew, of leads and of people who opted out, and finds what it found": func(t *testing.T, b *bench) {
		filed, unfiled := b.save(t, "filed"), lead.Lead{}
		b.optOut(t, lead.OptOut{At: b.clock.Now().Add(-time.Hour), Channel: "web", Language: "en", Email: lead.Keep("jose@example.com")})
		b.optOut(t, lead.OptOut{At: b.clock.Now(), Channel: "command line", Language: "en", Phone: lead.Keep("2025550166")})
		if _, _, err := b.Chain(t.Context(), 99); err != nil {
			t.Fatal(err)
		}
		unfiled = b.save(t, "unfiled")
		erased := b.save(t, "erased")
		if _, err := b.EraseOnRequest(t.Context(), erased.ID, by); err != nil {
			t.Fatal(err)
		}
		old := [][]byte{b.options.Keys.Index("email", "jose@example.com"), b.options.Keys.Index("phone", "2025550143"), b.options.Keys.Index("phone", "2025550166")}
		b.wantIndexed(t, old[0], 2, 1, 1)
		b.wantIndexed(t, old[2], 0, 0, 1)
		b.replaceIndexKey(t)
		b.wantOldIndexes(t, 4)
		b.wantReindexed(t, 2)
		b.wantOldIndexes(t, 0)
		for _, index := range old {
			b.wantIndexed(t, index, 0, 0, 0)
		}
		b.wantIndexed(t, b.options.Keys.Index("email", "jose@example.com"), 2, 1, 1)
		b.wantIndexed(t, b.options.Keys.Index("phone", "2025550143"), 2, 1, 0)
		b.wantIndexed(t, b.options.Keys.Index("phone", "2025550166"), 0, 0, 1)
		b.wantLeadsOf(t, "2025550144", "", filed.ID, unfiled.ID)
		b.wantLeadsOf(t, "", "jose@example.com", filed.ID, unfiled.ID)
		for _, tt := range []struct {
			phone, email string
			want         time.Time
		}{{"2025550166", "", b.clock.Now()}, {"", "jose@example.com", b.clock.Now().Add(-time.Hour)}} {
			if since, found, err := b.Suppressed(t.Context(), tt.phone, tt.email); err != nil || !found || !since.Equal(tt.want) {
				t.Errorf("%q or %q: suppressed %v since %v, %v", tt.phone, tt.email, found, since, err)
			}
		}
		b.wantRows(t, 1, "select count(*) from opt_out where phone_index = $1", b.options.Keys.Index("phone", "2025550166"))
		b.wantRows(t, 1, "select count(*) from opt_out where email_index = $1", b.options.Keys.Index("email", "jose@example.com"))
		b.wantActions(t, "", "ann: make indexes anew, version 2")
		b.replaceIndexKey(t)
		b.wantReindexed(t, 2)
		b.wantLeadsOf(t, "2025550144", "", filed.ID, unfiled.ID)
		b.wantReindexed(t, 0)
	},
	"who holds a lead can go on to its keys while indexes are made anew": func(t *testing.T, b *bench) {
		if b.onSQLite() {
			return // one writer at a time
		}
		l := b.save(t, "key")
		b.chain(t)
		b.replaceIndexKey(t)
		amending, err := b.behind(t).BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := amending.Exec("select id from lead where id = $1 for update", l.ID); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := b.Reindex(t.Context(), by, func(int) {})
			done <- err
		}()
		for waiting := 0; waiting == 0; {
			waiting = b.count(t, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
		}
		if _, err := amending.Exec("set local lock_timeout = '2s'"); err != nil {
			t.Fatal(err)
		}
		if _, err := amending.Exec("update lead_private set link = link where lead_id = $1", l.ID); err != nil {
			t.Errorf("the two wait for each other: %v", err)
		}
		if err := errors.Join(amending.Rollback(), <-done); err != nil {
			t.Error(err)
		}
	},
	"a re-indexing that was broken off is finished by the next one": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 450)
		b.replaceIndexKey(t)
		ctx, stop := context.WithCancel(t.Context())
		n, err := b.Reindex(ctx, by, func(int) { stop() })
		if !errors.Is(err, context.Canceled) || n != 100 {
			t.Fatalf("%d leads, %v, want one commit of 100", n, err)
		}
		b.wantOldIndexes(t, 350)
		b.wantActions(t, "")
		b.wantReindexed(t, 350)
		b.wantRows(t, 450, "select count(*) from lead_private where home_phone_index = $1", b.options.Keys.Index("phone", "2025550143"))
	},
	"a running store takes a replaced key with the next lead, and both are found": func(t *testing.T, b *bench) {
		running := b.again(t)
		before := b.save(t, "before")
		b.replaceIndexKey(t)
		after := Lead("after")
		if _, err := running.Save(t.Context(), after, Record()); err != nil {
			t.Fatal(err)
		}
		b.wantReindexed(t, 1)
		b.wantLeadsOf(t, "2025550143", "", before.ID, after.ID)
	},
	"an opt-out while indexes are made anew stops the leads of before": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		if _, _, err := b.Chain(t.Context(), 99); err != nil {
			t.Fatal(err)
		}
		b.clock.forward(time.Minute)
		b.replaceIndexKey(t)
		if stopped := b.optOut(t, lead.OptOut{Channel: "web", Language: "en", Phone: l.Applicant.HomePhone}); len(stopped) > 0 {
			t.Fatal("the lead has an index by the old key, and was stopped all the same: the test proves nothing")
		}
		b.wantReindexed(t, 1)
		if got := b.find(t, l.ID); got.Status != lead.Closed || got.Reason != lead.OptedOut {
			t.Errorf("%s, %q", got.Status, got.Reason)
		}
	},
	"a list of before the key was replaced, and a database of before it, still fit": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		ids := b.cameBack(t, path)
		b.replaceIndexKey(t)
		done, err := b.Guard(t.Context(), restore.Restoration{Keep: retention, By: by, Lists: []string{path}})
		if want := (restore.Forgot{Erased: 1, Stopped: 1}); err != nil || done.Forgot != want {
			t.Errorf("%+v, %v, want %+v", done.Forgot, err, want)
		}
		if l := b.find(t, ids["opted out"]); l.Status != lead.Closed {
			t.Errorf("the lead is %s", l.Status)
		}
		b.wantOldIndexes(t, 0)
	},
	"a newer list fits a database of before the key was replaced": func(t *testing.T, b *bench) {
		l, path := b.save(t, "key"), filepath.Join(t.TempDir(), "list")
		b.replaceIndexKey(t)
		b.optOut(t, b.byPhone(l.Applicant.HomePhone))
		if _, err := b.SyncForgetFile(t.Context(), path, by); err != nil {
			t.Fatal(err)
		}
		b.exec(t, "delete from suppression")
		b.wantOldIndexes(t, 1) // the lead is by the old key, and the list by the new one
		if _, err := b.Guard(t.Context(), restore.Restoration{Keep: retention, By: by, Lists: []string{path}}); err != nil {
			t.Fatal(err)
		}
		if got := b.find(t, l.ID); got.Status != lead.Closed || got.Reason != lead.OptedOut {
			t.Errorf("the lead is %s, %q", got.Status, got.Reason)
		}
	},
}

// replaceIndexKey replaces it in the file, as another process would.
func (b *bench) replaceIndexKey(t *testing.T) {
	t.Helper()
	if _, err := seal.ReplaceIndexKey(b.keyFile, ""); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantReindexed(t *testing.T, want int) {
	t.Helper()
	n, err := b.Reindex(t.Context(), by, func(int) {})
	if err != nil || n != want {
		t.Fatalf("the indexes of %d leads were made anew, %v, want %d", n, err, want)
	}
	if err := b.options.Keys.Refresh(); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantOldIndexes(t *testing.T, want int) {
	t.Helper()
	if err := b.RefreshKeys(); err != nil {
		t.Fatal(err)
	}
	if n, err := b.OldIndexes(t.Context()); err != nil || n != want {
		t.Errorf("%d old indexes, %v, want %d", n, err, want)
	}
}

// wantIndexed counts the leads, filed leads and people who opted out of an index.
func (b *bench) wantIndexed(t *testing.T, index []byte, leads, filed, persons int) {
	t.Helper()
	got := map[string]int{}
	for name, query := range map[string]string{
		"leads":   "select count(*) from lead_private where email_index = $1 or home_phone_index = $1 or cell_phone_index = $1 or work_phone_index = $1",
		"filed":   "select count(*) from lead_person where person = $1",
		"persons": "select count(*) from suppression where person = $1",
	} {
		got[name] = b.count(t, query, index)
	}
	if diff := cmp.Diff(map[string]int{"leads": leads, "filed": filed, "persons": persons}, got); diff != "" {
		t.Errorf("by the index %x (-want +got):\n%s", index, diff)
	}
}
