package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
)

// Retention says how long after its final result what is kept of a lead.
type Retention struct {
	SSN      time.Duration
	Answers  time.Duration // all other answers, and the visitor's address
	Evidence time.Duration // the sealed part of the consent record, and the handle of the status page
}

// A lead without a final result does not live for ever. These count from its receipt.
const (
	ssnAtMost     = 30 * 24 * time.Hour
	answersAtMost = 90 * 24 * time.Hour
	warnBefore    = 7 * 24 * time.Hour

	eraseAhead = time.Hour // erasures run hourly and are never late
	eraseBatch = 100       // leads per commit, so that nobody waits long behind it
)

// Erased says what an erasure did, or would do.
type Erased struct {
	SSNs, Answers, Evidence int // of so many leads
	OptOuts                 int // so many acts lost who did them; what they brought about stays
	// Left are the leads whose time has come while their lease runs: the next run erases them.
	Left []lead.PartnerID
	// Soon are the leads without a final result that lose their answers within a week.
	Soon []lead.PartnerID
	// Unscrubbed is since when overwritten values may still be found in the database's files,
	// because it was too busy or too big to rewrite them; the zero time when none are.
	Unscrubbed time.Time
}

// The events of erasures; they move a lead nowhere.
const (
	SSNErased      lead.Event = "ssn erased"
	AnswersErased  lead.Event = "answers erased"
	EvidenceErased lead.Event = "evidence erased"
)

const timeOver = "retention" // why a lead is closed that loses its answers

// erasedPrint stands for the fingerprint of answers that are no longer all there: whoever holds
// the keys could find a number of nine digits by trying.
var erasedPrint = []byte{0}

// personsOf are the blind indexes of the lead $1.
const personsOf = `select email_index as person from lead where id = $1 and email_index is not null
	union select home_phone_index from lead where id = $1 and home_phone_index is not null
	union select cell_phone_index from lead where id = $1 and cell_phone_index is not null
	union select work_phone_index from lead where id = $1 and work_phone_index is not null`

// acceptedPage is the page that the lead $1 was sent from. An id of none is empty, as no page's is.
const acceptedPage = "select page_id from consent_record where lead_id = $1"

// erasure is one of the three kinds.
type erasure struct {
	event   lead.Event
	present string        // the condition of leads that have it
	kept    time.Duration // after the final result
	atMost  time.Duration // after receipt, without one
	erase   []string      // statements with the lead's id as $1, and more as args
	args    [][]any
	count   func(*Erased) *int
}

func (r Retention) erasures(now time.Time) []erasure {
	var columns []string
	for _, name := range append(sealedNames(), "origin", "email_index", "home_phone_index", "cell_phone_index", "work_phone_index") {
		if name != "handle" {
			columns = append(columns, name+" = null")
		}
	}
	var evidence []string
	for _, name := range append(answerNames(sealedConsent(&consent.Record{})), "digest_salt") {
		evidence = append(evidence, name+" = null")
	}
	return []erasure{
		{
			event: SSNErased, present: "social_security_number is not null", kept: r.SSN, atMost: ssnAtMost,
			erase: []string{"update lead set social_security_number = null, fingerprint = $2 where id = $1"},
			args:  [][]any{{erasedPrint}},
			count: func(e *Erased) *int { return &e.SSNs },
		},
		{
			event: AnswersErased, present: "erased_at is null", kept: r.Answers, atMost: answersAtMost,
			erase: []string{
				"delete from lead_person where lead_id = $1 and person in (" + personsOf + ")",
				"update lead set " + strings.Join(columns, ", ") + ", fingerprint = $2, erased_at = $3 where id = $1",
				"update shown_page set answers = null, salt = null where id = (" + acceptedPage + ")",
			},
			args:  [][]any{nil, {erasedPrint, now.UnixMilli()}, nil},
			count: func(e *Erased) *int { return &e.Answers },
		},
		{
			event: EvidenceErased, present: "handle is not null", kept: r.Evidence, atMost: r.Evidence,
			erase: []string{
				"update lead set handle = null where id = $1",
				"update consent_record set " + strings.Join(evidence, ", ") + " where lead_id = $1",
				"update shown_page set words = null, answers = null, salt = null, kept_sha256 = null where id = (" + acceptedPage + ")",
			},
			args:  [][]any{nil, nil, nil},
			count: func(e *Erased) *int { return &e.Evidence },
		},
	}
}

