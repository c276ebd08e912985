package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
)

// Amended is the event of answers that a person corrected; it moves a lead nowhere.
const Amended lead.Event = "amended"

var selectAnswers = "select " + clearColumns + ", " + sealedColumns + " from lead where id = $1"

// consentedPhone is the answer that the consent to calls names.
const consentedPhone = "homePhone"

// Amend replaces the answers called names of a parked lead by those of a, as package validation left
// them; one that a lacks is taken away. The blind indexes follow. Event and audit entry hold the
// names alone; the entry's action, lead and fields are filled in. All of that is one commit.
//
// The consent to calls names the telephone number: with another one that consent does not hold, and the
// lead says so to Alleviate. Whoever has the new number or address and opted out since the lead was
// received stops it. It returns the lead as it is now, without its answers.
func (s *Store) Amend(ctx context.Context, id lead.PartnerID, attempt int, names []string, a lead.Applicant, e audit.Entry) (lead.Lead, error) {
	e.Action, e.Lead, e.Fields = "amend", string(id), names
	_ = s.keys.Refresh() // as in Save
	l, err := write(ctx, s, decisionLimit, func(ctx context.Context, q db.Queries) (lead.Lead, error) {
		l, err := s.amend(ctx, q, id, attempt, names, a)
		if err != nil {
			return l, err
		}
		return l, s.addAudit(ctx, q, e)
	})
	if err != nil {
		return lead.Lead{}, fmt.Errorf("amend lead %s: %w", id, err)
	}
	return l, nil
}

func (s *Store) amend(ctx context.Context, q db.Queries, id lead.PartnerID, attempt int, names []string, a lead.Applicant) (lead.Lead, error) {
	var l lead.Lead
	sealed, err := scanAll(q.QueryRowContext(ctx, selectAnswers+s.engine.LockRow(), id), &l)
	if errors.Is(err, sql.ErrNoRows) {
		return l, lead.ErrNotFound
	}
	if err == nil {
		err = l.Amendable(attempt)
	}
	if err == nil {
		err = s.open(&l, sealed)
	}
	if err != nil {
		return l, err
	}
	filed, err := unfile(ctx, q, id)
	if err != nil {
		return l, err
	}
	if err := s.replace(ctx, q, l, names, a); err != nil {
		return l, err
	}
	if err := file(ctx, q, id, filed); err != nil {
		return l, err
	}
	now := stored(s.now())
	event := Event{At: now, Event: Amended, From: l.Status, To: l.Status, Attempt: l.Attempt, Reason: "fields " + strings.Join(names, " ")}
	if err := errors.Join(addEvent(ctx, q, id, event), markUnscrubbed(ctx, q, now)); err != nil {
		return l, err
	}
	l, err = facts(ctx, q, selectFacts, id)
	if err != nil {
		return l, err
	}
	return s.heed(ctx, q, l)
}

// replace writes the new answers and what follows from them. The fingerprint stays that of the form
// that was sent: sent again, it is the same submission.
func (s *Store) replace(ctx context.Context, q db.Queries, l lead.Lead, names []string, a lead.Applicant) error {
	replaced := 0
	for i, answer := range a.Answers() {
		if !slices.Contains(names, answer.Name) {
			continue
		}
		replaced++
		text, given := answer.Text()
		sealed, err := s.sealText(text, given, l.ID, answerColumns[i])
		if err != nil {
			return err
		}
		if _, err := q.ExecContext(ctx, "update lead set "+answerColumns[i]+" = $1 where id = $2", sealed, l.ID); err != nil {
			return err
		}
	}
	if replaced == 0 || replaced != len(names) {
		return errors.New("it needs the names of answers, each once")
	}
	if slices.Contains(names, consentedPhone) {
		if _, err := q.ExecContext(ctx, "update lead set permits_marketing = 0 where id = $1", l.ID); err != nil {
			return err
		}
	}
	return s.reindex(ctx, q, l.ID, amendedApplicant(l.Applicant, names, a))
}

const reindexSQL = "update lead set email_index = $1, home_phone_index = $2, cell_phone_index = $3, work_phone_index = $4, index_version = $5 where id = $6"

// reindex writes the blind indexes of a person's phones and address.
func (s *Store) reindex(ctx context.Context, q db.Queries, id lead.PartnerID, a lead.Applicant) error {
	version := s.keys.IndexVersion() // before the hashes: an index may be newer than the row says
	_, err := q.ExecContext(ctx, reindexSQL, s.index("email", strings.ToLower(a.Email.Reveal())), s.index("phone", a.HomePhone.Reveal()),
		s.index("phone", a.CellPhone.Reveal()), s.index("phone", a.WorkPhone.Reveal()), version, id)
	return err
}

// amendedApplicant is was with the phones and the address of a that are among names.
func amendedApplicant(was lead.Applicant, names []string, a lead.Applicant) lead.Applicant {
	for _, f := range []struct {
		name     string
		old, now *lead.Private[string]
	}{
		{"email", &was.Email, &a.Email}, {"homePhone", &was.HomePhone, &a.HomePhone},
		{"cellPhone", &was.CellPhone, &a.CellPhone}, {"workPhone", &was.WorkPhone, &a.WorkPhone},
	} {
		if slices.Contains(names, f.name) {
			*f.old = *f.now
		}
	}
	return was
}

// unfile takes a lead away from the person's phones and address before those change. It is false when
// it was not filed yet, which then comes with its link in the chain.
func unfile(ctx context.Context, q db.Queries, id lead.PartnerID) (bool, error) {
	n, err := affected(q.ExecContext(ctx, "delete from lead_person where lead_id = $1 and person in ("+personsOf+")", id))
	return n > 0, err
}

// file files a lead again that was filed before.
func file(ctx context.Context, q db.Queries, id lead.PartnerID, filed bool) error {
	if !filed {
		return nil
	}
	_, err := q.ExecContext(ctx, fileSQL, id)
	return err
}
