// Package erasure erases what people told us, when its retention is over and on request.
package erasure

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/disposition"
	"intake/internal/store/leadtable"
	"intake/internal/store/registry"
	"intake/internal/store/table"
)

// Retention says how long each class of records is kept after a lead's final result.
type Retention struct {
	SSN      time.Duration
	Answers  time.Duration // all other answers, and the visitor's address
	Evidence time.Duration // the personal data of the consent record, and the words of the page
}

// A lead without a final result does not live for ever. These count from its receipt.
const (
	SSNAtMost     = leadtable.SSNAtMost
	AnswersAtMost = 90 * 24 * time.Hour
	warnBefore    = 7 * 24 * time.Hour

	eraseAhead = time.Hour // erasures run hourly and are never late
	duePage    = 500       // leads that are read at once
)

// Erased says what an erasure did, or would do.
type Erased struct {
	SSNs, Answers, Evidence int // of so many leads
	OptOuts                 int // acts whose sealed details were erased; the suppression stays
	// Left are the leads whose time has come while their lease runs: the next run erases them.
	Left []lead.PartnerID
	// Soon are the leads without a final result that lose their answers within a week.
	Soon []lead.PartnerID
	// Unscrubbed is since when overwritten values may still be found in the database's files,
	// because it was too busy or too big to rewrite them; the zero time when none are. With an
	// error it says that this alone has failed.
	Unscrubbed time.Time
}

// add counts what goes of a lead.
func (e *Erased) add(events []lead.Event) {
	for _, event := range events {
		switch event {
		case leadtable.SSNErased:
			e.SSNs++
		case leadtable.AnswersErased:
			e.Answers++
		case leadtable.EvidenceErased:
			e.Evidence++
		}
	}
}

const timeOver = "retention" // the reason of a lead that is closed because its answers are erased

const (
	erasable       = "select " + leadtable.FactColumns + ", draft_id, page_id, erase_due_at, ssn_key, evidence_key from lead join lead_private on lead_id = id where "
	selectErasable = erasable + "id = $1"
	selectDue      = erasable + "erase_due_at <= $1 and lease_until is null order by erase_due_at limit $2"
	selectAfter    = erasable + "(erase_due_at, id) > ($1, $2) and erase_due_at <= $3 order by erase_due_at, id limit $4"
)

var updateErased = table.Named("update lead set erase_due_at = :erase_due_at, erased_at = :erased_at where id = :id")

// emptied are the statements that erase what an event tells of, in the rows of the lead $1 and of the page $1 that it was
// sent from. A record without its data key is noise; it is dropped for its size alone.
var emptied = map[lead.Event]struct{ ofLead, ofPage []string }{
	leadtable.SSNErased:      {ofLead: registry.Emptying(leadTables, registry.WithSSN)},
	leadtable.AnswersErased:  {append(registry.Emptying(leadTables, registry.WithSSN, registry.WithAnswers), disposition.EraseNotes), registry.Emptying(pageTables, registry.WithAnswers)},
	leadtable.EvidenceErased: {registry.Emptying(leadTables, registry.WithEvidence), registry.Emptying(pageTables, registry.WithAnswers, registry.WithEvidence)},
}

var leadTables, pageTables = []string{"lead_private", "lead"}, []string{"page_private", "shown_page"}

// Due says when each class of the records of a lead is erased at the latest, as far as it is there.
func (r Retention) Due(l lead.Lead) (ssn, answers, evidence time.Time) {
	after := func(kept, atMost time.Duration) time.Time {
		if l.FinalAt.IsZero() {
			return l.ReceivedAt.Add(atMost)
		}
		return l.FinalAt.Add(kept)
	}
	return after(r.SSN, SSNAtMost), after(r.Answers, AnswersAtMost), after(r.Evidence, r.Evidence)
}

// due are the events of what is to be erased of a lead by then, in their order, and when it is to be looked at next; the zero
// time when nothing will be left.
func (r Retention) due(l *leadtable.Row, until time.Time) (events []lead.Event, next time.Time) {
	ssn, answers, evidence := r.Due(l.Lead)
	for _, class := range []struct {
		event lead.Event
		there bool
		at    time.Time
	}{
		{leadtable.SSNErased, l.SSNKey != nil, ssn},
		{leadtable.AnswersErased, l.ErasedAt.IsZero(), answers},
		{leadtable.EvidenceErased, l.EvidenceKey != nil, evidence},
	} {
		switch {
		case !class.there:
		case !class.at.After(until):
			events = append(events, class.event)
		case next.IsZero() || class.at.Before(next):
			next = class.at
		}
	}
	return events, next
}

