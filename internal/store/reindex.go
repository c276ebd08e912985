package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

const (
	// A page of the leads behind $1, whatever keys their indexes were made by: a search for old ones could walk over all.
	indexPageSQL = `select id, status, step, erased_at, index_version, email_index, home_phone_index, cell_phone_index, work_phone_index
		from lead_private cross join lead where lead.id = lead_id and lead_id > $1 order by lead_id limit $2`

	// It locks the lead before its private row, as everybody does who changes both.
	indexesSQL = `select id, index_version, email_index, home_phone_index, cell_phone_index, work_phone_index
		from lead join lead_private on lead_id = id where id = $1`
)

// indexedBefore says whether the lead has blind indexes by older keys than that version.
func (r *leadRow) indexedBefore(version int) bool {
	return r.indexVersion < version && (r.emailIndex != nil || r.homePhone != nil || r.cellPhone != nil || r.workPhone != nil)
}

// mayBeSent says whether the lead may still be sent. Those leads are re-indexed first: while a lead and the opt-out
// of its person have indexes by different keys, no claim can match them.
func (r *leadRow) mayBeSent() bool { return hasNextStep(r.Lead) && r.ErasedAt.IsZero() }

// beforeReindex is how long before a re-indexing an opt-out may have begun that could not match the leads.
const beforeReindex = time.Minute

// Reindex brings all blind indexes up to date with the key file, 100 leads a commit, while others go on
// saving and claiming: those of leads and of opt-outs, although nobody knows the values any more. It
// may be interrupted and run again. It tells progress the number of leads after each commit, and returns
// it. The entry tells who and why, and is written at the end; its action is filled in.
func (s *Store) Reindex(ctx context.Context, e audit.Entry, progress func(leads int)) (int, error) {
	n, err := s.reindexAll(ctx, progress)
	if err == nil {
		e.Action = fmt.Sprint("make indexes anew, version ", s.keys.IndexVersion())
		err = s.AuditLog().Write(ctx, e)
	}
	if err != nil {
		return n, fmt.Errorf("make the indexes anew: %w", db.Clean(err))
	}
	return n, nil
}

// OldIndexes tells how many leads and opt-outs have indexes by older keys than those of the key file.
func (s *Store) OldIndexes(ctx context.Context) (n int, err error) {
	for last := lead.PartnerID(""); ; {
		rows, err := leadTable.All(ctx, s.engine.Reader(), indexPageSQL, last, indexPage)
		if err != nil {
			return 0, fmt.Errorf("count old indexes: %w", db.Clean(err))
		}
		for i := range rows {
			if last = rows[i].ID; rows[i].indexedBefore(s.keys.IndexVersion()) {
				n++
			}
		}
		if len(rows) < indexPage {
			break
		}
	}
	persons, err := s.oldPersons(ctx)
	if err != nil {
		return 0, fmt.Errorf("count old indexes: %w", db.Clean(err))
	}
	return n + len(persons), nil
}

func (s *Store) reindexAll(ctx context.Context, progress func(int)) (int, error) {
	if err := s.keys.Refresh(); err != nil {
		return 0, err
	}
	begun, leads := s.now(), 0
	for {
		if err := s.reindexPersons(ctx, false); err != nil { // first, so that leads with old and with new indexes both match
			return leads, err
		}
		before := leads
		for _, urgent := range []bool{true, false} {
			n, err := s.reindexLeads(ctx, urgent, "", func(n int) { progress(leads + n) })
			if leads += n; err != nil {
				return leads, err
			}
		}
		if err := errors.Join(s.reindexPersons(ctx, true), s.reindexActs(ctx)); err != nil {
			return leads, err
		}
		if _, err := s.ApplyOptOuts(ctx, begun.Add(-beforeReindex)); err != nil {
			return leads, err
		}
		if leads == before { // somebody who did not know of the new key yet may have saved more
			return leads, nil
		}
	}
}

// indexPage is how many leads are read at once, and reindexBatch how many share a commit.
const (
	indexPage    = 500
	reindexBatch = 100
)

// reindexLeads goes once through the leads behind an id; with urgent, through those that may still be sent.
func (s *Store) reindexLeads(ctx context.Context, urgent bool, last lead.PartnerID, progress func(int)) (done int, err error) {
	for {
		rows, err := leadTable.All(ctx, s.engine.Reader(), indexPageSQL, last, indexPage)
		if err != nil {
			return done, err
		}
		var old []lead.PartnerID
		for i := range rows {
			if last = rows[i].ID; rows[i].indexedBefore(s.keys.IndexVersion()) && (!urgent || rows[i].mayBeSent()) {
				old = append(old, last)
			}
		}
		for batch := range slices.Chunk(old, reindexBatch) {
			if err := ctx.Err(); err != nil {
				return done, err
			}
			_, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
				return none, s.reindexSome(ctx, q, batch)
			})
			if err != nil {
				return done, err
			}
			done += len(batch)
			progress(done)
		}
		if len(rows) < indexPage {
			return done, nil
		}
	}
}

