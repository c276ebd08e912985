package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/restore"
	"intake/internal/store/stamp"
	"intake/internal/store/table"
)

// Decide carries out what a person decided and writes the audit entry in the same commit: both or
// neither. It returns the lead as it is now, without its answers. A decision that the lead does not
// take, because it has moved on or never could, changes nothing and says why.
func (s *Store) Decide(ctx context.Context, id lead.PartnerID, d lead.Decision) (l lead.Lead, err error) {
	defer db.Wrap(&err, "decide about lead %s", id)
	return db.Write(ctx, s.leads.Engine, db.DecisionLimit, func(ctx context.Context, q db.Queries) (lead.Lead, error) { return s.decide(ctx, q, id, d) })
}

func (s *Store) decide(ctx context.Context, q db.Queries, id lead.PartnerID, d lead.Decision) (lead.Lead, error) {
	l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts+s.leads.Engine.LockRow(), id)
	if err == nil {
		err = l.CheckDecision(d)
	}
	if err == nil {
		err = s.checkResend(ctx, q, l, d)
	}
	if err != nil {
		return l, err
	}
	out, before := d.Outcome(l), l
	out.At = table.AsStored(s.leads.Now())
	before.Failures = 0 // after a person's decision failures count anew
	next, err := leadtable.Move(ctx, q, before, out)
	if err == nil && next.Status == lead.Closed {
		err = leadtable.MarkTell(ctx, q, id, out.At)
	}
	if err != nil {
		return l, err
	}
	return next, s.AuditLog().Add(ctx, q, audit.Entry{
		At: out.At, Who: d.Who, Action: string(d.Event), Lead: string(id), Fields: changed(l, next), Reason: out.Reason, RequestID: d.RequestID,
	})
}

// checkResend refuses a decision to send a lead that Alleviate may have: one in doubt, one whose repeated call was
// refused, and one that has waited for a person since before a restore, because somebody may have released it after
// the backup. They need Alleviate's confirmation that it does not have the lead.
func (s *Store) checkResend(ctx context.Context, q db.Queries, l lead.Lead, d lead.Decision) error {
	if d.Event != lead.NotThere && d.Event != lead.SuspectFreed && d.Event != lead.SendAgain {
		return nil
	}
	st, err := stamp.Read(ctx, q)
	if err != nil {
		return err
	}
	missing := ErrUnconfirmed
	switch {
	case l.Resent: // the repeat was refused, and nobody knows what became of the first call
		missing = ErrResent
	case d.Event != lead.NotThere && (st.PartedAt.IsZero() || l.ChangedAt.After(st.PartedAt)):
		return nil
	}
	if d.ConfirmedAt.IsZero() {
		return missing
	}
	return s.checkConfirmation(ctx, q, l, d.ConfirmedAt, st.PartedAt)
}

// ErrResent is ErrUnconfirmed for a lead whose first call nobody heard of.
var ErrResent = errors.New("the lead was sent twice, and nobody knows what became of the first call: ask Alleviate whether it has the lead, then say -confirmed WHO -at TIME, or close the lead")

// ErrUnconfirmed: the lead is sent only when somebody at Alleviate confirms that it is not there.
var ErrUnconfirmed = errors.New("the lead came from a backup, and somebody may have let it go out since: ask Alleviate whether it has the lead, then say -confirmed WHO -at TIME, or close the lead")

const lastCallSQL = `select called_until, (select max(at) from lead_event where lead_id = lead.id and event in ('` +
	string(lead.SendBegun) + `', '` + string(lead.ResendBegun) + `')) from lead where id = $1`

// checkConfirmation refuses a confirmation that Alleviate does not have the lead when a call may have landed after
// it, and one from the future. A call may land until its lease ends and until Alleviate's longest time is over. When the
// doubt is no younger than a restore, a call of which this database knows nothing may have begun until then.
func (s *Store) checkConfirmation(ctx context.Context, q db.Queries, l lead.Lead, confirmed, parted time.Time) error {
	var leaseEnd, begun time.Time
	if err := q.QueryRowContext(ctx, lastCallSQL, l.ID).Scan(table.Millis(&leaseEnd), table.Millis(&begun)); err != nil {
		return err
	}
	lease, longest := s.options.SendLease, s.options.Longest
	ends := []time.Time{l.DoubtSince, leaseEnd}
	if !begun.IsZero() {
		ends = append(ends, begun.Add(longest))
	}
	if l.Reason == restore.AfterBackup { // of any restore, not only the last
		ends = append(ends, l.DoubtSince.Add(max(lease, longest)))
	}
	if !parted.IsZero() && !l.DoubtSince.After(parted) {
		ends = append(ends, parted.Add(max(lease, longest)))
	}
	last := slices.MaxFunc(ends, time.Time.Compare)
	if !confirmed.After(last) {
		return fmt.Errorf("the call may have landed until %s, after the confirmation: ask Alleviate after that time, and say when", last.UTC().Format(time.RFC3339))
	}
	if now := s.leads.Now(); confirmed.After(now) {
		return fmt.Errorf("the confirmation is from the future: it is %s now", now.UTC().Format(time.RFC3339))
	}
	return nil
}

// changed names the columns that differ between l and next.
func changed(l, next lead.Lead) []string {
	var names []string
	before, now := leadtable.Row{Lead: l}, leadtable.Row{Lead: next}
	for name, place := range leadtable.Columns {
		if !reflect.DeepEqual(place(&before), place(&now)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
