package leadtable

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

// Row is a row of the table lead, and what stands beside it in lead_private.
type Row struct {
	lead.Lead
	DraftID, PageID      string
	SourceID, AgentID    int64
	Consent              string // JSON
	EraseDueAt           time.Time
	answers, SSN         []byte // sealed, and so on
	Evidence             []byte
	AnswersKey, SSNKey   []byte // wrapped
	EvidenceKey          []byte
	emailIndex           []byte
	homePhone, cellPhone []byte
	workPhone            []byte
	Submitted            lead.Private[string] // hash of the form as it was sent, once a person has corrected the answers

	Before               lead.Status          // the status that a change replaces
	ListedAt             time.Time            // when it came onto the list that it is read from
	SamePhone, SameEmail bool                 // as those that the list is of
	Disposition          lead.DispositionKind // the last one
}

// Columns are the columns of lead and of lead_private, and those that statements alone name.
var Columns = table.Of[Row]{
	"id":                   func(r *Row) any { return &r.ID },
	"draft_id":             func(r *Row) any { return &r.DraftID },
	"request":              func(r *Row) any { return &r.Request },
	"draft_version":        func(r *Row) any { return &r.DraftVersion },
	"page_id":              func(r *Row) any { return &r.PageID },
	"source_id":            func(r *Row) any { return &r.SourceID },
	"agent_id":             func(r *Row) any { return &r.AgentID },
	"agent_key":            func(r *Row) any { return &r.Agent.Key },
	"agent_name":           func(r *Row) any { return &r.Agent.Name },
	"language":             func(r *Row) any { return &r.Language },
	"status":               func(r *Row) any { return &r.Status },
	"hold":                 func(r *Row) any { return &r.Hold },
	"step":                 func(r *Row) any { return &r.Step },
	"next_attempt_at":      func(r *Row) any { return table.Millis(&r.NextAttemptAt) },
	"attempt":              func(r *Row) any { return &r.Attempt },
	"failures":             func(r *Row) any { return &r.Failures },
	"lease_until":          func(r *Row) any { return table.Millis(&r.LeaseUntil) },
	"doubt_since":          func(r *Row) any { return table.Millis(&r.DoubtSince) },
	"resent":               func(r *Row) any { return table.Flag(&r.Resent) },
	"reason":               func(r *Row) any { return &r.Reason },
	"alleviate_id":         func(r *Row) any { return &r.AlleviateID },
	"result_code":          func(r *Row) any { return &r.ResultCode },
	"bid":                  func(r *Row) any { return &r.Bid },
	"submit_status":        func(r *Row) any { return &r.SubmitStatus },
	"crm":                  func(r *Row) any { return &r.CRM },
	"crm_record_id":        func(r *Row) any { return &r.CRMRecordID },
	"permits_terms":        func(r *Row) any { return table.Flag(&r.Permission.Terms) },
	"permits_credit_check": func(r *Row) any { return table.Flag(&r.Permission.CreditCheck) },
	"permits_marketing":    func(r *Row) any { return table.Flag(&r.Permission.Marketing) },
	"certificate_id":       func(r *Row) any { return &r.Permission.CertificateID },
	"written_for":          func(r *Row) any { return &r.Permission.Written },
	"received_at":          func(r *Row) any { return table.Millis(&r.ReceivedAt) },
	"changed_at":           func(r *Row) any { return table.Millis(&r.ChangedAt) },
	"final_at":             func(r *Row) any { return table.Millis(&r.FinalAt) },
	"erase_due_at":         func(r *Row) any { return table.Millis(&r.EraseDueAt) },
	"erased_at":            func(r *Row) any { return table.Millis(&r.ErasedAt) },
	"consent":              func(r *Row) any { return &r.Consent },
	"answers":              func(r *Row) any { return &r.answers },
	"ssn":                  func(r *Row) any { return &r.SSN },
	"evidence":             func(r *Row) any { return &r.Evidence },
	"answers_key":          func(r *Row) any { return &r.AnswersKey },
	"ssn_key":              func(r *Row) any { return &r.SSNKey },
	"evidence_key":         func(r *Row) any { return &r.EvidenceKey },
	"email_index":          func(r *Row) any { return &r.emailIndex },
	"home_phone_index":     func(r *Row) any { return &r.homePhone },
	"cell_phone_index":     func(r *Row) any { return &r.cellPhone },
	"work_phone_index":     func(r *Row) any { return &r.workPhone },

	"before":      func(r *Row) any { return &r.Before },
	"listed_at":   func(r *Row) any { return table.Millis(&r.ListedAt) },
	"same_phone":  func(r *Row) any { return table.Flag(&r.SamePhone) },
	"same_email":  func(r *Row) any { return table.Flag(&r.SameEmail) },
	"disposition": func(r *Row) any { return &r.Disposition },
}