// reindexSome reads the leads once more: one may have been erased since.
func (s *Store) reindexSome(ctx context.Context, q db.Queries, ids []lead.PartnerID) error {
	for _, id := range ids {
		r, err := oneLead(ctx, q, indexesSQL+s.engine.LockRow(), id)
		if err == nil && r.indexedBefore(s.keys.IndexVersion()) {
			err = s.reindexLead(ctx, q, &r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) reindexLead(ctx context.Context, q db.Queries, r *leadRow) error {
	r.indexVersion = s.keys.IndexVersion() // read before the hashes: an index may be newer than the row says
	for _, index := range []*[]byte{&r.emailIndex, &r.homePhone, &r.cellPhone, &r.workPhone} {
		if *index == nil {
			continue
		}
		now, err := s.keys.Reindex(*index)
		if err != nil {
			return fmt.Errorf("lead %s: %w", r.ID, err)
		}
		*index = now
	}
	had, err := deletePersons(ctx, q, r.ID)
	if err != nil {
		return err
	}
	if _, err := leadTable.Exec(ctx, q, updateIndexes, r); err != nil {
		return err
	}
	return restorePersons(ctx, q, r.ID, had)
}

// oldPersons are the people who opted out whose index was made by older keys. The index says so by
// itself: what a row says may be newer.
func (s *Store) oldPersons(ctx context.Context) (persons [][]byte, err error) {
	version := s.keys.IndexVersion()
	err = table.Each(ctx, s.engine.Reader(), "select person from suppression", func(row *sql.Rows) error {
		var person []byte
		err := row.Scan(&person)
		if seal.IndexedBy(person) < version {
			persons = append(persons, bytes.Clone(person))
		}
		return err
	})
	return persons, err
}

// reindexPersons copies each old row to its new index, and in the end drops the old one.
func (s *Store) reindexPersons(ctx context.Context, drop bool) error {
	old, err := s.oldPersons(ctx)
	if err != nil {
		return err
	}
	for len(old) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch := old[:min(len(old), resealBatch)]
		_, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
			for _, person := range batch {
				if err := s.reindexPerson(ctx, q, person, drop); err != nil {
					return none, err
				}
			}
			return none, nil
		})
		if err != nil {
			return err
		}
		old = old[len(batch):]
	}
	return nil
}

func (s *Store) reindexPerson(ctx context.Context, q db.Queries, person []byte, drop bool) error {
	version := s.keys.IndexVersion()
	index, err := s.keys.Reindex(person)
	if err != nil {
		return err
	}
	var row suppressed
	if err := q.QueryRowContext(ctx, "select since, last_at, channel from suppression where person = $1"+s.engine.LockRow(), person).
		Scan(&row.since, &row.last, &row.channel); err != nil {
		return err
	}
	for _, at := range []int64{row.since, row.last} {
		if _, err := q.ExecContext(ctx, insertSuppression, index, version, at, row.channel); err != nil {
			return err
		}
	}
	if !drop {
		return nil
	}
	_, err = q.ExecContext(ctx, "delete from suppression where person = $1", person)
	return err
}

// oldAct is an opt-out whose blind indexes are by an older key, so that a search for its person does not find it.
type oldAct struct {
	id           string
	phone, email []byte
}

// reindexActs brings the acts up to date.
func (s *Store) reindexActs(ctx context.Context) error {
	version := s.keys.IndexVersion()
	var old []oldAct
	err := table.Each(ctx, s.engine.Reader(), "select id, phone_index, email_index from opt_out", func(row *sql.Rows) error {
		var act oldAct
		err := row.Scan(&act.id, &act.phone, &act.email)
		if act.phone != nil && seal.IndexedBy(act.phone) < version || act.email != nil && seal.IndexedBy(act.email) < version {
			old = append(old, oldAct{act.id, bytes.Clone(act.phone), bytes.Clone(act.email)})
		}
		return err
	})
	for _, act := range old {
		if err == nil {
			err = s.reindexAct(ctx, act)
		}
	}
	return err
}

func (s *Store) reindexAct(ctx context.Context, act oldAct) error {
	for _, index := range []*[]byte{&act.phone, &act.email} {
		if *index == nil {
			continue
		}
		now, err := s.keys.Reindex(*index)
		if err != nil {
			return err
		}
		*index = now
	}
	_, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, "update opt_out set phone_index = $1, email_index = $2 where id = $3", act.phone, act.email, act.id)
	})
	return err
}
