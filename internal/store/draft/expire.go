package draft

import (
	"context"
	"time"

	"intake/internal/store/db"
)

// ExpireDrafts erases the Social Security numbers of drafts whose time is over by now, and the drafts
// whose time is over together with the pages that they were shown and that no consent record names.
// It returns how many numbers and drafts went. It may be interrupted and run again, also by several
// processes at once; after an error, what it returns was done. Nobody is shown what is still to be
// erased, but it stands in the files of the database until the next Erase.
func (s *Drafts) ExpireDrafts(ctx context.Context, now time.Time) (done int, err error) {
	defer db.Wrap(&err, "expire drafts")
	numbers, err := s.EraseRows(ctx, overDrafts(s.Engine, "ssn_until")+eraseSSNs, now)
	if err != nil {
		return numbers, err
	}
	drafts, err := s.EraseRows(ctx, overDrafts(s.Engine, "expires_at")+deleteDrafts, now, deletePages)
	return numbers + drafts, err
}

const (
	eraseSSNs    = "update draft set ssn = null, ssn_until = null, changes = changes + 1 where id in (select over_id from over) returning id"
	deleteDrafts = "delete from draft where id in (select over_id from over) returning id"

	// Pages of a draft that no lead was sent from.
	unaccepted = "draft = $1 and id not in (select page_id from lead where draft_id = $1)"
)

// overDrafts picks up to $2 drafts whose time in the column was over at $1, but for those that another process has locked.
func overDrafts(e db.Engine, column string) string {
	return "with over (over_id) as materialized (select id from draft where " + column + " <= $1 order by " + column + " limit $2" + e.SkipLocked() + ") "
}

// Delete deletes a draft, and the pages that it was shown and that no lead was sent from. The draft goes first: whoever
// adds a page has locked it.
func Delete(ctx context.Context, q db.Queries, id string) error {
	if _, err := q.ExecContext(ctx, "delete from draft where id = $1", id); err != nil {
		return err
	}
	return deletePages(ctx, q, id)
}

func deletePages(ctx context.Context, q db.Queries, draft string) error {
	for _, statement := range []string{
		"delete from page_private where page_id in (select id from shown_page where " + unaccepted + ")",
		"delete from shown_page where " + unaccepted,
	} {
		if _, err := q.ExecContext(ctx, statement, draft); err != nil {
			return err
		}
	}
	return nil
}
