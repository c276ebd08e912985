package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/auditlog"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// Amended is the event of answers that a person corrected; it moves a lead nowhere.
const Amended lead.Event = "amended"

// consentedPhone is the answer that the consent to calls names.
const consentedPhone = "homePhone"

// Amend replaces the answers called names of a parked lead by those of a, as package validation left
// them; one that a lacks is taken away. The blind indexes follow. Event and audit entry hold the
// names alone; the entry's action, lead and fields are filled in. All of that is one commit.
//
// The consent to calls names the telephone number: with another one that consent does not hold, and the
// lead says so to Alleviate. If the person of the new number or address opted out since the lead was
// received, the lead is closed. It returns the lead as it is now, without its answers.
func (s *Store) Amend(ctx context.Context, id lead.PartnerID, attempt int, names []string, a lead.Applicant, e audit.Entry) (l lead.Lead, err error) {
	defer db.Wrap(&err, "amend lead %s", id)
	e.Action, e.Lead, e.Fields = "amend", string(id), names
	_ = s.leads.Keys.Refresh() // as in Save
	return auditlog.Write(ctx, s.AuditLog(), db.DecisionLimit, e, func(ctx context.Context, q db.Queries) (lead.Lead, error) {
		return s.amend(ctx, q, id, attempt, names, a)
	})
}

var (
	updateAnswers = table.Named(`update lead set answers = :answers, ssn = :ssn, permits_marketing = :permits_marketing where id = :id`)
	updateKeys    = table.Named(`update lead_private set answers_key = :answers_key, ssn_key = :ssn_key where lead_id = :id`)
)

func (s *Store) amend(ctx context.Context, q db.Queries, id lead.PartnerID, attempt int, names []string, a lead.Applicant) (lead.Lead, error) {
	r, err := s.leads.Locked(ctx, q, leadtable.SelectAnswers, id)
	if err == nil {
		err = r.Amendable(attempt)
	}
	if err == nil {
		err = s.leads.OpenAnswers(&r)
	}
	if err == nil {
		r.Submitted = lead.Keep(r.SubmittedHash()) // so that the same form, sent again, does not count as changed
		err = replaceAnswers(&r, names, a)
	}
	if err == nil {
		err = s.storeAnswers(ctx, q, &r)
	}
	if err != nil {
		return r.Lead, err
	}
	now := table.AsStored(s.leads.Now())
	event := leadtable.Event{At: now, Event: Amended, From: r.Status, To: r.Status, Attempt: r.Attempt, Reason: "fields " + strings.Join(names, " ")}
	if err := errors.Join(leadtable.AddEvent(ctx, q, id, event), db.MarkUnscrubbed(ctx, q, now)); err != nil {
		return r.Lead, err
	}
	l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts, id)
	if err != nil {
		return l, err
	}
	return s.leads.CloseIfOptedOut(ctx, q, l)
}

// replaceAnswers replaces the answers called names by those of a.
func replaceAnswers(r *leadtable.Row, names []string, a lead.Applicant) error {
	var next lead.Applicant
	into, was, now := next.Answers(), r.Applicant.Answers(), a.Answers()
	replaced := 0
	for i := range into {
		source := was[i]
		if slices.Contains(names, source.Name) {
			source = now[i]
			replaced++
		}
		text, given := source.Text()
		if !given {
			continue
		}
		if err := into[i].Set(text); err != nil {
			return err
		}
	}
	if replaced == 0 || replaced != len(names) {
		return errors.New("it needs the names of answers, each once")
	}
	if slices.Contains(names, consentedPhone) {
		r.Permission.Marketing = false
	}
	r.Applicant = next
	return nil
}

// storeAnswers seals the answers under new data keys, and updates the blind indexes and lead_person.
func (s *Store) storeAnswers(ctx context.Context, q db.Queries, r *leadtable.Row) error {
	if !r.Applicant.SocialSecurityNumber.Given() {
		r.SSN, r.SSNKey = nil, nil
	}
	if err := s.leads.SealAnswers(r); err != nil {
		return err
	}
	for _, update := range []table.Statement{updateAnswers, updateKeys} {
		if _, err := leadtable.Columns.Exec(ctx, q, update, r); err != nil {
			return err
		}
	}
	s.leads.SetIndexes(r, &r.Applicant)
	return leadtable.ReplaceIndexes(ctx, q, r)
}