// Eraser is the part of the store that erases.
type Eraser struct{ *leadtable.Table }

// Erase erases everything that is due within an hour from now, and makes it unreadable in the files
// of the database. A lead that is still open is closed when it loses its answers. It
// may be interrupted and run again, also by several processes at once; after an error, what it
// returns was done.
func (s *Eraser) Erase(ctx context.Context, now time.Time, keep Retention) (done Erased, err error) {
	defer db.Wrap(&err, "erase")
	now = table.AsStored(now)
	if err := s.useRetention(ctx, keep); err != nil {
		return done, err
	}
	if done, err = s.EraseDue(ctx, now, keep); err != nil {
		return done, err
	}
	if done.OptOuts, err = s.EraseRows(ctx, eraseOldOptOuts, now.Add(eraseAhead-keep.Evidence)); err != nil {
		return done, err
	}
	rest, err := s.lookAtDue(ctx, now, keep, now.Add(warnBefore))
	if err != nil {
		return done, err
	}
	done.Left, done.Soon = rest.Left, rest.Soon
	done.Unscrubbed, err = s.Scrub(ctx, false)
	return done, err
}

// WouldErase says what Erase would do, and changes nothing.
func (s *Eraser) WouldErase(ctx context.Context, now time.Time, keep Retention) (would Erased, err error) {
	defer db.Wrap(&err, "look at what is to be erased")
	now = table.AsStored(now)
	until := now.Add(warnBefore)
	changed, err := s.retentionChanged(ctx, keep)
	if err != nil {
		return would, err
	}
	if changed {
		until = leadtable.FarFuture // the times in the table are by other settings
	}
	if would, err = s.lookAtDue(ctx, now, keep, until); err != nil {
		return would, err
	}
	err = s.Engine.Reader().QueryRowContext(ctx, "select count(*) from opt_out where "+oldOptOut, now.Add(eraseAhead-keep.Evidence).UnixMilli()).Scan(&would.OptOuts)
	return would, err
}

const (
	// oldOptOut is the condition of an act that is as old as evidence may be.
	oldOptOut       = "at <= $1 and person is not null"
	eraseOldOptOuts = "update opt_out set person = null where id in (select id from opt_out where " + oldOptOut + " order by at limit $2) returning id"
)

// text is how the settings are compared.
func (r Retention) text() string { return fmt.Sprint(r.SSN, r.Answers, r.Evidence) }

// retentionChanged says whether erase_due_at is by other settings.
func (s *Eraser) retentionChanged(ctx context.Context, keep Retention) (bool, error) {
	var used string
	err := s.Engine.Reader().QueryRowContext(ctx, "select retention from stamp where id = 1").Scan(&used)
	return used != keep.text(), err
}

// useRetention sees that retention looks at every lead again when the settings have changed since the last time.
func (s *Eraser) useRetention(ctx context.Context, keep Retention) error {
	changed, err := s.retentionChanged(ctx, keep)
	if err != nil || !changed {
		return err
	}
	if err := s.LookAgain(ctx, ""); err != nil {
		return err
	}
	_, err = db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, "update stamp set retention = $1 where id = 1", keep.text())
	})
	return err
}

// LookAgain makes all leads behind an id due at once, if anything is left of them. Erase then computes when they are.
func (s *Eraser) LookAgain(ctx context.Context, last string) error {
	query := `update lead set erase_due_at = case when erase_due_at is not null then received_at end
		where id in (select id from lead where id > $1 order by id limit $2` + s.Engine.LockRow() + `) returning id`
	return db.InBatches(ctx, s.Engine, db.BatchRows, func(ctx context.Context, q db.Queries) ([]string, error) {
		return table.Texts(ctx, q, query, last, db.BatchRows)
	}, func(ids []string) {
		if len(ids) > 0 {
			last = slices.Max(ids)
		}
	})
}

