package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// Record writes what became of attempt and moves the lead as the table says; the lease ends. An
// outcome of the current attempt counts however late it comes, whatever open status it finds.
//
// When a later attempt has begun, or the table has no such move, the error is lead.ErrFenced: the
// lead stays as it is and the outcome is in its history, marked late. The same outcome again, to the millisecond of its At, is not written twice and gets the
// same answer. No such lead is lead.ErrNotFound. Record goes on when ctx ends.
func (s *Store) Record(ctx context.Context, id lead.PartnerID, attempt int, out lead.Outcome) (err error) {
	defer db.Wrap(&err, "record outcome of lead %s", id)
	switch out.Event {
	case lead.SendBegun, lead.ResendBegun, lead.SubmitBegun, lead.LookBegun:
		return fmt.Errorf("only a claim brings %q", out.Event)
	}
	if out.At.IsZero() {
		out.At = s.leads.Now()
	}
	out.At = table.AsStored(out.At)
	refused, err := db.Write(ctx, s.leads.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (error, error) {
		return s.record(ctx, q, id, attempt, out)
	})
	return cmp.Or(err, refused)
}

// refusedMove is why the table of moves refused an outcome. For callers it is lead.ErrFenced, since they do the
// same about it: report it, and not try again.
type refusedMove struct{ error }

// Is says that it is lead.ErrFenced.
func (refusedMove) Is(target error) bool { return target == lead.ErrFenced }

// record returns in refused why the outcome moved nothing. That is no error: its history entry must be committed.
func (s *Store) record(ctx context.Context, q db.Queries, id lead.PartnerID, attempt int, out lead.Outcome) (refused, err error) {
	l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts+s.leads.Engine.LockRow(), id)
	if err != nil {
		return nil, err
	}
	known, late, err := inHistory(ctx, q, id, attempt, out)
	if err != nil || known && !late {
		return nil, err
	}
	if refused = refusal(l, attempt, out.Event); refused == nil {
		return nil, s.applyOutcome(ctx, q, l, out)
	}
	if known {
		return refused, nil
	}
	e := leadtable.EventOf(out, l.Status, l.Status, attempt)
	e.Late = true
	if err := leadtable.AddEvent(ctx, q, id, e); err != nil {
		return nil, err
	}
	_, err = s.leads.CloseIfOptedOut(ctx, q, l)
	return refused, err
}

// applyOutcome moves l, closes it if its person opted out while the call was running, and halts createLead if there
// are too many doubts now.
func (s *Store) applyOutcome(ctx context.Context, q db.Queries, l lead.Lead, out lead.Outcome) error {
	next, err := leadtable.Move(ctx, q, l, out)
	if err != nil {
		return err
	}
	if _, err := s.leads.CloseIfOptedOut(ctx, q, next); err != nil || out.Event != lead.Ambiguous {
		return err
	}
	return s.haltIfTooMany(ctx, q)
}

// refusal is why l does not take the event of attempt, or nil.
func refusal(l lead.Lead, attempt int, event lead.Event) error {
	if l.Attempt != attempt {
		return lead.ErrFenced
	}
	if _, err := l.Status.Next(event); err != nil {
		return refusedMove{err}
	}
	return nil
}

// inHistory says whether this very outcome was written already.
func inHistory(ctx context.Context, q db.Queries, id lead.PartnerID, attempt int, out lead.Outcome) (known, late bool, err error) {
	err = q.QueryRowContext(ctx,
		"select late from lead_event where lead_id = $1 and attempt = $2 and event = $3 and at = $4 order by late limit 1",
		id, attempt, out.Event, out.At.UnixMilli()).Scan(table.Flag(&late))
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	return err == nil, late, err
}
