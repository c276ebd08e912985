package store

import (
	"context"
	"database/sql"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// leadRow is a row of the table lead, and what stands beside it in lead_private.
type leadRow struct {
	lead.Lead
	draftID, pageID      string
	sourceID, agentID    int64
	consent              string // JSON
	eraseDueAt           time.Time
	answers, ssn         []byte // sealed, and so on
	evidence             []byte
	answersKey, ssnKey   []byte // wrapped
	evidenceKey          []byte
	emailIndex           []byte
	homePhone, cellPhone []byte
	workPhone            []byte
	submitted            lead.Private[string] // hash of the form as it was sent, once a person has corrected the answers

	before               lead.Status          // the status that a change replaces
	listedAt             time.Time            // when it came onto the list that it is read from
	samePhone, sameEmail bool                 // as those that the list is of
	disposition          lead.DispositionKind // the last one
}

// leadTable are the columns of lead and of lead_private, and those that statements alone name.
var leadTable = table.Of[leadRow]{
	"id":                   func(r *leadRow) any { return &r.ID },
	"draft_id":             func(r *leadRow) any { return &r.draftID },
	"request":              func(r *leadRow) any { return &r.Request },
	"draft_version":        func(r *leadRow) any { return &r.DraftVersion },
	"page_id":              func(r *leadRow) any { return &r.pageID },
	"source_id":            func(r *leadRow) any { return &r.sourceID },
	"agent_id":             func(r *leadRow) any { return &r.agentID },
	"agent_key":            func(r *leadRow) any { return &r.Agent.Key },
	"agent_name":           func(r *leadRow) any { return &r.Agent.Name },
	"language":             func(r *leadRow) any { return &r.Language },
	"status":               func(r *leadRow) any { return &r.Status },
	"hold":                 func(r *leadRow) any { return &r.Hold },
	"step":                 func(r *leadRow) any { return &r.Step },
	"next_attempt_at":      func(r *leadRow) any { return table.Millis(&r.NextAttemptAt) },
	"attempt":              func(r *leadRow) any { return &r.Attempt },
	"failures":             func(r *leadRow) any { return &r.Failures },
	"lease_until":          func(r *leadRow) any { return table.Millis(&r.LeaseUntil) },
	"doubt_since":          func(r *leadRow) any { return table.Millis(&r.DoubtSince) },
	"resent":               func(r *leadRow) any { return table.Flag(&r.Resent) },
	"reason":               func(r *leadRow) any { return &r.Reason },
	"alleviate_id":         func(r *leadRow) any { return &r.AlleviateID },
	"result_code":          func(r *leadRow) any { return &r.ResultCode },
	"bid":                  func(r *leadRow) any { return &r.Bid },
	"submit_status":        func(r *leadRow) any { return &r.SubmitStatus },
	"crm":                  func(r *leadRow) any { return &r.CRM },
	"crm_record_id":        func(r *leadRow) any { return &r.CRMRecordID },
	"permits_terms":        func(r *leadRow) any { return table.Flag(&r.Permission.Terms) },
	"permits_credit_check": func(r *leadRow) any { return table.Flag(&r.Permission.CreditCheck) },
	"permits_marketing":    func(r *leadRow) any { return table.Flag(&r.Permission.Marketing) },
	"certificate_id":       func(r *leadRow) any { return &r.Permission.CertificateID },
	"written_for":          func(r *leadRow) any { return &r.Permission.Written },
	"received_at":          func(r *leadRow) any { return table.Millis(&r.ReceivedAt) },
	"changed_at":           func(r *leadRow) any { return table.Millis(&r.ChangedAt) },
	"final_at":             func(r *leadRow) any { return table.Millis(&r.FinalAt) },
	"erase_due_at":         func(r *leadRow) any { return table.Millis(&r.eraseDueAt) },
	"erased_at":            func(r *leadRow) any { return table.Millis(&r.ErasedAt) },
	"consent":              func(r *leadRow) any { return &r.consent },
	"answers":              func(r *leadRow) any { return &r.answers },
	"ssn":                  func(r *leadRow) any { return &r.ssn },
	"evidence":             func(r *leadRow) any { return &r.evidence },
	"answers_key":          func(r *leadRow) any { return &r.answersKey },
	"ssn_key":              func(r *leadRow) any { return &r.ssnKey },
	"evidence_key":         func(r *leadRow) any { return &r.evidenceKey },
	"email_index":          func(r *leadRow) any { return &r.emailIndex },
	"home_phone_index":     func(r *leadRow) any { return &r.homePhone },
	"cell_phone_index":     func(r *leadRow) any { return &r.cellPhone },
	"work_phone_index":     func(r *leadRow) any { return &r.workPhone },

	"before":      func(r *leadRow) any { return &r.before },
	"listed_at":   func(r *leadRow) any { return table.Millis(&r.listedAt) },
	"same_phone":  func(r *leadRow) any { return table.Flag(&r.samePhone) },
	"same_email":  func(r *leadRow) any { return table.Flag(&r.sameEmail) },
	"disposition": func(r *leadRow) any { return &r.disposition },
}

// Columns that are read together. Nothing sealed is among the facts. Of a consumer's lead no agent is looked for.
const (
	agentColumns = `case when lead.agent_id = 0 then '' else coalesce((select key from agent where agent.id = lead.agent_id), '') end as agent_key,
		case when lead.agent_id = 0 then '' else coalesce((select name from agent where agent.id = lead.agent_id), '') end as agent_name`
	factColumns = `id, request, draft_version, language, status, hold, step, next_attempt_at, attempt, failures, lease_until, doubt_since, resent, reason,
		alleviate_id, result_code, bid, submit_status, crm, crm_record_id,
		permits_terms, permits_credit_check, permits_marketing, certificate_id, written_for, received_at, changed_at, final_at, erased_at, ` + agentColumns
	answerColumns = `answers, ssn,
		(select answers_key from lead_private where lead_id = lead.id) as answers_key,
		(select ssn_key from lead_private where lead_id = lead.id) as ssn_key`
)

const (
	selectFacts   = "select " + factColumns + " from lead where id = $1"
	selectAnswers = "select " + factColumns + ", draft_id, " + answerColumns + " from lead where id = $1"
)

// selectLeads reads facts.
func selectLeads(ctx context.Context, q db.Queries, query string, args ...any) ([]lead.Lead, error) {
	rows, err := leadTable.All(ctx, q, query, args...)
	var leads []lead.Lead
	for _, r := range rows {
		leads = append(leads, r.Lead)
	}
	return leads, err
}

// oneLead reads one row; none is lead.ErrNotFound.
func oneLead(ctx context.Context, q db.Queries, query string, args ...any) (leadRow, error) {
	r, err := leadTable.One(ctx, q, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	return r, err
}

// lockedLead locks a lead and then reads it. PostgreSQL would take what subqueries read from before it waited for the lock: a
// data key that does not open the record beside it.
func (s *Store) lockedLead(ctx context.Context, q db.Queries, query string, id lead.PartnerID) (leadRow, error) {
	if lock := s.engine.LockRow(); lock != "" {
		if _, err := oneLead(ctx, q, "select id from lead where id = $1"+lock, id); err != nil {
			return leadRow{}, err
		}
	}
	return oneLead(ctx, q, query, id)
}

func facts(ctx context.Context, q db.Queries, query string, id lead.PartnerID) (lead.Lead, error) {
	r, err := oneLead(ctx, q, query, id)
	return r.Lead, err
}

const draftHashBytes = 16

var hashLetters = base32.StdEncoding.WithPadding(base32.NoPadding)

// draftID is the key of a draft's row: a keyed hash, so that nobody can fill in a stranger's form with
// what is in a copy of the database. It begins with the time that a handle begins with, so that drafts that are
// made together are next to each other in an index.
func (s *Store) draftID(handle string) string {
	return handle[:min(len(handle), lead.NameTime)] + hashLetters.EncodeToString(s.keys.HandleHash("draft/" + handle)[:draftHashBytes])
}

// handleOf is the handle of the status page of a lead; empty for an id that lead.NewPartnerID has not made.
func (s *Store) handleOf(id lead.PartnerID) string {
	block, ok := id.Bytes()
	if !ok {
		return ""
	}
	return s.keys.Handle(block)
}

// indexes are the blind indexes of a lead.
func (r *leadRow) indexes() []*[]byte {
	return []*[]byte{&r.emailIndex, &r.homePhone, &r.cellPhone, &r.workPhone}
}

// setIndexes computes the blind indexes of the person's phones and e-mail address.
func (s *Store) setIndexes(r *leadRow, a *lead.Applicant) {
	r.emailIndex = s.index("email", strings.ToLower(a.Email.Reveal()))
	r.homePhone = s.index("phone", a.HomePhone.Reveal())
	r.cellPhone = s.index("phone", a.CellPhone.Reveal())
	r.workPhone = s.index("phone", a.WorkPhone.Reveal())
}

// index is nil when there is no value. The three phones share a name, so that a number is found
// wherever it was given.
func (s *Store) index(name, value string) []byte {
	if value == "" {
		return nil
	}
	return s.keys.Index(name, value)
}