// finalAt is when a lead got its final result, or was closed without one. The codes are those of
// lead.Final.
const finalAt = `coalesce((select min(lead_event.at) from lead_event where lead_event.lead_id = lead.id
	and late = 0 and lead_event.result_code not in (0, 1000, 1001, 9999)), case when status = 'closed' then changed_at end)`

// due selects leads whose time is over by $4: $1 after the final result, or $2 after receipt.
// $3 is the same for the receipt alone, which an index knows.
func (e erasure) due(lease string) string {
	return "select " + clearColumns + " from lead where " + e.present + " and received_at <= $3 and lease_until " + lease +
		" and coalesce(" + finalAt + " + $1, received_at + $2) <= $4 order by received_at limit $5"
}

func (e erasure) dueArgs(until time.Time, limit int) []any {
	soonest := until.Add(-min(e.kept, e.atMost))
	return []any{e.kept.Milliseconds(), e.atMost.Milliseconds(), soonest.UnixMilli(), until.UnixMilli(), limit}
}

const everyLead = 1 << 30 // a limit that limits nothing

// Erase overwrites everything whose time is over within an hour from now, and makes it unreadable
// in the files of the database. A lead that is still open is closed when it loses its answers. It
// may be interrupted and run again, also by several processes at once; after an error, what it
// returns was done.
func (s *Store) Erase(ctx context.Context, now time.Time, keep Retention) (Erased, error) {
	now = stored(now)
	var done Erased
	for _, kind := range keep.erasures(now) {
		for {
			if err := ctx.Err(); err != nil {
				return done, err
			}
			n, err := write(ctx, s, courierLimit, func(ctx context.Context, q db.Queries) (int, error) {
				return s.eraseSome(ctx, q, kind, now)
			})
			if err != nil {
				return done, fmt.Errorf("erase: %w", err)
			}
			*kind.count(&done) += n
			if n < eraseBatch {
				break
			}
		}
	}
	var err error
	if done.OptOuts, err = s.eraseOptOuts(ctx, now, keep); err != nil {
		return done, fmt.Errorf("erase: %w", err)
	}
	since, err := s.scrub(ctx, false)
	if err != nil {
		return done, fmt.Errorf("erase: %w", err)
	}
	done.Unscrubbed = since
	return done, s.leave(ctx, now, keep, &done)
}

// WouldErase says what Erase would do, and changes nothing.
func (s *Store) WouldErase(ctx context.Context, now time.Time, keep Retention) (Erased, error) {
	var would Erased
	for _, kind := range keep.erasures(now) {
		leads, err := selectLeads(ctx, s.engine.Reader(), kind.due("is null"), kind.dueArgs(now.Add(eraseAhead), everyLead))
		if err != nil {
			return Erased{}, fmt.Errorf("look at what is to be erased: %w", db.Clean(err))
		}
		*kind.count(&would) = len(leads)
	}
	err := s.engine.Reader().QueryRowContext(ctx, "select count(*) from opt_out where "+oldOptOut, now.Add(eraseAhead-keep.Evidence).UnixMilli()).Scan(&would.OptOuts)
	if err != nil {
		return Erased{}, fmt.Errorf("look at what is to be erased: %w", db.Clean(err))
	}
	return would, s.leave(ctx, now, keep, &would)
}

// oldOptOut is the condition of an act that is as old as evidence may be.
const oldOptOut = "at <= $1 and (phone is not null or email is not null)"

