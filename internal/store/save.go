package store

import (
	"context"
	"errors"
	"fmt"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/erasure"
	"intake/internal/store/leadtable"
	"intake/internal/store/proof"
	"intake/internal/store/table"
)

// insertLead writes nothing when the draft's request is stored already.
var insertLead = table.Named(`insert into lead (id, draft_id, request, draft_version, page_id, language, source_id, agent_id, status, hold, step, next_attempt_at, reason,
		permits_terms, permits_credit_check, permits_marketing, certificate_id, written_for, received_at, changed_at, erase_due_at,
		consent, answers, ssn, evidence)
	values (:id, :draft_id, :request, :draft_version, :page_id, :language, :source_id, :agent_id, :status, :hold, :step, :next_attempt_at, :reason,
		:permits_terms, :permits_credit_check, :permits_marketing, :certificate_id, :written_for, :received_at, :changed_at, :erase_due_at,
		:consent, :answers, :ssn, :evidence)
	on conflict (draft_id, request) do nothing`)

var insertPrivate = table.Named(`insert into lead_private (lead_id, answers_key, ssn_key, evidence_key,
		email_index, home_phone_index, cell_phone_index, work_phone_index)
	values (:id, :answers_key, :ssn_key, :evidence_key,
		:email_index, :home_phone_index, :cell_phone_index, :work_phone_index)`)

const (
	dropDraftSSN  = "update draft set ssn = null, ssn_until = null, changes = changes + 1 where id = $1 and ssn is not null"
	selectRequest = "select " + leadtable.FactColumns + ", " + leadtable.AnswerColumns + ", (select evidence_key from lead_private where lead_id = lead.id) as evidence_key" +
		" from lead where draft_id = $1 and request = $2"
)

// Save writes the lead and the evidence of its consent in one durable commit. When it returns a receipt without an
// error, the lead is on disk.
//
// It is idempotent on the draft and its request: the same request with the same answers gives the receipt of the first
// time; with other answers, that receipt and lead.ErrChanged, and nothing is written. It goes on when ctx
// ends, for 5 seconds at most, for one more when its source is new, and for 5 more when its agent is. Any other error is no proof that the lead was not stored: the same request
// again is safe.
//
// The draft need not be there any more. The same commit erases its Social Security number, and FindDraft shows from then on that it
// was sent. A page that the record names must have been stored for that draft: otherwise the error is lead.ErrNoPage and
// nothing is written.
//
// The zero values of a new lead are filled in: status received, received now, and without a hold
// due to be sent at once. A lead whose record of a call is not complete awaits consent: CompleteConsent
// lets it go.
func (s *Store) Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error) {
	r, err := s.newRow(l, record)
	if err != nil {
		return lead.Receipt{}, fmt.Errorf("save lead: %w", err)
	}
	if r.AgentID, err = s.agents.Of(ctx, l.Agent); err != nil {
		return lead.Receipt{}, fmt.Errorf("save lead %s: %w", r.ID, err)
	}
	r.SourceID = s.sources.Of(ctx, &l)
	inserted, err := s.insertDurably(ctx, &r)
	if err != nil {
		return lead.Receipt{}, fmt.Errorf("save lead %s: %w", r.ID, err)
	}
	if !inserted {
		return s.firstReceipt(ctx, &r)
	}
	return lead.Receipt{ID: r.ID, Handle: s.leads.HandleOf(r.ID), ReceivedAt: r.ReceivedAt}, nil
}

// insertDurably is false when the request is stored already. A suspect lead also writes an event; any other can be one statement.
func (s *Store) insertDurably(ctx context.Context, r *leadtable.Row) (bool, error) {
	writer, ok := s.leads.Engine.(db.RowWriter)
	if !ok || hasEvent(r) {
		return db.Write(ctx, s.leads.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (bool, error) { return s.insert(ctx, q, r) })
	}
	var hasPage, inserted bool
	err := db.WithLimit(ctx, db.AcceptLimit, func(ctx context.Context) error {
		return writer.WriteRow(ctx, insertAtOnce.Text, leadtable.Columns.Args(insertAtOnce, r), table.Flag(&hasPage), table.Flag(&inserted))
	})
	if err != nil {
		return false, err
	}
	if !hasPage {
		return false, lead.ErrNoPage
	}
	return inserted, nil
}

// insertAtOnce is insert as one statement of PostgreSQL. It locks the page, so that the draft cannot move to another browser
// beside it and be sent from there too.
var insertAtOnce = table.Named(`with page as (
		select where :page_id::text = '' or exists (select from shown_page where id = :page_id::text and draft = :draft_id::text for key share)
	), inserted as (
		insert into lead (id, draft_id, request, draft_version, page_id, language, source_id, agent_id, status, hold, step, next_attempt_at, reason,
			permits_terms, permits_credit_check, permits_marketing, certificate_id, written_for, received_at, changed_at, erase_due_at,
			consent, answers, ssn, evidence)
		select :id::text, :draft_id::text, :request::bigint, :draft_version::bigint, :page_id::text, :language::text, :source_id::bigint, :agent_id::bigint, :status::text, :hold::text,
			:step::text, :next_attempt_at::bigint, :reason::text, :permits_terms::bigint, :permits_credit_check::bigint, :permits_marketing::bigint,
			:certificate_id::text, :written_for::text, :received_at::bigint, :changed_at::bigint, :erase_due_at::bigint,
			:consent::text, :answers::bytea, :ssn::bytea, :evidence::bytea
		from page
		on conflict (draft_id, request) do nothing
		returning id
	), private as (
		insert into lead_private (lead_id, answers_key, ssn_key, evidence_key, email_index, home_phone_index, cell_phone_index, work_phone_index)
		select id, :answers_key::bytea, :ssn_key::bytea, :evidence_key::bytea,
			:email_index::bytea, :home_phone_index::bytea, :cell_phone_index::bytea, :work_phone_index::bytea
		from inserted
	), draft_ssn as (
		update draft set ssn = null, ssn_until = null, changes = changes + 1
		where id = :draft_id::text and ssn is not null and :ssn::bytea is not null and exists (select from inserted)
	)
	select (select count(*) from page), (select count(*) from inserted)`)

