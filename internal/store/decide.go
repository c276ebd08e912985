package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Decide carries out what a person decided and writes the audit entry in the same commit: both or
// neither. It returns the lead as it is now, without its answers. A decision that the lead does not
// take, because it has moved on or never could, changes nothing and says why.
func (s *Store) Decide(ctx context.Context, id lead.PartnerID, d lead.Decision) (lead.Lead, error) {
	l, err := db.Write(ctx, s.engine, decisionLimit, func(ctx context.Context, q db.Queries) (lead.Lead, error) { return s.decide(ctx, q, id, d) })
	if err != nil {
		return lead.Lead{}, fmt.Errorf("decide about lead %s: %w", id, err)
	}
	return l, nil
}

func (s *Store) decide(ctx context.Context, q db.Queries, id lead.PartnerID, d lead.Decision) (lead.Lead, error) {
	l, err := facts(ctx, q, selectFacts+s.engine.LockRow(), id)
	if err != nil {
		return l, err
	}
	if err := l.CheckDecision(d); err != nil {
		return l, err
	}
	if err := s.checkResend(ctx, q, l, d); err != nil {
		return l, err
	}
	out := d.Outcome(l)
	out.At = table.AsStored(s.now())
	next, err := afterOutcome(l, out)
	if err != nil {
		return l, err
	}
	next.Failures = 0 // after a person's decision failures count anew
	if err := replaceLead(ctx, q, l, next); err != nil {
		return l, err
	}
	if err := addEvent(ctx, q, id, eventOf(out, l.Status, next.Status, l.Attempt)); err != nil {
		return l, err
	}
	if next.Status == lead.Closed {
		if err := markTell(ctx, q, id, out.At); err != nil {
			return l, err
		}
	}
	return next, s.AuditLog().Add(ctx, q, audit.Entry{
		At: out.At, Who: d.Who, Action: string(d.Event), Lead: string(id), Fields: changed(l, next), Reason: out.Reason, RequestID: d.RequestID,
	})
}

// checkResend refuses a decision to send a lead that Alleviate may have: one in doubt, one whose repeated call was
// refused, and one that has waited for a person since before a restore, because somebody may have released it after
// the backup. They need Alleviate's confirmation that it does not have the lead.
func (s *Store) checkResend(ctx context.Context, q db.Queries, l lead.Lead, d lead.Decision) error {
	switch d.Event {
	case lead.NotThere:
		return s.checkConfirmation(ctx, q, l, d.ConfirmedAt)
	case lead.SuspectFreed, lead.SendAgain:
		if l.Resent { // the repeat was refused, and nobody knows what became of the first call
			return s.needConfirmation(ctx, q, l, d, ErrResent)
		}
	default:
		return nil
	}
	var parted time.Time
	if err := q.QueryRowContext(ctx, "select parted_at from stamp").Scan(table.Millis(&parted)); err != nil {
		return err
	}
	if parted.IsZero() || l.ChangedAt.After(parted) {
		return nil
	}
	return s.needConfirmation(ctx, q, l, d, ErrUnconfirmed)
}

// needConfirmation returns missing for a decision without Alleviate's confirmation, and checks the time of one.
func (s *Store) needConfirmation(ctx context.Context, q db.Queries, l lead.Lead, d lead.Decision, missing error) error {
	if d.ConfirmedAt.IsZero() {
		return missing
	}
	return s.checkConfirmation(ctx, q, l, d.ConfirmedAt)
}

// ErrResent is ErrUnconfirmed for a lead whose first call nobody heard of.
var ErrResent = errors.New("the lead was sent twice, and nobody knows what became of the first call: ask Alleviate whether it has the lead, then say -confirmed WHO -at TIME, or close the lead")

// ErrUnconfirmed: the lead is sent only when somebody at Alleviate confirms that it is not there.
var ErrUnconfirmed = errors.New("the lead came from a backup, and somebody may have let it go out since: ask Alleviate whether it has the lead, then say -confirmed WHO -at TIME, or close the lead")

const lastCallSQL = `select called_until, (select max(at) from lead_event where lead_id = lead.id and event in ('` +
	string(lead.SendBegun) + `', '` + string(lead.ResendBegun) + `')), (select parted_at from stamp) from lead where id = $1`

// checkConfirmation refuses a confirmation that Alleviate does not have the lead when a call may have landed after
// it, and one from the future. A call may land until its lease ends and until Alleviate's longest time is over. When the
// doubt is no younger than a restore, a call of which this database knows nothing may have begun until then.
func (s *Store) checkConfirmation(ctx context.Context, q db.Queries, l lead.Lead, confirmed time.Time) error {
	var leaseEnd, begun, parted time.Time
	if err := q.QueryRowContext(ctx, lastCallSQL, l.ID).Scan(table.Millis(&leaseEnd), table.Millis(&begun), table.Millis(&parted)); err != nil {
		return err
	}
	ends := []time.Time{l.DoubtSince, leaseEnd}
	if !begun.IsZero() {
		ends = append(ends, begun.Add(s.longest))
	}
	if l.Reason == afterBackup { // of any restore, not only the last
		ends = append(ends, l.DoubtSince.Add(max(s.sendLease, s.longest)))
	}
	if !parted.IsZero() && !l.DoubtSince.After(parted) {
		ends = append(ends, parted.Add(max(s.sendLease, s.longest)))
	}
	last := slices.MaxFunc(ends, time.Time.Compare)
	if !confirmed.After(last) {
		return fmt.Errorf("the call may have landed until %s, after the confirmation: ask Alleviate after that time, and say when", last.UTC().Format(time.RFC3339))
	}
	if now := s.now(); confirmed.After(now) {
		return fmt.Errorf("the confirmation is from the future: it is %s now", now.UTC().Format(time.RFC3339))
	}
	return nil
}

// changed names the columns that differ between l and next.
func changed(l, next lead.Lead) []string {
	var names []string
	before, now := leadRow{Lead: l}, leadRow{Lead: next}
	for name, place := range leadTable {
		if stringOf(place(&before)) != stringOf(place(&now)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// stringOf compares what goes to the database from a place.
func stringOf(place any) string {
	if v, ok := place.(driver.Valuer); ok {
		value, _ := v.Value() // of a time or a flag: never fails
		return fmt.Sprint(value)
	}
	return fmt.Sprint(reflect.ValueOf(place).Elem().Interface())
}

// Facts returns all of a lead that is not sealed, and opens nothing. No such lead is
// lead.ErrNotFound.
func (s *Store) Facts(ctx context.Context, id lead.PartnerID) (lead.Lead, error) {
	l, err := facts(ctx, s.engine.Reader(), selectFacts, id)
	if err != nil {
		return lead.Lead{}, fmt.Errorf("find lead %s: %w", id, db.Clean(err))
	}
	return l, nil
}
