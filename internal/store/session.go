package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/store/db"
	"intake/internal/store/table"
)

// sessionPlace is what the data of a session is bound to, beside its id.
const sessionPlace = "session.data"

// endedStays is how long the row of an ended session stays. It is longer than any request, which may have read the session
// before it was ended and writes it back afterwards.
const endedStays = time.Hour

// sessionStore and sessionContextStore are what github.com/alexedwards/scs/v2 asks of a store of sessions. That package gives
// its tokens, and calls the methods with a context where there are some.
type (
	sessionStore interface {
		Delete(token string) error
		Find(token string) (data []byte, found bool, err error)
		Commit(token string, data []byte, expiry time.Time) error
	}
	sessionContextStore interface {
		sessionStore
		DeleteCtx(ctx context.Context, token string) error
		FindCtx(ctx context.Context, token string) (data []byte, found bool, err error)
		CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error
	}
)

var _ sessionContextStore = (*Sessions)(nil)

// Sessions keeps the sessions of people who are signed in, for all processes. Only a keyed hash of a token is stored, and
// what the session holds is sealed.
type Sessions struct {
	store    *Store
	personOf func(data []byte) (string, error)
}

// Sessions returns the sessions in the database. personOf reads from what a session holds who is signed in, such as the issuer
// and subject of an identity provider; empty: nobody.
func (s *Store) Sessions(personOf func(data []byte) (string, error)) *Sessions {
	return &Sessions{s, personOf}
}

// session is a row of the table.
type session struct {
	id, person             string
	createdAt, seenAt, end time.Time
	data                   []byte // sealed
}

var sessionTable = table.Of[session]{
	"id":         func(r *session) any { return &r.id },
	"person":     func(r *session) any { return &r.person },
	"created_at": func(r *session) any { return table.Millis(&r.createdAt) },
	"seen_at":    func(r *session) any { return table.Millis(&r.seenAt) },
	"ends_at":    func(r *session) any { return table.Millis(&r.end) },
	"data":       func(r *session) any { return &r.data },
}

const (
	selectSession  = "select id, data from session where id = $1 and ends_at > $2 and data is not null"
	endSession     = "update session set data = null, ends_at = $1 where id = $2 and data is not null"
	endSessionsOf  = "update session set data = null, ends_at = $1 where person = $2 and data is not null and ends_at > $3 and person <> ''"
	deleteSessions = "delete from session where id in (select id from session where ends_at <= $1 order by ends_at limit $2)"
)

// saveSession leaves a session ended that was ended.
var saveSession = table.Named(`insert into session (id, person, created_at, seen_at, ends_at, data)
	values (:id, :person, :created_at, :seen_at, :ends_at, :data)
	on conflict (id) do update set person = excluded.person, seen_at = excluded.seen_at, ends_at = excluded.ends_at, data = excluded.data
	where session.data is not null`)

// id is the key of a session's row.
func (k *Sessions) id(token string) string {
	return hashLetters.EncodeToString(k.store.keys.HandleHash("session/" + token))
}

// person is the keyed hash of who is signed in.
func (k *Sessions) person(who string) string {
	if who == "" {
		return ""
	}
	return hashLetters.EncodeToString(k.store.keys.HandleHash("session person/" + who)[:draftHashBytes])
}

// FindCtx returns what a session holds. A session that is over or was ended is not found.
func (k *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	s := k.store
	row, err := sessionTable.One(ctx, s.engine.Reader(), selectSession, k.id(token), s.now().UnixMilli())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err == nil {
		data, err = s.keys.Open(row.data, row.id, sessionPlace)
	}
	if err != nil {
		return nil, false, fmt.Errorf("find the session: %w", db.Clean(err))
	}
	return data, true, nil
}

// CommitCtx stores what a session holds until expiry. It does not bring back a session that was ended.
func (k *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if err := k.commit(ctx, token, data, expiry); err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	return nil
}

func (k *Sessions) commit(ctx context.Context, token string, data []byte, expiry time.Time) error {
	s := k.store
	_ = s.keys.Refresh() // as in Save
	who, err := k.personOf(data)
	if err != nil {
		return errors.New("nobody can read who is signed in") // err may quote the session
	}
	now := s.now()
	row := session{id: k.id(token), person: k.person(who), createdAt: now, seenAt: now, end: expiry}
	if row.data, err = s.keys.Seal(data, row.id, sessionPlace); err != nil {
		return err
	}
	_, err = db.Write(ctx, s.engine, acceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return sessionTable.Exec(ctx, q, saveSession, &row)
	})
	return err
}

// DeleteCtx ends a session at once, for all processes.
func (k *Sessions) DeleteCtx(ctx context.Context, token string) error {
	s := k.store
	_, err := db.Write(ctx, s.engine, acceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, endSession, s.now().Add(endedStays).UnixMilli(), k.id(token))
	})
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// EndAllOf ends every session of a person at once, for all processes, and returns how many there were.
func (k *Sessions) EndAllOf(ctx context.Context, who string) (int, error) {
	if who == "" {
		return 0, nil
	}
	s := k.store
	n, err := db.Write(ctx, s.engine, decisionLimit, func(ctx context.Context, q db.Queries) (int, error) {
		now := s.now()
		return table.Affected(q.ExecContext(ctx, endSessionsOf, now.Add(endedStays).UnixMilli(), k.person(who), now.UnixMilli()))
	})
	if err != nil {
		return 0, fmt.Errorf("end the sessions of a person: %w", err)
	}
	return n, nil
}

// Find is FindCtx without a context.
func (k *Sessions) Find(token string) (data []byte, found bool, err error) {
	return k.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (k *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return k.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (k *Sessions) Delete(token string) error { return k.DeleteCtx(context.Background(), token) }

// ExpireSessions deletes the sessions that are over by now, 100 a commit, and returns how many. It may be interrupted and run
// again, also by several processes at once; after an error, what it returns was done.
func (s *Store) ExpireSessions(ctx context.Context, now time.Time) (deleted int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return deleted, err
		}
		n, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (int, error) {
			n, err := table.Affected(q.ExecContext(ctx, deleteSessions, now.UnixMilli(), expireBatch))
			if err != nil || n == 0 {
				return 0, err
			}
			return n, db.MarkUnscrubbed(ctx, q, now)
		})
		if err != nil {
			return deleted, fmt.Errorf("expire sessions: %w", err)
		}
		if deleted += n; n < expireBatch {
			return deleted, nil
		}
	}
}

// dropSessions deletes every session: in a database that came from a backup one may be alive that was ended since.
func dropSessions(ctx context.Context, q db.Queries, now time.Time) error {
	n, err := table.Affected(q.ExecContext(ctx, "delete from session"))
	if err != nil || n == 0 {
		return err
	}
	return db.MarkUnscrubbed(ctx, q, now)
}
