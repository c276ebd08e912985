package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/db"
)

// indexed is the condition of leads that have blind indexes by older keys than $1.
const indexed = `index_version < $1 and (email_index is not null or home_phone_index is not null
	or cell_phone_index is not null or work_phone_index is not null)`

// Leads that may still be sent are re-indexed first: while a lead and the opt-out of its person have indexes by
// different keys, no claim can match them.
const (
	mayBeSent = indexed + ` and status not in ('submitted', 'closed') and erased_at is null and not (status = 'created' and step = '')`

	// It locks the lead before its private row, as everybody does who changes both.
	oldLeadsSQL = `select id, email_index, home_phone_index, cell_phone_index, work_phone_index
		from lead join lead_private on lead_id = id where `
	oldLeadsEnd = ` and id > $2 order by id limit $3`
)

// beforeReindex is how long before a re-indexing an opt-out may have begun that could not match the leads.
const beforeReindex = time.Minute

// Reindex brings all blind indexes up to date with the key file, 200 leads a commit, while others go on
// saving and claiming: those of leads and of opt-outs, although nobody knows the values any more. It
// may be interrupted and run again. It tells progress the number of leads after each commit, and returns
// it. The entry tells who and why, and is written at the end; its action is filled in.
func (s *Store) Reindex(ctx context.Context, e audit.Entry, progress func(leads int)) (int, error) {
	n, err := s.reindexAll(ctx, progress)
	if err == nil {
		e.Action = fmt.Sprint("make indexes anew, version ", s.keys.IndexVersion())
		err = s.Audit(ctx, e)
	}
	if err != nil {
		return n, fmt.Errorf("make the indexes anew: %w", db.Clean(err))
	}
	return n, nil
}

// OldIndexes tells how many leads and opt-outs have indexes by older keys than those of the key file.
func (s *Store) OldIndexes(ctx context.Context) (n int, err error) {
	version := s.keys.IndexVersion()
	if err := s.engine.Reader().QueryRowContext(ctx, "select count(*) from lead_private where "+indexed, version).Scan(&n); err != nil {
		return 0, fmt.Errorf("count old indexes: %w", db.Clean(err))
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
		for _, condition := range []string{mayBeSent, indexed} {
			n, err := s.reindexLeads(ctx, condition, func(n int) { progress(leads + n) })
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

// reindexLeads goes through the leads of a condition once.
func (s *Store) reindexLeads(ctx context.Context, condition string, progress func(int)) (done int, err error) {
	for last := lead.PartnerID(""); ; {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		ids, err := write(ctx, s, courierLimit, func(ctx context.Context, q db.Queries) ([]lead.PartnerID, error) {
			return s.reindexSome(ctx, q, condition, last)
		})
		if err != nil {
			return done, err
		}
		if done += len(ids); len(ids) > 0 {
			progress(done)
			last = ids[len(ids)-1]
		}
		if len(ids) < resealBatch {
			return done, nil
		}
	}
}

func (s *Store) reindexSome(ctx context.Context, q db.Queries, condition string, after lead.PartnerID) (ids []lead.PartnerID, err error) {
	rows, err := leadTable.all(ctx, q, oldLeadsSQL+condition+oldLeadsEnd+s.engine.LockRow(), s.keys.IndexVersion(), after, resealBatch)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if err := s.reindexLead(ctx, q, &rows[i]); err != nil {
			return nil, err
		}
		ids = append(ids, rows[i].ID)
	}
	return ids, nil
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
	if _, err := q.ExecContext(ctx, updateIndexes.text, leadTable.args(updateIndexes, r)...); err != nil {
		return err
	}
	return restorePersons(ctx, q, r.ID, had)
}

// oldPersons are the people who opted out whose index was made by older keys. The index says so by
// itself: what a row says may be newer.
func (s *Store) oldPersons(ctx context.Context) (persons [][]byte, err error) {
	version := s.keys.IndexVersion()
	err = eachRow(ctx, s.engine.Reader(), "select person from suppression", func(row *sql.Rows) error {
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
		_, err := write(ctx, s, courierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
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
	err := eachRow(ctx, s.engine.Reader(), "select id, phone_index, email_index from opt_out", func(row *sql.Rows) error {
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
	_, err := write(ctx, s, courierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, "update opt_out set phone_index = $1, email_index = $2 where id = $3", act.phone, act.email, act.id)
	})
	return err
}
