package rekey

import (
	"context"
	"fmt"
	"slices"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/optout"
	"intake/internal/store/table"
)

const (
	// A page of the leads behind $1, whatever keys their indexes were made by: a search for old ones could walk over all.
	indexPageSQL = `select id, status, step, erased_at, email_index, home_phone_index, cell_phone_index, work_phone_index
		from lead_private cross join lead where lead.id = lead_id and lead_id > $1 order by lead_id limit $2`

	// It locks the lead before its private row, as everybody does who changes both.
	indexesSQL = `select id, email_index, home_phone_index, cell_phone_index, work_phone_index
		from lead join lead_private on lead_id = id where id = $1`
)

// indexPage is how many leads are read at once, and reindexBatch how many share a commit.
const (
	indexPage    = 500
	reindexBatch = 100
)

// isOld says whether there is an index and it was made by older keys than those of the key file.
func (s *Rotation) isOld(index []byte) bool {
	return index != nil && seal.IndexedBy(index) < s.Keys.IndexVersion()
}

func (s *Rotation) hasOldIndex(r leadtable.Row) bool {
	return slices.ContainsFunc(r.Indexes(), func(index *[]byte) bool { return s.isOld(*index) })
}

// mayBeSent says whether the lead may still be sent. Those leads are re-indexed first: while a lead and the opt-out
// of its person have indexes by different keys, no claim can match them.
func mayBeSent(r *leadtable.Row) bool { return leadtable.HasNextStep(r.Lead) && r.ErasedAt.IsZero() }

// beforeReindex is how long before a re-indexing an opt-out may have begun that could not match the leads.
const beforeReindex = time.Minute

// Reindex brings all blind indexes up to date with the key file, 100 leads a commit, while others go on
// saving and claiming: those of leads and of opt-outs, although nobody knows the values any more. It
// may be interrupted and run again. It tells progress the number of leads after each commit, and returns
// it. The entry tells who and why, and is written at the end; its action is filled in.
func (s *Rotation) Reindex(ctx context.Context, e audit.Entry, progress func(leads int)) (leads int, err error) {
	defer db.Wrap(&err, "make the indexes anew")
	if leads, err = s.ReindexAll(ctx, progress); err != nil {
		return leads, err
	}
	e.Action = fmt.Sprint("make indexes anew, version ", s.Keys.IndexVersion())
	return leads, s.AuditLog().Write(ctx, e)
}

// OldIndexes tells how many leads and opt-outs have indexes by older keys than those of the key file.
func (s *Rotation) OldIndexes(ctx context.Context) (n int, err error) {
	defer db.Wrap(&err, "count old indexes")
	err = s.eachOldPage(ctx, "", func(old []leadtable.Row) error {
		n += len(old)
		return nil
	})
	if err != nil {
		return 0, err
	}
	persons, err := s.oldPersons(ctx)
	return n + len(persons), err
}

// ReindexAll is Reindex without an audit entry.
func (s *Rotation) ReindexAll(ctx context.Context, progress func(int)) (leads int, err error) {
	if err := s.Keys.Refresh(); err != nil {
		return 0, err
	}
	begun := s.Now()
	count := func(n int) {
		leads += n
		progress(leads)
	}
	for before := -1; leads > before; { // somebody who did not know of the new key yet may have saved more
		before = leads
		for _, step := range []func() error{
			func() error { return s.reindexPersons(ctx, false) }, // first, so that leads with old and with new indexes both match
			func() error { return s.ReindexLeads(ctx, true, "", count) },
			func() error { return s.ReindexLeads(ctx, false, "", count) },
			func() error { return s.reindexPersons(ctx, true) },
			func() error { return s.reindexActs(ctx) },
		} {
			if err := step(); err != nil {
				return leads, err
			}
		}
		if _, err := s.optOuts.ApplyOptOuts(ctx, begun.Add(-beforeReindex)); err != nil {
			return leads, err
		}
	}
	return leads, nil
}