// newRow is the row of a new lead, sealed.
func (s *Store) newRow(l lead.Lead, record consent.Record) (r leadtable.Row, err error) {
	proof.HoldUntilConsent(&l, &record)
	r = leadtable.Row{Lead: l, DraftID: s.leads.DraftID(l.Draft.Reveal())}
	if err := s.completeNew(&r.Lead); err != nil {
		return r, err
	}
	r.EraseDueAt = r.ReceivedAt.Add(erasure.AnswersAtMost)
	if l.Applicant.SocialSecurityNumber.Given() {
		r.EraseDueAt = r.ReceivedAt.Add(erasure.SSNAtMost)
	}
	_ = s.leads.Keys.Refresh() // with the keys that it has it can still save; the upkeep reports the trouble
	s.leads.SetIndexes(&r, &r.Applicant)
	return r, errors.Join(s.leads.SealAnswers(&r), proof.SetConsent(s.leads, &r, record))
}

// completeNew fills in what a new lead may leave open and refuses what no new lead can be.
func (s *Store) completeNew(l *lead.Lead) error {
	if _, ours := l.ID.Bytes(); !ours || l.Draft.Reveal() == "" || l.Request < 1 {
		return errors.New("a lead needs an id of lead.NewPartnerID, a draft and the number of its request")
	}
	if l.Status == "" {
		l.Status = lead.Received
	}
	if l.Status != lead.Received && l.Status != lead.Suspect {
		return fmt.Errorf("a new lead cannot be %q", l.Status)
	}
	if l.ReceivedAt.IsZero() {
		l.ReceivedAt = s.leads.Now()
	}
	if l.Status == lead.Received && l.Hold == "" && l.Step == lead.AtRest {
		l.Step = lead.Send
	}
	if l.Step != lead.AtRest && l.NextAttemptAt.IsZero() {
		l.NextAttemptAt = l.ReceivedAt
	}
	l.ReceivedAt = table.AsStored(l.ReceivedAt)
	l.ChangedAt = l.ReceivedAt
	return nil
}

// hasEvent says whether a new lead has a first event. Of a lead that is received as usual the row says it all.
func hasEvent(r *leadtable.Row) bool { return r.Status != lead.Received || r.Reason != "" }

// insert is false when the request is stored already.
func (s *Store) insert(ctx context.Context, q db.Queries, r *leadtable.Row) (bool, error) {
	if r.PageID != "" {
		if err := proof.RequirePage(ctx, q, r.PageID, r.DraftID); err != nil {
			return false, err
		}
	}
	n, err := table.Affected(leadtable.Columns.Exec(ctx, q, insertLead, r))
	if err != nil || n == 0 {
		return false, err
	}
	if _, err := leadtable.Columns.Exec(ctx, q, insertPrivate, r); err != nil {
		return false, err
	}
	if r.SSN != nil {
		if _, err := q.ExecContext(ctx, dropDraftSSN, r.DraftID); err != nil {
			return false, err
		}
	}
	if !hasEvent(r) {
		return true, nil
	}
	return true, leadtable.AddEvent(ctx, q, r.ID, leadtable.Event{At: r.ReceivedAt, Event: leadtable.Stored, To: r.Status, Reason: r.Reason})
}

// firstReceipt is the receipt of the first time that the request was saved. Answers that are erased cannot differ.
func (s *Store) firstReceipt(ctx context.Context, again *leadtable.Row) (lead.Receipt, error) {
	first, err := leadtable.One(ctx, s.leads.Engine.Reader(), selectRequest, again.DraftID, again.Request)
	if err == nil && first.EvidenceKey == nil {
		err = fmt.Errorf("lead %s was erased together with its page", first.ID)
	}
	if err == nil {
		err = s.leads.OpenAnswers(&first)
	}
	if err != nil {
		return lead.Receipt{}, fmt.Errorf("find the first receipt: %w", db.Clean(err))
	}
	receipt := lead.Receipt{ID: first.ID, Handle: s.leads.HandleOf(first.ID), ReceivedAt: first.ReceivedAt, Again: true}
	if first.AnswersKey != nil && differsFrom(&first, again) {
		return receipt, lead.ErrChanged
	}
	return receipt, nil
}

// differsFrom compares the form that r was sent with to another. A Social Security number that is erased, or
// that a person has corrected since, cannot be compared.
func differsFrom(r, again *leadtable.Row) bool {
	noNumber := r.SSN != nil && r.SSNKey == nil || r.Submitted.Given()
	return asPermitted(*r, again).SubmittedHash() != again.SubmittedHash() ||
		!noNumber && !r.Applicant.SocialSecurityNumber.Equal(again.Applicant.SocialSecurityNumber)
}

// asPermitted is r with what the form permits that was sent again, if that is no more: its consent may have been completed
// since.
func asPermitted(r leadtable.Row, again *leadtable.Row) *leadtable.Row {
	was, now := &r.Permission, again.Permission
	if again.Agent.Key != "" && (was.Terms || !now.Terms) && (was.CreditCheck || !now.CreditCheck) && (was.Marketing || !now.Marketing) {
		was.Terms, was.CreditCheck, was.Marketing = now.Terms, now.CreditCheck, now.Marketing
	}
	return &r
}