func (s *Store) eraseOptOuts(ctx context.Context, now time.Time, keep Retention) (int, error) {
	return write(ctx, s, courierLimit, func(ctx context.Context, q db.Queries) (int, error) {
		n, err := affected(q.ExecContext(ctx, "update opt_out set phone = null, email = null, client_ip = null, user_agent = null where "+oldOptOut,
			now.Add(eraseAhead-keep.Evidence).UnixMilli()))
		if err != nil || n == 0 {
			return 0, err
		}
		return n, markUnscrubbed(ctx, q, now)
	})
}

func (s *Store) eraseSome(ctx context.Context, q db.Queries, kind erasure, now time.Time) (int, error) {
	leads, err := selectLeads(ctx, q, kind.due("is null")+s.engine.SkipLocked(), kind.dueArgs(now.Add(eraseAhead), eraseBatch))
	if err != nil {
		return 0, err
	}
	for _, l := range leads {
		if kind.event == AnswersErased && waits(l) {
			out := lead.Outcome{Event: lead.TimeIsOver, At: now, Reason: timeOver}
			if err := move(ctx, q, l, out); err != nil {
				return 0, err
			}
			l.Status = lead.Closed
			if err := markTell(ctx, q, l.ID, now); err != nil {
				return 0, err
			}
		}
		if err := kind.overwrite(ctx, q, l.ID); err != nil {
			return 0, err
		}
		e := Event{At: now, Event: kind.event, From: l.Status, To: l.Status, Attempt: l.Attempt}
		if err := addEvent(ctx, q, l.ID, e); err != nil {
			return 0, err
		}
	}
	if len(leads) == 0 {
		return 0, nil
	}
	return len(leads), markUnscrubbed(ctx, q, now)
}

func (e erasure) overwrite(ctx context.Context, q db.Queries, id lead.PartnerID) error {
	for i, statement := range e.erase {
		if _, err := q.ExecContext(ctx, statement, append([]any{id}, e.args[i]...)...); err != nil {
			return err
		}
	}
	return nil
}

// waits says whether somebody would still do something with the lead.
func waits(l lead.Lead) bool {
	switch l.Status {
	case lead.Submitted, lead.Closed:
		return false
	case lead.Created:
		return l.Step != lead.AtRest || !l.Final()
	}
	return true
}

// leave lists what is due and cannot be erased yet, and what will be although it has no result.
func (s *Store) leave(ctx context.Context, now time.Time, keep Retention, found *Erased) error {
	for _, kind := range keep.erasures(now) {
		leads, err := selectLeads(ctx, s.engine.Reader(), kind.due("is not null"), kind.dueArgs(now.Add(eraseAhead), everyLead))
		if err != nil {
			return fmt.Errorf("list what is still to be erased: %w", db.Clean(err))
		}
		for _, l := range leads {
			if !slices.Contains(found.Left, l.ID) {
				found.Left = append(found.Left, l.ID)
			}
		}
	}
	leads, err := selectLeads(ctx, s.engine.Reader(), "select "+clearColumns+` from lead
		where erased_at is null and received_at <= $1 and received_at > $2 and `+finalAt+" is null order by received_at",
		[]any{now.Add(warnBefore - answersAtMost).UnixMilli(), now.Add(eraseAhead - answersAtMost).UnixMilli()})
	if err != nil {
		return fmt.Errorf("list what will soon be erased: %w", db.Clean(err))
	}
	for _, l := range leads {
		found.Soon = append(found.Soon, l.ID)
	}
	return nil
}

// selectLeads reads clearColumns.
func selectLeads(ctx context.Context, q db.Queries, query string, args []any) ([]lead.Lead, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	var leads []lead.Lead
	for rows.Next() {
		var l lead.Lead
		if err := scanClear(rows, &l); err != nil {
			return nil, err
		}
		leads = append(leads, l)
	}
	return leads, rows.Err()
}
