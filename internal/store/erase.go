package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
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
	ssnAtMost     = 30 * 24 * time.Hour
	answersAtMost = 90 * 24 * time.Hour
	warnBefore    = 7 * 24 * time.Hour

	eraseAhead = time.Hour // erasures run hourly and are never late
	eraseBatch = 50        // leads per commit, so that nobody waits long behind it
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

// The events of erasures; they move a lead nowhere.
const (
	SSNErased      lead.Event = "ssn erased"
	AnswersErased  lead.Event = "answers erased"
	EvidenceErased lead.Event = "evidence erased"
)

const timeOver = "retention" // the reason of a lead that is closed because its answers are erased

// personsOf are the blind indexes of the lead $1.
const personsOf = `select email_index as person from lead_private where lead_id = $1 and email_index is not null
	union select home_phone_index from lead_private where lead_id = $1 and home_phone_index is not null
	union select cell_phone_index from lead_private where lead_id = $1 and cell_phone_index is not null
	union select work_phone_index from lead_private where lead_id = $1 and work_phone_index is not null`

const (
	erasable    = "select " + factColumns + ", page_id, erase_due_at, answers_key, ssn_key, evidence_key from lead join lead_private on lead_id = id where "
	selectDue   = erasable + "erase_due_at <= $1 and lease_until is null order by erase_due_at limit $2"
	selectLeft  = erasable + "lease_until > 0 and +erase_due_at <= $1 order by lease_until" // by the few leases
	selectAfter = erasable + "(erase_due_at, id) > ($1, $2) and erase_due_at <= $3 order by erase_due_at, id limit $4"
	updateDue   = "update lead set erase_due_at = $1 where id = $2"
)

// Statements that erase a class of the lead $1, or of the page $1 that it was sent from. A record without its data key is
// noise; it is dropped for its size alone.
var (
	eraseSSN = []string{"update lead_private set ssn_key = null where lead_id = $1"}

	eraseAnswers = []string{
		"delete from lead_person where lead_id = $1 and person in (" + personsOf + ")",
		`update lead_private set answers_key = null, ssn_key = null, email_index = null, home_phone_index = null, cell_phone_index = null, work_phone_index = null
			where lead_id = $1`,
		"update lead set answers = null, ssn = null where id = $1",
	}
	eraseAnswersOfPage = []string{"update page_private set answers_key = null where page_id = $1", "update shown_page set answers = null where id = $1"}

	eraseEvidence       = []string{"update lead_private set evidence_key = null where lead_id = $1", "update lead set evidence = null where id = $1"}
	eraseEvidenceOfPage = []string{
		"update page_private set words_key = null, answers_key = null, kept_sha256 = null where page_id = $1",
		"update shown_page set words = null, answers = null where id = $1",
	}
)

// dueTimes are when each class of the lead is to be erased; the zero time when it is not there.
type dueTimes struct{ ssn, answers, evidence time.Time }

func (r Retention) dueTimes(l *leadRow) (due dueTimes) {
	after := func(kept, atMost time.Duration) time.Time {
		if l.FinalAt.IsZero() {
			return l.ReceivedAt.Add(atMost)
		}
		return l.FinalAt.Add(kept)
	}
	if l.ssnKey != nil {
		due.ssn = after(r.SSN, ssnAtMost)
	}
	if l.ErasedAt.IsZero() {
		due.answers = after(r.Answers, answersAtMost)
	}
	if l.evidenceKey != nil {
		due.evidence = r.EvidenceUntil(l.Lead)
	}
	return due
}

// EvidenceUntil is when the consent record of a lead is erased.
func (r Retention) EvidenceUntil(l lead.Lead) time.Time {
	if l.FinalAt.IsZero() {
		return l.ReceivedAt.Add(r.Evidence)
	}
	return l.FinalAt.Add(r.Evidence)
}

