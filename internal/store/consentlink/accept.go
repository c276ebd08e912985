package consentlink

import (
	"context"
	"errors"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/handoff"
	"intake/internal/store/leadtable"
	"intake/internal/store/proof"
	"intake/internal/store/table"
)

var (
	updateAccepted = table.Named(`update lead set page_id = :page_id, consent = :consent, evidence = :evidence, permits_terms = :permits_terms,
		permits_credit_check = :permits_credit_check, permits_marketing = :permits_marketing, certificate_id = :certificate_id, written_for = :written_for,
		answers = :answers, ssn = :ssn, erase_due_at = coalesce(:erase_due_at, erase_due_at) where id = :id`)
	updateAcceptedKeys = table.Named(`update lead_private set answers_key = :answers_key, ssn_key = :ssn_key, evidence_key = :evidence_key where lead_id = :id`)
)

const selectToAccept = "select " + leadtable.FactColumns + ", page_id, consent, evidence, " + leadtable.AnswerColumns +
	", (select evidence_key from lead_private where lead_id = lead.id) as evidence_key from lead where id = $1"

// AcceptHandOff uses a link up, once: the record of what its person has agreed to replaces that of the call, with the lines of the
// script that they agreed to before, what they typed goes to the answers, and the lead goes out. All of that is one commit. It goes on
// when ctx ends.
//
// A link that cannot be answered any more is lead.ErrHandOffOver, one whose person opted out since is lead.ErrOptedOut, and a page
// that was not shown with the link is lead.ErrNoPage. The record must be complete, or it is proof.ErrIncomplete.
func (s *Links) AcceptHandOff(ctx context.Context, token string, record consent.Record, a lead.Accepted) (err error) {
	defer db.Wrap(&err, "accept by a link")
	if record.Channel != consent.ConsumerLink || record.PageID == "" || !record.Complete() {
		return proof.ErrIncomplete
	}
	row, route, err := s.handOffByToken(ctx, token)
	if err != nil {
		return err
	}
	refused, err := db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (error, error) {
		return s.acceptHandOff(ctx, q, row, route, record, a)
	})
	return errors.Join(refused, err)
}

func (s *Links) acceptHandOff(ctx context.Context, q db.Queries, row handoff.Row, route lead.Route, record consent.Record, a lead.Accepted) (refused, err error) {
	_, refused, err = s.lockForHandOff(ctx, q, row.Lead) // before the link, as everybody who changes both does
	if errors.Is(refused, lead.ErrNoHandOff) {
		refused = lead.ErrHandOffOver
	}
	if err != nil || refused != nil {
		return refused, err
	}
	now := table.AsStored(s.Now())
	done, err := handoff.Accept(ctx, q, row.ID, now)
	if err != nil || !done {
		return lead.ErrHandOffOver, err
	}
	r, err := leadtable.One(ctx, q, selectToAccept, row.Lead)
	if err == nil {
		err = s.OpenAnswers(&r)
	}
	if err == nil {
		err = proof.RequirePage(ctx, q, record.PageID, handoff.Pages(row.ID))
	}
	if err == nil {
		err = s.setAccepted(&r, row, route, record, a)
	}
	if err != nil {
		return nil, err
	}
	return nil, s.storeAccepted(ctx, q, &r, row.AgentID)
}

// setAccepted puts what the person has given into the row of their lead.
func (s *Links) setAccepted(r *leadtable.Row, row handoff.Row, route lead.Route, record consent.Record, a lead.Accepted) error {
	called, err := s.consents.RecordOf(r)
	if err != nil {
		return err
	}
	record = record.After(called)
	record.HandOff = consent.HandOff{Route: route, OpenedAt: row.OpenedAt}
	if route == lead.RouteSent && row.Sending.State != lead.NotSent {
		record.HandOff.SentTo = r.Applicant.SendPhone()
	}
	r.Submitted = lead.Keep(r.SubmittedHash()) // so that the form of the desk, sent again, does not count as changed
	_, call := r.AcceptEvent()
	r.Permission = record.Permission()
	r.Permission.Written = call
	if a.DateOfBirth.Given() {
		r.Applicant.DateOfBirth = a.DateOfBirth
	}
	if a.SSN.Given() {
		r.Applicant.SocialSecurityNumber = a.SSN
		if r.FinalAt.IsZero() {
			r.EraseDueAt = r.ReceivedAt.Add(leadtable.SSNAtMost)
		}
	}
	return errors.Join(s.SealAnswers(r), proof.SetConsent(s.Table, r, record))
}

func (s *Links) storeAccepted(ctx context.Context, q db.Queries, r *leadtable.Row, agentID int64) error {
	for _, update := range []table.Statement{updateAccepted, updateAcceptedKeys} {
		if _, err := leadtable.Columns.Exec(ctx, q, update, r); err != nil {
			return err
		}
	}
	now := table.AsStored(s.Now())
	event, call := r.AcceptEvent()
	out := lead.Outcome{Event: event, At: now, Next: call}
	next, err := leadtable.AfterOutcome(r.Lead, out)
	if err == nil {
		err = leadtable.Replace(ctx, q, r.Lead, next)
	}
	if err == nil {
		err = leadtable.AddEventBy(ctx, q, r.ID, leadtable.EventOf(out, r.Status, next.Status, r.Attempt), agentID)
	}
	if err == nil {
		err = db.MarkUnscrubbed(ctx, q, now) // the answers as they were before are in the files
	}
	return err
}

// TypedInPrivate says what staff may know of the Social Security number of a lead, its last four digits, and whether it has a date of
// birth. Both are empty once they are erased.
func (s *Links) TypedInPrivate(ctx context.Context, id lead.PartnerID) (ssnEnds string, born bool, err error) {
	defer db.Wrap(&err, "read what a caller typed of lead %s", id)
	l, err := s.find(ctx, id)
	if err != nil {
		return "", false, err
	}
	number := l.Applicant.SocialSecurityNumber.Reveal()
	return number[max(0, len(number)-4):], l.Applicant.DateOfBirth.Given(), nil
}

// find reads a lead with its answers.
func (s *Links) find(ctx context.Context, id lead.PartnerID) (lead.Lead, error) {
	r, err := leadtable.One(ctx, s.Engine.Reader(), leadtable.SelectAnswers, id)
	if err == nil {
		err = s.OpenAnswers(&r)
	}
	return r.Lead, err
}