// Columns that are read together. Nothing sealed is among the facts. Of a consumer's lead no agent is looked for.
const (
	AgentColumns = `case when lead.agent_id = 0 then '' else coalesce((select key from agent where agent.id = lead.agent_id), '') end as agent_key,
		case when lead.agent_id = 0 then '' else coalesce((select name from agent where agent.id = lead.agent_id), '') end as agent_name`
	FactColumns = `id, request, draft_version, language, status, hold, step, next_attempt_at, attempt, failures, lease_until, doubt_since, resent, reason,
		alleviate_id, result_code, bid, submit_status, crm, crm_record_id,
		permits_terms, permits_credit_check, permits_marketing, certificate_id, written_for, received_at, changed_at, final_at, erased_at, ` + AgentColumns
	AnswerColumns = `answers, ssn,
		(select answers_key from lead_private where lead_id = lead.id) as answers_key,
		(select ssn_key from lead_private where lead_id = lead.id) as ssn_key`
)

// Statements that read the lead $1.
const (
	SelectFacts   = "select " + FactColumns + " from lead where id = $1"
	SelectAnswers = "select " + FactColumns + ", draft_id, " + AnswerColumns + " from lead where id = $1"
)

// All reads all of leads that is not sealed.
func All(ctx context.Context, q db.Queries, query string, args ...any) ([]lead.Lead, error) {
	rows, err := Columns.All(ctx, q, query, args...)
	var leads []lead.Lead
	for _, r := range rows {
		leads = append(leads, r.Lead)
	}
	return leads, err
}

// One reads one row; none is lead.ErrNotFound.
func One(ctx context.Context, q db.Queries, query string, args ...any) (Row, error) {
	r, err := Columns.One(ctx, q, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	return r, err
}

// Locked locks a lead and then reads it. PostgreSQL would take what subqueries read from before it waited for the lock: a
// data key that does not open the record beside it.
func (t *Table) Locked(ctx context.Context, q db.Queries, query string, id lead.PartnerID) (Row, error) {
	if lock := t.Engine.LockRow(); lock != "" {
		if _, err := One(ctx, q, "select id from lead where id = $1"+lock, id); err != nil {
			return Row{}, err
		}
	}
	return One(ctx, q, query, id)
}

// Facts reads all of one lead that is not sealed; none is lead.ErrNotFound.
func Facts(ctx context.Context, q db.Queries, query string, id lead.PartnerID) (lead.Lead, error) {
	r, err := One(ctx, q, query, id)
	return r.Lead, err
}

const draftHashBytes = 16

var hashLetters = base32.StdEncoding.WithPadding(base32.NoPadding)

// DraftID is the key of a draft's row: a keyed hash, so that nobody can fill in a stranger's form with
// what is in a copy of the database. It begins with the time that a handle begins with, so that drafts that are
// made together are next to each other in an index.
func (t *Table) DraftID(handle string) string {
	return handle[:min(len(handle), lead.NameTime)] + hashLetters.EncodeToString(t.Keys.HandleHash("draft/" + handle)[:draftHashBytes])
}

// HandleOf is the handle of the status page of a lead; empty for an id that lead.NewPartnerID has not made.
func (t *Table) HandleOf(id lead.PartnerID) string {
	block, ok := id.Bytes()
	if !ok {
		return ""
	}
	return t.Keys.Handle(block)
}

// Indexes are the blind indexes of a lead.
func (r *Row) Indexes() []*[]byte {
	return []*[]byte{&r.emailIndex, &r.homePhone, &r.cellPhone, &r.workPhone}
}

// SetIndexes computes the blind indexes of the person's phones and e-mail address.
func (t *Table) SetIndexes(r *Row, a *lead.Applicant) {
	r.emailIndex = t.Index("email", strings.ToLower(a.Email.Reveal()))
	r.homePhone = t.Index("phone", a.HomePhone.Reveal())
	r.cellPhone = t.Index("phone", a.CellPhone.Reveal())
	r.workPhone = t.Index("phone", a.WorkPhone.Reveal())
}

// Index is nil when there is no value. The three phones share a name, so that a number is found
// wherever it was given.
func (t *Table) Index(name, value string) []byte {
	if value == "" {
		return nil
	}
	return t.Keys.Index(name, value)
}