// next is the earliest time after until; the zero time when there is none.
func (d dueTimes) next(until time.Time) (next time.Time) {
	for _, at := range []time.Time{d.ssn, d.answers, d.evidence} {
		if at.After(until) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// isDue says whether a time is set and past by until.
func isDue(at, until time.Time) bool { return !at.IsZero() && !at.After(until) }

// count adds what is due by until.
func (d dueTimes) count(e *Erased, until time.Time) {
	if isDue(d.ssn, until) {
		e.SSNs++
	}
	if isDue(d.answers, until) {
		e.Answers++
	}
	if isDue(d.evidence, until) {
		e.Evidence++
	}
}

// Erase erases everything that is due within an hour from now, and makes it unreadable in the files
// of the database. A lead that is still open is closed when it loses its answers. It
// may be interrupted and run again, also by several processes at once; after an error, what it
// returns was done.
func (s *Store) Erase(ctx context.Context, now time.Time, keep Retention) (Erased, error) {
	done, err := s.erase(ctx, table.AsStored(now), keep)
	if err != nil {
		return done, fmt.Errorf("erase: %w", db.Clean(err))
	}
	return done, nil
}

func (s *Store) erase(ctx context.Context, now time.Time, keep Retention) (done Erased, err error) {
	if err := s.useRetention(ctx, keep); err != nil {
		return done, err
	}
	if done, err = s.eraseAllDue(ctx, now, keep); err != nil {
		return done, err
	}
	if done.OptOuts, err = s.eraseOptOuts(ctx, now, keep); err != nil {
		return done, err
	}
	if err := s.listLeftAndSoon(ctx, now, keep, &done); err != nil {
		return done, err
	}
	done.Unscrubbed, err = s.scrub(ctx, false)
	return done, err
}

func (s *Store) eraseAllDue(ctx context.Context, now time.Time, keep Retention) (done Erased, err error) {
	for looked := eraseBatch; looked == eraseBatch; {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		var some Erased
		looked, err = db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (int, error) {
			some = Erased{}
			return s.eraseSome(ctx, q, now, keep, &some)
		})
		if err != nil {
			return done, err
		}
		done.SSNs, done.Answers, done.Evidence = done.SSNs+some.SSNs, done.Answers+some.Answers, done.Evidence+some.Evidence
	}
	return done, nil
}

// text is how the settings are compared.
func (r Retention) text() string { return fmt.Sprint(r.SSN, r.Answers, r.Evidence) }

const selectRetention = "select retention from stamp where id = 1"

// useRetention sees that retention looks at every lead again when the settings have changed since the last time.
func (s *Store) useRetention(ctx context.Context, keep Retention) error {
	var used string
	if err := s.engine.Reader().QueryRowContext(ctx, selectRetention).Scan(&used); err != nil || used == keep.text() {
		return err
	}
	if used != "" {
		if err := s.lookAgain(ctx, ""); err != nil {
			return err
		}
	}
	_, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, "update stamp set retention = $1 where id = 1", keep.text())
	})
	return err
}

const (
	selectIDs = "select id from lead where id > $1 order by id limit $2"
	dueAtOnce = "update lead set erase_due_at = received_at where id > $1 and id <= $2 and erase_due_at is not null"
)

// lookAgain makes all leads behind an id due at once. Erase then computes when they are.
func (s *Store) lookAgain(ctx context.Context, last lead.PartnerID) error {
	for {
		ids, err := table.Texts(ctx, s.engine.Reader(), selectIDs, last, eraseBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		end := lead.PartnerID(ids[len(ids)-1])
		_, err = db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
			return q.ExecContext(ctx, dueAtOnce, last, end)
		})
		if err != nil {
			return err
		}
		last = end
	}
}

// WouldErase says what Erase would do, and changes nothing.
func (s *Store) WouldErase(ctx context.Context, now time.Time, keep Retention) (Erased, error) {
	would, err := s.wouldErase(ctx, table.AsStored(now), keep)
	if err != nil {
		return Erased{}, fmt.Errorf("look at what is to be erased: %w", db.Clean(err))
	}
	return would, nil
}

func (s *Store) wouldErase(ctx context.Context, now time.Time, keep Retention) (would Erased, err error) {
	var used string
	if err := s.engine.Reader().QueryRowContext(ctx, selectRetention).Scan(&used); err != nil {
		return would, err
	}
	until := now.Add(eraseAhead)
	looksUntil := until
	if used != keep.text() && used != "" {
		looksUntil = farFuture // the times in the table are by other settings
	}
	err = s.eachDue(ctx, looksUntil, func(r *leadRow) {
		if r.LeaseUntil.IsZero() {
			keep.dueTimes(r).count(&would, until)
		}
	})
	if err != nil {
		return would, err
	}
	err = s.engine.Reader().QueryRowContext(ctx, "select count(*) from opt_out where "+oldOptOut, until.Add(-keep.Evidence).UnixMilli()).Scan(&would.OptOuts)
	if err != nil {
		return would, err
	}
	return would, s.listLeftAndSoon(ctx, now, keep, &would)
}

var farFuture = time.UnixMilli(1 << 52)

// oldOptOut is the condition of an act that is as old as evidence may be.
const oldOptOut = "at <= $1 and person is not null"

func (s *Store) eraseOptOuts(ctx context.Context, now time.Time, keep Retention) (int, error) {
	var done int
	for {
		n, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (int, error) {
			n, err := table.Affected(q.ExecContext(ctx, eraseOldOptOuts, now.Add(eraseAhead-keep.Evidence).UnixMilli(), eraseBatch))
			if err != nil || n == 0 {
				return 0, err
			}
			return n, db.MarkUnscrubbed(ctx, q, now)
		})
		if done += n; err != nil || n < eraseBatch {
			return done, err
		}
	}
}

const eraseOldOptOuts = "update opt_out set person = null where id in (select id from opt_out where " + oldOptOut + " order by at limit $2)"

