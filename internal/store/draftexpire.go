package store

import (
	"context"
	"fmt"
	"time"

	"intake/internal/store/db"
	"intake/internal/store/table"
)

// ExpireDrafts erases the Social Security numbers of drafts whose time is over by now, and the drafts
// whose time is over together with the pages that they were shown and that no consent record names.
// It returns how many numbers and drafts went. It may be interrupted and run again, also by several
// processes at once; after an error, what it returns was done. Nobody is shown what is still to be
// erased, but it stands in the files of the database until the next Erase.
func (s *Store) ExpireDrafts(ctx context.Context, now time.Time) (int, error) {
	var done int
	for _, some := range []func(context.Context, db.Queries, time.Time) (int, error){s.expireSSNs, s.expireSomeDrafts} {
		for {
			if err := ctx.Err(); err != nil {
				return done, err
			}
			n, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (int, error) { return some(ctx, q, now) })
			if err != nil {
				return done, fmt.Errorf("expire drafts: %w", err)
			}
			done += n
			if n < expireBatch {
				break
			}
		}
	}
	return done, nil
}

const (
	ssnsOverSQL   = "select id from draft where ssn_until is not null and ssn_until <= $1 order by ssn_until limit $2"
	draftsOverSQL = "select id from draft where expires_at <= $1 order by expires_at limit $2"
	eraseSSNSQL   = "update draft set ssn = null, ssn_until = null, changes = changes + 1 where id = $1"

	// Pages of a draft that no lead was sent from.
	unacceptedSQL = "select id from shown_page where draft = $1 and id not in (select page_id from lead where draft_id = $1)"
)

func (s *Store) expireSSNs(ctx context.Context, q db.Queries, now time.Time) (int, error) {
	ids, err := table.Texts(ctx, q, ssnsOverSQL+s.engine.SkipLocked(), now.UnixMilli(), expireBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if _, err := q.ExecContext(ctx, eraseSSNSQL, id); err != nil {
			return 0, err
		}
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return len(ids), db.MarkUnscrubbed(ctx, q, now)
}

func (s *Store) expireSomeDrafts(ctx context.Context, q db.Queries, now time.Time) (int, error) {
	over, err := table.Texts(ctx, q, draftsOverSQL+s.engine.SkipLocked(), now.UnixMilli(), expireBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range over {
		if err := deleteDraft(ctx, q, id); err != nil {
			return 0, err
		}
	}
	if len(over) == 0 {
		return 0, nil
	}
	return len(over), db.MarkUnscrubbed(ctx, q, now)
}

// deleteDraft deletes a draft, and the pages that it was shown and that no lead was sent from.
func deleteDraft(ctx context.Context, q db.Queries, id string) error {
	pages, err := table.Texts(ctx, q, unacceptedSQL, id)
	if err != nil {
		return err
	}
	for _, page := range pages {
		for _, statement := range []string{"delete from page_private where page_id = $1", "delete from shown_page where id = $1"} {
			if _, err := q.ExecContext(ctx, statement, page); err != nil {
				return err
			}
		}
	}
	_, err = q.ExecContext(ctx, "delete from draft where id = $1", id)
	return err
}