// EraseDue is Erase for the records of leads alone, and leaves the files as they are.
func (s *Eraser) EraseDue(ctx context.Context, now time.Time, keep Retention) (done Erased, err error) {
	err = db.InBatches(ctx, s.Engine, db.BatchRows, func(ctx context.Context, q db.Queries) ([][]lead.Event, error) {
		return s.eraseSome(ctx, q, now, keep)
	}, func(erased [][]lead.Event) { done.add(slices.Concat(erased...)) })
	return done, err
}

// eraseSome looks at the next leads, erases of each what is due, and notes when to look at it next.
func (s *Eraser) eraseSome(ctx context.Context, q db.Queries, now time.Time, keep Retention) (erased [][]lead.Event, err error) {
	until := now.Add(eraseAhead)
	rows, err := leadtable.Columns.All(ctx, q, selectDue+s.Engine.SkipLocked(), until.UnixMilli(), db.BatchRows)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		r := &rows[i]
		var events []lead.Event
		events, r.EraseDueAt = keep.due(r, until)
		if slices.Contains(events, leadtable.AnswersErased) && leadtable.IsOpen(r.Lead) {
			if r.Lead, err = leadtable.Move(ctx, q, r.Lead, lead.Outcome{Event: lead.TimeIsOver, At: now, Reason: timeOver}); err == nil {
				err = leadtable.MarkTell(ctx, q, r.ID, now)
			}
		}
		if err == nil {
			err = eraseParts(ctx, q, r, now, "", events...)
		}
		if err != nil {
			return nil, err
		}
		erased = append(erased, events)
	}
	if len(slices.Concat(erased...)) > 0 {
		err = db.MarkUnscrubbed(ctx, q, now)
	}
	return erased, err
}

// eraseParts erases what the events tell of, and writes them. It stores when retention looks at the lead next.
func eraseParts(ctx context.Context, q db.Queries, r *leadtable.Row, now time.Time, reason string, events ...lead.Event) error {
	for _, event := range events {
		if event == leadtable.AnswersErased {
			r.ErasedAt = now
			if _, err := leadtable.DeletePersons(ctx, q, r.ID); err != nil {
				return err
			}
		}
		for _, statement := range emptied[event].ofLead {
			if _, err := q.ExecContext(ctx, statement, r.ID); err != nil {
				return err
			}
		}
		for _, statement := range emptied[event].ofPage {
			if _, err := q.ExecContext(ctx, statement, r.PageID); err != nil { // the empty id is no page's
				return err
			}
		}
		if err := leadtable.AddEvent(ctx, q, r.ID, leadtable.Event{At: now, Event: event, From: r.Status, To: r.Status, Attempt: r.Attempt, Reason: reason}); err != nil {
			return err
		}
	}
	_, err := leadtable.Columns.Exec(ctx, q, updateErased, r)
	return err
}

// lookAtDue looks at the leads that retention looks at until then, page by page: it counts what is due, and lists what is
// left and what goes soon.
func (s *Eraser) lookAtDue(ctx context.Context, now time.Time, keep Retention, until time.Time) (found Erased, err error) {
	for after := (lead.Cursor{At: time.UnixMilli(-1)}); ; {
		rows, err := s.DueAfter(ctx, after, until)
		if err != nil {
			return found, err
		}
		for i := range rows {
			found.addDue(&rows[i], now, keep)
			after = lead.Cursor{At: rows[i].EraseDueAt, ID: rows[i].ID}
		}
		if len(rows) < duePage {
			return found, nil
		}
	}
}

// DueAfter returns the next page of the leads that retention looks at until then.
func (s *Eraser) DueAfter(ctx context.Context, after lead.Cursor, until time.Time) ([]leadtable.Row, error) {
	return leadtable.Columns.All(ctx, s.Engine.Reader(), selectAfter, after.At.UnixMilli(), after.ID, until.UnixMilli(), duePage)
}

func (e *Erased) addDue(r *leadtable.Row, now time.Time, keep Retention) {
	until, over := now.Add(eraseAhead), r.ReceivedAt.Add(AnswersAtMost)
	events, _ := keep.due(r, until)
	if r.LeaseUntil.IsZero() {
		e.add(events)
	} else if len(events) > 0 {
		e.Left = append(e.Left, r.ID)
	}
	if r.ErasedAt.IsZero() && r.FinalAt.IsZero() && over.After(until) && !over.After(now.Add(warnBefore)) {
		e.Soon = append(e.Soon, r.ID)
	}
}
