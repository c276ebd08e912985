package proof

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// HoldUntilConsent makes a new lead wait whose record of a call is not complete. It permits nothing while it waits.
func HoldUntilConsent(l *lead.Lead, record *consent.Record) {
	if record.Channel == consent.RecordedCall {
		l.Permission.ClientIP = lead.Private[string]{}
		dropBrowser(record)
	}
	if record.Channel == consent.RecordedCall && !record.Complete() {
		l.Hold = lead.AwaitingConsent
	}
	if l.Hold == lead.AwaitingConsent {
		l.Permission.Terms, l.Permission.CreditCheck, l.Permission.Marketing = false, false, false
	}
}

// dropBrowser leaves out of the record of a call what would be the agent's browser and not the person's.
func dropBrowser(record *consent.Record) {
	record.ClientIP, record.UserAgent, record.ProxyChain = lead.Private[string]{}, lead.Private[string]{}, lead.Private[string]{}
}

// ErrIncomplete: the record is not one of a call with all that a lead needs to be sent.
var ErrIncomplete = errors.New("the consent record is not complete")

const selectWaiting = "select " + leadtable.FactColumns + ", page_id, consent, evidence, (select evidence_key from lead_private where lead_id = lead.id) as evidence_key from lead where id = $1"

var (
	updateConsent = table.Named(`update lead set consent = :consent, evidence = :evidence, permits_terms = :permits_terms,
		permits_credit_check = :permits_credit_check, permits_marketing = :permits_marketing where id = :id`)
	updateEvidenceKey = table.Named("update lead_private set evidence_key = :evidence_key where lead_id = :id")
)

// CompleteConsent replaces the record of a lead that awaits consent by the complete one, and the lead is due at once. All of that and the
// event, which says who completed it, are one commit. It goes on when ctx ends.
//
// The same consent again changes nothing and is no error. A lead that does not wait is lead.ErrNotWaiting; one that has waited for
// lead.ConsentWait is closed and gives the same error. The lead of a person who opted out since is closed: lead.ErrOptedOut.
func (s *Consents) CompleteConsent(ctx context.Context, id lead.PartnerID, record consent.Record, by lead.Agent) error {
	err := s.completeConsent(ctx, id, record, by)
	if err != nil {
		return fmt.Errorf("complete the consent of lead %s: %w", id, err)
	}
	return nil
}

func (s *Consents) completeConsent(ctx context.Context, id lead.PartnerID, record consent.Record, by lead.Agent) error {
	if record.Channel != consent.RecordedCall || record.PageID != "" || !record.Complete() {
		return ErrIncomplete
	}
	dropBrowser(&record)
	agentID, err := s.agents.Of(ctx, by)
	if err != nil {
		return err
	}
	_ = s.Keys.Refresh() // as in Save
	refused, err := db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (error, error) {
		r, err := s.Locked(ctx, q, selectWaiting, id)
		if err != nil {
			return nil, err
		}
		if refused, err := s.refuseConsent(ctx, q, &r, record); err != nil || refused != nil {
			return refused, err
		}
		if !r.AwaitsConsent() {
			return nil, nil // it was completed before
		}
		return nil, s.setComplete(ctx, q, &r, record, agentID)
	})
	return errors.Join(refused, err)
}

// refuseConsent returns in refused why consent comes too late. That is no error: the lead may have been closed for it, which
// must be committed.
func (s *Consents) refuseConsent(ctx context.Context, q db.Queries, r *leadtable.Row, record consent.Record) (refused, err error) {
	if !r.AwaitsConsent() {
		stored, err := s.RecordOf(r)
		if err == nil && !sameConsent(stored, record) {
			refused = lead.ErrNotWaiting
		}
		return refused, err
	}
	now := table.AsStored(s.Now())
	if !now.Before(r.ReceivedAt.Add(lead.ConsentWait)) {
		return lead.ErrNotWaiting, CloseOne(ctx, q, r.Lead, now)
	}
	l, err := s.CloseIfOptedOut(ctx, q, r.Lead)
	if err == nil && l.Status != r.Status {
		refused = lead.ErrOptedOut
	}
	return refused, err
}

// sameConsent says whether two records are of the same call with the same acts, whenever they were sent.
func sameConsent(a, b consent.Record) bool {
	return a.Channel == b.Channel && a.Call.ID.Equal(b.Call.ID) && a.Call.Agent.Equal(b.Call.Agent) && a.Call.Script == b.Call.Script &&
		a.Call.OptIn == b.Call.OptIn && slices.Equal(a.Acts, b.Acts)
}

func (s *Consents) setComplete(ctx context.Context, q db.Queries, r *leadtable.Row, record consent.Record, agentID int64) error {
	if err := SetConsent(s.Table, r, record); err != nil {
		return err
	}
	before := r.Lead
	permits := record.Permission()
	r.Permission.Terms, r.Permission.CreditCheck, r.Permission.Marketing = permits.Terms, permits.CreditCheck, permits.Marketing
	for _, update := range []table.Statement{updateConsent, updateEvidenceKey} {
		if _, err := leadtable.Columns.Exec(ctx, q, update, r); err != nil {
			return err
		}
	}
	out := lead.Outcome{Event: lead.ConsentGiven, At: table.AsStored(s.Now()), Next: lead.Send}
	next, err := leadtable.AfterOutcome(before, out)
	if err != nil {
		return err
	}
	if err := leadtable.Replace(ctx, q, before, next); err != nil {
		return err
	}
	return leadtable.AddEventBy(ctx, q, r.ID, leadtable.EventOf(out, before.Status, next.Status, before.Attempt), agentID)
}

const consentOverSQL = "select " + leadtable.FactColumns + " from lead where " + leadtable.Awaiting + " and received_at <= $1 order by received_at, id limit $2"

// CloseWithoutConsent closes the leads that have awaited consent for lead.ConsentWait by now, and returns those. Alleviate has
// none of them. It may be interrupted and run again, also by several processes at once; after an error, what it returns was done.
func (s *Consents) CloseWithoutConsent(ctx context.Context, now time.Time) (closed []lead.PartnerID, err error) {
	defer db.Wrap(&err, "close the leads whose consent never came")
	now = table.AsStored(now)
	err = db.InBatches(ctx, s.Engine, db.BatchRows, func(ctx context.Context, q db.Queries) (ids []lead.PartnerID, err error) {
		over, err := leadtable.All(ctx, q, consentOverSQL+s.Engine.SkipLocked(), now.Add(-lead.ConsentWait).UnixMilli(), db.BatchRows)
		if err != nil {
			return nil, err
		}
		for _, l := range over {
			if err := CloseOne(ctx, q, l, now); err != nil {
				return nil, err
			}
			ids = append(ids, l.ID)
		}
		return ids, nil
	}, func(ids []lead.PartnerID) { closed = append(closed, ids...) })
	return closed, err
}

// CloseOne closes a lead that has waited too long for its consent.
func CloseOne(ctx context.Context, q db.Queries, l lead.Lead, now time.Time) error {
	_, err := leadtable.Move(ctx, q, l, lead.Outcome{Event: lead.NoConsent, At: now, Reason: string(lead.NoConsent)})
	return err
}

// RecordOf is the consent record of a row, with the personal data that is not erased.
func (s *Consents) RecordOf(r *leadtable.Row) (record consent.Record, err error) {
	e := evidence{Row: *r}
	if e.record, err = clearRecord(r); err == nil {
		record, _, err = s.openConsent(&e)
	}
	return record, err
}
