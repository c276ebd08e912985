package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"intake/internal/store"
	"intake/internal/store/session"
)

// sessionsOf are the sessions of a store, whose data is "NAME what else".
func sessionsOf(s *store.Store) session.Store {
	return s.Sessions(func(data []byte) (string, error) {
		name, _, _ := strings.Cut(string(data), " ")
		return name, nil
	})
}

var keepingSessions = map[string]func(*testing.T, *bench){
	"a session is found in all processes until it is over": func(t *testing.T, b *bench) {
		one, other := sessionsOf(b.Store), sessionsOf(b.again(t))
		b.commit(t, one, "token", "ann first", time.Hour)
		wantSession(t, other, "token", "ann first")
		wantSession(t, other, "another token", "")
		b.clock.forward(time.Hour - time.Millisecond)
		b.commit(t, other, "token", "ann second", time.Hour)
		b.clock.forward(time.Hour - time.Millisecond)
		wantSession(t, one, "token", "ann second")
		b.clock.forward(time.Millisecond)
		wantSession(t, one, "token", "")
	},
	"a session that was ended is gone at once in all processes, and no late request brings it back": func(t *testing.T, b *bench) {
		one, other := sessionsOf(b.Store), sessionsOf(b.again(t))
		for _, token := range []string{"a", "b", "c"} {
			b.commit(t, one, token, "ann "+token, 8*time.Hour)
		}
		b.commit(t, one, "d", "bob d", 8*time.Hour)
		if err := other.DeleteCtx(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		wantSession(t, one, "a", "")
		wantSession(t, one, "b", "ann b")
		if n, err := other.EndAllOf(t.Context(), "ann"); err != nil || n != 2 {
			t.Errorf("%d sessions were ended, %v, want 2", n, err)
		}
		for _, token := range []string{"a", "b", "c"} {
			b.commit(t, one, token, "ann late", 8*time.Hour) // of a request that began before
			wantSession(t, one, token, "")
		}
		wantSession(t, other, "d", "bob d")
		if n, err := other.EndAllOf(t.Context(), ""); err != nil || n != 0 {
			t.Errorf("%d sessions of nobody were ended, %v", n, err)
		}
	},
	"the sessions that are neither over nor ended are listed, the last used first": func(t *testing.T, b *bench) {
		one, other := sessionsOf(b.Store), sessionsOf(b.again(t))
		b.commit(t, one, "a", "ann", 3*time.Minute)
		b.commit(t, other, "b", "bob", 2*time.Minute)
		b.commit(t, one, "over", "eve", time.Minute)
		b.commit(t, one, "ended", "eve", time.Hour)
		if err := one.Delete("ended"); err != nil {
			t.Fatal(err)
		}
		b.clock.forward(time.Minute)
		b.commit(t, one, "b", "bob again", time.Hour)
		live, err := other.Live(t.Context())
		if got, want := fmt.Sprintf("%s", live), "[bob again ann]"; err != nil || got != want {
			t.Errorf("listed %s, %v, want %s", got, err, want)
		}
	},
	"sessions that are over are deleted in batches, and so are those that were ended": func(t *testing.T, b *bench) {
		sessions := sessionsOf(b.Store)
		for i := range 130 {
			b.commit(t, sessions, fmt.Sprint("token ", i), "ann", time.Minute)
		}
		b.commit(t, sessions, "ended", "ann", 8*time.Hour)
		b.commit(t, sessions, "stays", "bob", 8*time.Hour)
		if err := sessions.Delete("ended"); err != nil {
			t.Fatal(err)
		}
		b.wantExpiredSessions(t, 0)
		before := b.marks(t)
		b.clock.forward(time.Minute)
		b.wantExpiredSessions(t, 130)
		if b.marks(t) == before {
			t.Error("the scrub does not learn of it")
		}
		b.clock.forward(time.Hour)
		b.wantExpiredSessions(t, 1)
		wantSession(t, sessions, "stays", "bob")
	},
	"a database that came from a backup has no session, since one may have been ended after it": func(t *testing.T, b *bench) {
		sessions := sessionsOf(b.Store)
		b.commit(t, sessions, "token", "ann", 8*time.Hour)
		if _, err := b.RestoreDoubts(t.Context(), by); err != nil {
			t.Fatal(err)
		}
		wantSession(t, sessions, "token", "")
		b.commit(t, sessions, "token", "ann late", 8*time.Hour) // of a request that began before
		wantSession(t, sessions, "token", "")
	},
	"neither the token nor the person nor what a session holds is readable in the database": func(t *testing.T, b *bench) {
		b.commit(t, sessionsOf(b.Store), "the-token", "ann-and-her-secret", time.Hour)
		var id, person string
		var data []byte
		if err := b.behind(t).QueryRow("select id, person, data from session").Scan(&id, &person, &data); err != nil {
			t.Fatal(err)
		}
		if len(id) < 50 || len(person) < 26 || len(data) == 0 {
			t.Errorf("id %q, person %q, %d bytes", id, person, len(data))
		}
		for _, secret := range []string{"the-token", "ann-and-her-secret"} {
			if strings.Contains(id+person, secret) || bytes.Contains(data, []byte(secret)) {
				t.Errorf("%q is readable", secret)
			}
		}
	},
	"data of another session does not open": func(t *testing.T, b *bench) {
		sessions := sessionsOf(b.Store)
		b.commit(t, sessions, "a", "ann", time.Hour)
		b.commit(t, sessions, "b", "bob", time.Hour)
		b.exec(t, "update session set data = (select data from session as other where other.id <> session.id)")
		if data, found, err := sessions.Find("a"); err == nil || found {
			t.Errorf("found %q", data)
		}
	},
	"a rotation seals sessions anew": func(t *testing.T, b *bench) {
		sessions := sessionsOf(b.Store)
		b.commit(t, sessions, "token", "ann", time.Hour)
		first, second := b.options.Keys.Primary(), b.promoted(t)
		b.wantKeyUse(t, map[uint32]int{first: 2}) // session and stamp
		b.wantResealed(t, 1)
		b.wantKeyUse(t, map[uint32]int{second: 2})
		wantSession(t, sessions, "token", "ann")
	},
}

func (b *bench) commit(t *testing.T, sessions session.Store, token, data string, lasts time.Duration) {
	t.Helper()
	if err := sessions.CommitCtx(t.Context(), token, []byte(data), b.clock.Now().Add(lasts)); err != nil {
		t.Fatal(err)
	}
}

// wantSession compares what a session holds; empty: it is not found.
func wantSession(t *testing.T, sessions session.Store, token, want string) {
	t.Helper()
	data, found, err := sessions.FindCtx(t.Context(), token)
	if err != nil || string(data) != want || found != (want != "") {
		t.Errorf("%s: %q, found: %v, %v, want %q", token, data, found, err, want)
	}
}

func (b *bench) wantExpiredSessions(t *testing.T, want int) {
	t.Helper()
	if n, err := b.ExpireSessions(t.Context(), b.clock.Now()); err != nil || n != want {
		t.Errorf("%d sessions expired, %v, want %d", n, err, want)
	}
}
