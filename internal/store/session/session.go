// Package session keeps the sessions of people who are signed in, for all processes.
package session

import (
	"context"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"intake/internal/clock"
	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Time limits of writes.
const (
	acceptLimit = 5 * time.Second  // somebody waits for a page
	endLimit    = 30 * time.Second // a person decided, and a server may be writing all the time
	expireLimit = 30 * time.Second
)

// Place is what the data of a session is bound to, beside its id.
const Place = "session.data"

// expireBatch is how many sessions are deleted in a commit, so that nobody waits long behind it.
const expireBatch = 50

// endedStays is how long the row of an ended session stays. It is longer than any request, which may have read the session
// before it was ended and writes it back afterwards.
const endedStays = time.Hour

// scsStore and scsContextStore are what github.com/alexedwards/scs/v2 asks of a store of sessions. That package gives
// its tokens, and calls the methods with a context where there are some.
type (
	scsStore interface {
		Delete(token string) error
		Find(token string) (data []byte, found bool, err error)
		Commit(token string, data []byte, expiry time.Time) error
	}
	scsContextStore interface {
		scsStore
		DeleteCtx(ctx context.Context, token string) error
		FindCtx(ctx context.Context, token string) (data []byte, found bool, err error)
		CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error
	}
)

var _ scsContextStore = Store{}

// Store is what is stored of sessions: a keyed hash of each token, and what the session holds, sealed.
type Store struct {
	Engine db.Engine
	Keys   *seal.Keys
	Clock  *clock.Clock
	// PersonOf reads from what a session holds who is signed in, such as the issuer and subject of an identity provider;
	// empty: nobody.
	PersonOf func(data []byte) (string, error)
}

// row is a row of the table.
type row struct {
	id, person             string
	createdAt, seenAt, end time.Time
	data                   []byte // sealed
}

var columns = table.Of[row]{
	"id":         func(r *row) any { return &r.id },
	"person":     func(r *row) any { return &r.person },
	"created_at": func(r *row) any { return table.Millis(&r.createdAt) },
	"seen_at":    func(r *row) any { return table.Millis(&r.seenAt) },
	"ends_at":    func(r *row) any { return table.Millis(&r.end) },
	"data":       func(r *row) any { return &r.data },
}

const (
	selectOne  = "select id, data from session where id = $1 and ends_at > $2 and data is not null"
	end        = "update session set data = null, ends_at = $1 where id = $2 and data is not null"
	endAllOf   = "update session set data = null, ends_at = $1 where person = $2 and data is not null and ends_at > $3 and person <> ''"
	selectLive = "select id, data from session where ends_at > $1 and data is not null order by ends_at desc limit $2"
	deleteOver = "delete from session where id in (select id from session where ends_at <= $1 order by ends_at limit $2)"
)

// save leaves a session ended that was ended.
var save = table.Named(`insert into session (id, person, created_at, seen_at, ends_at, data)
	values (:id, :person, :created_at, :seen_at, :ends_at, :data)
	on conflict (id) do update set person = excluded.person, seen_at = excluded.seen_at, ends_at = excluded.ends_at, data = excluded.data
	where session.data is not null`)

// letters write the keyed hashes, those of people with personBytes bytes.
var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

const personBytes = 16

// id is the key of a session's row.
func (s Store) id(token string) string {
	return letters.EncodeToString(s.Keys.HandleHash("session/" + token))
}

// person is the keyed hash of who is signed in.
func (s Store) person(who string) string {
	if who == "" {
		return ""
	}
	return letters.EncodeToString(s.Keys.HandleHash("session person/" + who)[:personBytes])
}

// FindCtx returns what a session holds. A session that is over or was ended is not found.
func (s Store) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	r, err := columns.One(ctx, s.Engine.Reader(), selectOne, s.id(token), s.Clock.Now().UnixMilli())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err == nil {
		data, err = s.Keys.Open(r.data, r.id, Place)
	}
	if err != nil {
		return nil, false, fmt.Errorf("find the session: %w", db.Clean(err))
	}
	return data, true, nil
}

// CommitCtx stores what a session holds until expiry. It does not bring back a session that was ended.
func (s Store) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if err := s.commit(ctx, token, data, expiry); err != nil {
		return fmt.Errorf("store the session: %w", err)
	}
	return nil
}

func (s Store) commit(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_ = s.Keys.Refresh() // with the keys that it has it can still save; the upkeep reports the trouble
	who, err := s.PersonOf(data)
	if err != nil {
		return errors.New("nobody can read who is signed in") // err may quote the session
	}
	now := s.Clock.Now()
	r := row{id: s.id(token), person: s.person(who), createdAt: now, seenAt: now, end: expiry}
	if r.data, err = s.Keys.Seal(data, r.id, Place); err != nil {
		return err
	}
	_, err = db.Write(ctx, s.Engine, acceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return columns.Exec(ctx, q, save, &r)
	})
	return err
}

// DeleteCtx ends a session at once, for all processes.
func (s Store) DeleteCtx(ctx context.Context, token string) error {
	_, err := db.Write(ctx, s.Engine, acceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, end, s.Clock.Now().Add(endedStays).UnixMilli(), s.id(token))
	})
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// EndAllOf ends every session of a person at once, for all processes, and returns how many there were.
func (s Store) EndAllOf(ctx context.Context, who string) (int, error) {
	if who == "" {
		return 0, nil
	}
	n, err := db.Write(ctx, s.Engine, endLimit, func(ctx context.Context, q db.Queries) (int, error) {
		now := s.Clock.Now()
		return table.Affected(q.ExecContext(ctx, endAllOf, now.Add(endedStays).UnixMilli(), s.person(who), now.UnixMilli()))
	})
	if err != nil {
		return 0, fmt.Errorf("end the sessions of a person: %w", err)
	}
	return n, nil
}

// mostListed bounds Live: more than a call center has at once.
const mostListed = 1000

// Live returns what the sessions hold that are not over, the last used first, at most 1,000.
func (s Store) Live(ctx context.Context) ([][]byte, error) {
	rows, err := columns.All(ctx, s.Engine.Reader(), selectLive, s.Clock.Now().UnixMilli(), mostListed)
	if err != nil {
		return nil, fmt.Errorf("list the sessions: %w", db.Clean(err))
	}
	var live [][]byte
	for _, r := range rows {
		data, err := s.Keys.Open(r.data, r.id, Place)
		if err != nil {
			return nil, fmt.Errorf("list the sessions: %w", db.Clean(err))
		}
		live = append(live, data)
	}
	return live, nil
}

// Find is FindCtx without a context.
func (s Store) Find(token string) (data []byte, found bool, err error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s Store) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// Expire deletes the sessions that are over by now, 50 a commit, and returns how many. It may be interrupted and run
// again, also by several processes at once; after an error, what it returns was done.
func Expire(ctx context.Context, e db.Engine, now time.Time) (deleted int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return deleted, err
		}
		n, err := db.Write(ctx, e, expireLimit, func(ctx context.Context, q db.Queries) (int, error) {
			n, err := table.Affected(q.ExecContext(ctx, deleteOver, now.UnixMilli(), expireBatch))
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

// EndAll ends every session: in a database that came from a backup one may be alive that was ended since.
func EndAll(ctx context.Context, q db.Queries, now time.Time) error {
	n, err := table.Affected(q.ExecContext(ctx, "update session set data = null, ends_at = $1 where data is not null", now.Add(endedStays).UnixMilli()))
	if err != nil || n == 0 {
		return err
	}
	return db.MarkUnscrubbed(ctx, q, now)
}