// eachOldPage calls act with the leads that have blind indexes by older keys, of each page behind an id.
func (s *Rotation) eachOldPage(ctx context.Context, last lead.PartnerID, act func([]leadtable.Row) error) error {
	for {
		rows, err := leadtable.Columns.All(ctx, s.Engine.Reader(), indexPageSQL, last, indexPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		last = rows[len(rows)-1].ID
		if err := act(slices.DeleteFunc(rows, func(r leadtable.Row) bool { return !s.hasOldIndex(r) })); err != nil {
			return err
		}
	}
}

// ReindexLeads goes once through the leads behind an id; with urgent, through those that may still be sent.
func (s *Rotation) ReindexLeads(ctx context.Context, urgent bool, last lead.PartnerID, done func(int)) error {
	return s.eachOldPage(ctx, last, func(old []leadtable.Row) error {
		if urgent {
			old = slices.DeleteFunc(old, func(r leadtable.Row) bool { return !mayBeSent(&r) })
		}
		return db.EachInBatches(ctx, s.Engine, old, reindexBatch, s.reindexLead, done)
	})
}

// reindexLead reads the lead once more: it may have been erased since.
func (s *Rotation) reindexLead(ctx context.Context, q db.Queries, old leadtable.Row) (int, error) {
	r, err := leadtable.One(ctx, q, indexesSQL+s.Engine.LockRow(), old.ID)
	if err != nil || !s.hasOldIndex(r) {
		return 1, err
	}
	for _, index := range r.Indexes() {
		if *index == nil {
			continue
		}
		if *index, err = s.Keys.Reindex(*index); err != nil {
			return 0, fmt.Errorf("lead %s: %w", r.ID, err)
		}
	}
	return 1, leadtable.ReplaceIndexes(ctx, q, &r)
}

// oldPersons are the people who opted out whose index was made by older keys.
func (s *Rotation) oldPersons(ctx context.Context) ([]string, error) {
	persons, err := table.Texts(ctx, s.Engine.Reader(), "select person from suppression")
	return slices.DeleteFunc(persons, func(person string) bool { return !s.isOld([]byte(person)) }), err
}

// reindexPersons copies each old row to its new index, and in the end drops the old one.
func (s *Rotation) reindexPersons(ctx context.Context, drop bool) error {
	old, err := s.oldPersons(ctx)
	if err != nil {
		return err
	}
	return db.EachInBatches(ctx, s.Engine, old, resealBatch, func(ctx context.Context, q db.Queries, person string) (int, error) {
		return 1, s.reindexPerson(ctx, q, []byte(person), drop)
	}, func(int) {})
}

func (s *Rotation) reindexPerson(ctx context.Context, q db.Queries, person []byte, drop bool) error {
	var row optout.Suppression
	err := q.QueryRowContext(ctx, "select since, last_at, channel from suppression where person = $1"+s.Engine.LockRow(), person).
		Scan(&row.Since, &row.Last, &row.Channel)
	if err != nil {
		return err
	}
	index, err := s.Keys.Reindex(person)
	if err == nil {
		err = optout.Insert(ctx, q, index, row)
	}
	if err == nil && drop {
		_, err = q.ExecContext(ctx, "delete from suppression where person = $1", person)
	}
	return err
}

// actIndexes are the blind indexes of opt-outs: a search for their person goes by them.
var actIndexes = sealedTable{"opt_out", "id", []string{"phone_index", "email_index"}, make([]string, 2)}

// reindexActs brings the acts up to date.
func (s *Rotation) reindexActs(ctx context.Context) error {
	broken, err := s.replaceValues(ctx, actIndexes, "", func(index []byte, _, _ string) ([]byte, error) {
		if !s.isOld(index) {
			return nil, nil
		}
		return s.Keys.Reindex(index)
	}, func(int) {})
	if broken > 0 && err == nil {
		err = fmt.Errorf("%d indexes of opt-outs are by no key of the key file", broken)
	}
	return err
}