// eraseSome looks at the next leads, erases of each what is due, and notes when to look at it next.
func (s *Store) eraseSome(ctx context.Context, q db.Queries, now time.Time, keep Retention, done *Erased) (looked int, err error) {
	until := now.Add(eraseAhead)
	rows, err := leadTable.All(ctx, q, selectDue+s.engine.SkipLocked(), until.UnixMilli(), eraseBatch)
	if err != nil {
		return 0, err
	}
	before := *done
	for i := range rows {
		r := &rows[i]
		due := keep.dueTimes(r)
		due.count(done, until)
		if err := s.eraseDue(ctx, q, r, due, now); err != nil {
			return 0, err
		}
		next := due.next(until)
		if _, err := q.ExecContext(ctx, updateDue, table.Millis(&next), r.ID); err != nil {
			return 0, err
		}
	}
	if before.SSNs+before.Answers+before.Evidence == done.SSNs+done.Answers+done.Evidence {
		return len(rows), nil
	}
	return len(rows), db.MarkUnscrubbed(ctx, q, now)
}

// eraseDue erases what is due of a lead. An open lead is closed when it loses its answers.
func (s *Store) eraseDue(ctx context.Context, q db.Queries, r *leadRow, due dueTimes, now time.Time) error {
	until := now.Add(eraseAhead)
	if isDue(due.answers, until) && isOpen(r.Lead) {
		out := lead.Outcome{Event: lead.TimeIsOver, At: now, Reason: timeOver}
		if err := move(ctx, q, r.Lead, out); err != nil {
			return err
		}
		r.Status = lead.Closed
		if err := markTell(ctx, q, r.ID, now); err != nil {
			return err
		}
	}
	if isDue(due.ssn, until) {
		if err := eraseClass(ctx, q, r, SSNErased, "", now, eraseSSN, nil); err != nil {
			return err
		}
	}
	if isDue(due.answers, until) {
		if err := eraseAllAnswers(ctx, q, r, "", now); err != nil {
			return err
		}
	}
	if isDue(due.evidence, until) {
		return eraseClass(ctx, q, r, EvidenceErased, "", now, eraseEvidence, eraseEvidenceOfPage)
	}
	return nil
}

// eraseAllAnswers erases the answers, the Social Security number among them.
func eraseAllAnswers(ctx context.Context, q db.Queries, r *leadRow, reason string, now time.Time) error {
	if err := eraseClass(ctx, q, r, AnswersErased, reason, now, eraseAnswers, eraseAnswersOfPage); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, "update lead set erased_at = $1 where id = $2", now.UnixMilli(), r.ID)
	return err
}

// eraseClass runs the statements about the lead and about the page that it was sent from, and writes the event.
func eraseClass(ctx context.Context, q db.Queries, r *leadRow, event lead.Event, reason string, now time.Time, ofLead, ofPage []string) error {
	for _, statement := range ofLead {
		if _, err := q.ExecContext(ctx, statement, r.ID); err != nil {
			return err
		}
	}
	for _, statement := range ofPage {
		if _, err := q.ExecContext(ctx, statement, r.pageID); err != nil { // the empty id is no page's
			return err
		}
	}
	return addEvent(ctx, q, r.ID, Event{At: now, Event: event, From: r.Status, To: r.Status, Attempt: r.Attempt, Reason: reason})
}

// isOpen says whether the lead has not ended: it has a next step, or Alleviate has given no final result.
func isOpen(l lead.Lead) bool {
	switch l.Status {
	case lead.Submitted, lead.Closed:
		return false
	case lead.Created:
		return l.Step != lead.AtRest || !l.Final()
	}
	return true
}

// listLeftAndSoon lists the leads that are due while their lease runs, and those without a final result that lose
// their answers within a week.
func (s *Store) listLeftAndSoon(ctx context.Context, now time.Time, keep Retention, found *Erased) error {
	until := now.Add(eraseAhead)
	rows, err := leadTable.All(ctx, s.engine.Reader(), selectLeft, until.UnixMilli())
	if err != nil {
		return err
	}
	for i := range rows {
		if due := keep.dueTimes(&rows[i]); isDue(due.ssn, until) || isDue(due.answers, until) || isDue(due.evidence, until) {
			found.Left = append(found.Left, rows[i].ID)
		}
	}
	return s.eachDue(ctx, now.Add(warnBefore), func(r *leadRow) {
		over := r.ReceivedAt.Add(answersAtMost)
		if r.ErasedAt.IsZero() && r.FinalAt.IsZero() && over.After(until) && !over.After(now.Add(warnBefore)) {
			found.Soon = append(found.Soon, r.ID)
		}
	})
}

// eachDue calls act with every lead that retention looks at until then, page by page.
func (s *Store) eachDue(ctx context.Context, until time.Time, act func(*leadRow)) error {
	for at, id := int64(-1), lead.PartnerID(""); ; {
		rows, err := leadTable.All(ctx, s.engine.Reader(), selectAfter, at, id, until.UnixMilli(), duePage)
		if err != nil {
			return err
		}
		for i := range rows {
			act(&rows[i])
			at, id = rows[i].eraseDueAt.UnixMilli(), rows[i].ID
		}
		if len(rows) < duePage {
			return nil
		}
	}
}
