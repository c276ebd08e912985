package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
)

var insertLead = insert("lead", append(leadColumns, "origin"), "on conflict (submission_hash) do nothing")

// saved is what one run of Save found.
type saved struct {
	receipt lead.Receipt
	changed bool
}

// Save writes the lead, the evidence of its consent and its first event in one durable commit.
// When it returns a receipt without an error, the lead is on disk.
//
// It is idempotent on the submission key: the same key with the same answers gives the receipt
// of the first time; with other answers, that receipt and lead.ErrChanged, and nothing is
// written. It goes on when ctx ends, for 5 seconds at most. Any other error is no proof that
// the lead was not stored: the same key again is safe.
//
// With a draft, the same commit marks it as sent and erases its Social Security number. With a page,
// that page must have been kept for that draft: otherwise the error is lead.ErrNoPage and nothing is
// written.
//
// The zero values of a new lead are filled in: status received, received now, and without a hold
// due to be sent at once.
func (s *Store) Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error) {
	if err := s.admit(&l); err != nil {
		return lead.Receipt{}, fmt.Errorf("save lead: %w", err)
	}
	_ = s.keys.Refresh() // with the keys that it has it can still save; the upkeep reports the trouble
	row, err := s.leadRow(&l)
	if err == nil {
		row, err = s.withOrigin(row, &l)
	}
	if err != nil {
		return lead.Receipt{}, fmt.Errorf("save lead: %w", err)
	}
	evidence, err := s.consentRow(l.ID, record)
	if err != nil {
		return lead.Receipt{}, fmt.Errorf("save lead: %w", err)
	}
	draft, err := s.sentDraft(&l, record.PageID)
	if err != nil {
		return lead.Receipt{}, fmt.Errorf("save lead: %w", err)
	}
	got, err := write(ctx, s, acceptLimit, func(ctx context.Context, q db.Queries) (saved, error) {
		result, err := q.ExecContext(ctx, insertLead, row...)
		if err != nil {
			return saved{}, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return saved{}, err
		}
		if n == 0 {
			return s.first(ctx, q, &l)
		}
		if _, err := q.ExecContext(ctx, insertConsent, evidence...); err != nil {
			return saved{}, err
		}
		if err := draft.mark(ctx, q); err != nil {
			return saved{}, err
		}
		receipt := lead.Receipt{Handle: l.Handle.Reveal(), ReceivedAt: l.ReceivedAt}
		if l.Status == lead.Received && l.Reason == "" {
			return saved{receipt: receipt}, nil // the row says it all
		}
		return saved{receipt: receipt}, addEvent(ctx, q, l.ID, Event{At: l.ReceivedAt, Event: Stored, To: l.Status, Reason: l.Reason})
	})
	if err != nil {
		return lead.Receipt{}, fmt.Errorf("save lead %s: %w", l.ID, err)
	}
	if got.changed {
		return got.receipt, lead.ErrChanged
	}
	return got.receipt, nil
}

// admit fills in what a new lead may leave open and refuses what no new lead can be.
func (s *Store) admit(l *lead.Lead) error {
	if l.ID == "" || l.SubmissionKey.Reveal() == "" || l.Handle.Reveal() == "" {
		return errors.New("a lead needs an id, a handle and a submission key")
	}
	if l.Status == "" {
		l.Status = lead.Received
	}
	if l.Status != lead.Received && l.Status != lead.Suspect {
		return fmt.Errorf("a new lead cannot be %q", l.Status)
	}
	if l.ReceivedAt.IsZero() {
		l.ReceivedAt = s.now()
	}
	if l.Status == lead.Received && l.Hold == "" && l.Step == lead.AtRest {
		l.Step = lead.Send
	}
	if l.Step != lead.AtRest && l.NextAttemptAt.IsZero() {
		l.NextAttemptAt = l.ReceivedAt
	}
	l.ReceivedAt = stored(l.ReceivedAt)
	l.ChangedAt = l.ReceivedAt
	return nil
}

// first finds what the submission key is stored with.
func (s *Store) first(ctx context.Context, q db.Queries, l *lead.Lead) (saved, error) {
	var id lead.PartnerID
	var sealed, print []byte
	var got saved
	err := q.QueryRowContext(ctx, "select id, handle, fingerprint, received_at from lead where submission_hash = $1", s.submissionHash(l.SubmissionKey)).
		Scan(&id, &sealed, &print, millis{&got.receipt.ReceivedAt})
	if err != nil {
		return saved{}, err
	}
	if sealed == nil {
		return saved{}, fmt.Errorf("lead %s was erased together with its page", id)
	}
	handle, err := s.keys.Open(sealed, string(id), "handle")
	if err != nil {
		return saved{}, err
	}
	got.receipt.Handle = string(handle)
	got.changed = !bytes.Equal(print, erasedPrint) && !bytes.Equal(print, s.fingerprint(l))
	return got, nil
}
