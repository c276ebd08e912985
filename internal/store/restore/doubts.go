package restore

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"sync/atomic"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/auditlog"
	"intake/internal/store/db"
	"intake/internal/store/draft"
	"intake/internal/store/erasure"
	"intake/internal/store/gate"
	"intake/internal/store/leadtable"
	"intake/internal/store/optout"
	"intake/internal/store/proof"
	"intake/internal/store/rekey"
	"intake/internal/store/session"
	"intake/internal/store/stamp"
	"intake/internal/store/table"
)

// AfterBackup is why a lead is in doubt that came from a backup.
const AfterBackup = "restored"

// Doubts says what RestoreDoubts did.
type Doubts struct {
	InDoubt int // leads that may have been sent after the backup
	Again   int // leads whose submitLead is made once more, which is safe
}

// Parts are the parts of the store that a restore works with.
type Parts struct {
	Gate     *gate.Gate
	Stamp    *stamp.Stamp
	Drafts   *draft.Drafts
	Consents *proof.Consents
	OptOuts  *optout.OptOuts
	Eraser   *erasure.Eraser
	Rotation *rekey.Rotation
	// ForgetOthers forgets what was read from a database with another id.
	ForgetOthers func(database string)
}

// Restorer is the part of the store that backs a database up, and notices that one came from a backup, however it was restored: then
// nothing that was sent since goes out again, and who was erased or opted out stays so.
type Restorer struct {
	*leadtable.Table
	parts Parts
	marks *marks // nil: this program makes no calls
	list  atomic.Pointer[listSeen]
}

// New returns the restorer of a database. The delivery mark is kept in folder; empty: this program makes no calls.
func New(t *leadtable.Table, parts Parts, folder string) *Restorer {
	s := &Restorer{Table: t, parts: parts}
	if folder != "" {
		s.marks = &marks{folder: folder}
	}
	return s
}

// RestoreDoubts makes a database that came from a backup safe to run: nothing that it holds is sent
// by itself. What was received or being sent is in doubt, because it may have been sent since; what
// was being submitted is submitted again; no lease is left, and nothing is claimed until
// LiftRestore. A second run does the same to what is left, which is nothing. Whether calls were made after
// the backup is read from the delivery mark in Options.StateDir. The entry tells who restored and why, and is
// written in the same commit; its action is filled in.
func (s *Restorer) RestoreDoubts(ctx context.Context, e audit.Entry) (d Doubts, err error) {
	defer db.Wrap(&err, "guard what came from a backup")
	now := table.AsStored(s.Now())
	e.Action = "restore"
	return auditlog.Write(ctx, s.AuditLog(), db.MigrateLimit, e, func(ctx context.Context, q db.Queries) (d Doubts, err error) {
		if _, err := s.parts.Gate.Lock(ctx, q); err != nil { // no claim meanwhile
			return d, err
		}
		sent, err := s.sentSince(ctx, q)
		if err != nil {
			return d, err
		}
		for _, statement := range []string{
			"update lead set resent = 1 where status = 'in_doubt'", // it may have been repeated after the backup, and is not again
			"update lead set lease_owner = '', lease_until = null where lease_until is not null",
			"delete from delivery_mark", // they belong to the old id
		} {
			if _, err := q.ExecContext(ctx, statement); err != nil {
				return d, err
			}
		}
		doubt := lead.Lead{DoubtSince: now, Reason: AfterBackup, ChangedAt: now}
		again := lead.Lead{Step: lead.Submit, NextAttemptAt: now, Reason: AfterBackup, ChangedAt: now}
		for _, from := range []lead.Status{lead.Received, lead.Sending, lead.Submitting} {
			count, r := &d.InDoubt, leadtable.Row{Before: from, Lead: doubt}
			if from == lead.Submitting {
				count, r.Lead = &d.Again, again
			}
			n, err := moveAll(ctx, q, lead.Restored, r, "")
			if err != nil {
				return d, err
			}
			*count += n
		}
		if _, err = q.ExecContext(ctx, newIDSQL, now.UnixMilli(), rand.Text(), table.Flag(&sent)); err != nil {
			return d, err
		}
		return d, session.EndAll(ctx, q, now)
	})
}

// newIDSQL gives the database a new id, so that the files about the database that it was copied from, which may be
// running, are neither compared with it again nor overwritten by it. sent_since stays until the restore is lifted.
const newIDSQL = `update stamp set restored_at = coalesce(restored_at, $1), parted_at = $1, database_id = $2,
	parted_before = case when restored_at is null then parted_at else parted_before end,
	sent_since = case when restored_at is null then $3 when sent_since > $3 then sent_since else $3 end where id = 1`

// moveAll makes every lead of the status r.before, as far as a condition on it selects, what r is, and adds an event to
// each. It keeps the hold: lifting a restore brings it back.
func moveAll(ctx context.Context, q db.Queries, event lead.Event, r leadtable.Row, condition string) (n int, err error) {
	if r.Status, err = r.Before.Next(event); err != nil {
		return 0, err
	}
	for _, statement := range []string{
		`insert into lead_event (lead_id, at, event, from_status, to_status, attempt, reason)
			select id, cast(:changed_at as bigint), '` + string(event) + `', status, cast(:status as text), attempt, '` + AfterBackup + `' from lead`,
		`update lead set status = :status, step = :step, next_attempt_at = :next_attempt_at, doubt_since = :doubt_since, reason = :reason,
			changed_at = :changed_at`,
	} {
		statement := table.Named(statement + " where status = :before" + condition)
		if n, err = table.Affected(leadtable.Columns.Exec(ctx, q, statement, &r)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// ErrNotRestored: there is no restore to lift.
var ErrNotRestored = errors.New("delivery does not wait for a restore to be lifted")

// ErrSentSince: more was sent than the restored database knows of.
var ErrSentSince = errors.New("calls were made after the backup that this database does not know of, or the delivery mark cannot be read, which would tell: lift without -nothing-since, and settle each lead in doubt with Alleviate")

// LiftRestore lets delivery go on after a restore. nothingSince is a person's word that nothing was
// sent after the backup, as when it was taken after a clean stop: then what was received, and in
// doubt for the restore alone, is due again. It returns how many leads that are. What was being
// sent stays in doubt. The entry tells who and why, and is written in the same commit; its action
// is filled in.
func (s *Restorer) LiftRestore(ctx context.Context, nothingSince bool, e audit.Entry) (n int, err error) {
	defer db.Wrap(&err, "let delivery go on after a restore")
	now := table.AsStored(s.Now())
	e.Action = "lift restore"
	if nothingSince {
		e.Action = "lift restore, nothing sent since"
	}
	return auditlog.Write(ctx, s.AuditLog(), db.MigrateLimit, e, func(ctx context.Context, q db.Queries) (n int, err error) {
		if _, err := s.parts.Gate.Lock(ctx, q); err != nil {
			return 0, err
		}
		st, err := stamp.Read(ctx, q)
		switch {
		case err != nil:
			return 0, err
		case st.RestoredAt.IsZero():
			return 0, ErrNotRestored
		case nothingSince && st.SentSince:
			return 0, ErrSentSince
		case nothingSince:
			due := leadtable.Row{Before: lead.InDoubt, Lead: lead.Lead{Step: lead.Send, NextAttemptAt: now, ChangedAt: now}}
			if n, err = moveAll(ctx, q, lead.RestoreLifted, due, onlyRestored); err != nil {
				return 0, err
			}
		}
		if _, err := q.ExecContext(ctx, "update stamp set restored_at = null, parted_at = case when $1 = 1 then parted_before else parted_at end", table.Flag(&nothingSince)); err != nil {
			return 0, err
		}
		// The doubts of the restore are no outage: they count towards no halt.
		_, err = q.ExecContext(ctx, "update delivery set counted_from = $1 where host = $2", now.UnixMilli(), s.parts.Gate.Host)
		return n, err
	})
}

// sentSince says whether the delivery mark of the database, whose id a copy has until it is guarded, counts
// claims that the database does not know of. A mark that cannot be read may count some.
func (s *Restorer) sentSince(ctx context.Context, q db.Queries) (bool, error) {
	if s.marks == nil {
		return false, nil
	}
	st, err := stamp.Read(ctx, q)
	if err != nil {
		return false, err
	}
	mark, err := s.marks.read(st.ID)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist), nil
	}
	why, _, err := olderThan(ctx, q, mark)
	return why != "", err
}

// onlyRestored is the condition of leads that were received and are in doubt for the last restore alone. "Nothing was
// sent since" is about the last backup: doubts of an earlier restore stay.
const onlyRestored = ` and reason = 'restored' and doubt_since >= (select restored_at from stamp where id = 1) and exists (select 1 from lead_event
	where lead_event.lead_id = lead.id and event = 'restored' and from_status = 'received' and lead_event.at = doubt_since)`
