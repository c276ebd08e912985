package leadtable

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// updateLead ends the lease. It changes no row when a later attempt has begun.
var updateLead = table.Named(table.EndLease("lead", `status = :status, hold = :hold, step = :step, next_attempt_at = :next_attempt_at, failures = :failures,
	doubt_since = :doubt_since, reason = :reason, alleviate_id = :alleviate_id, result_code = :result_code, bid = :bid, submit_status = :submit_status, crm = :crm, crm_record_id = :crm_record_id, changed_at = :changed_at, resent = :resent,
	final_at = :final_at, erase_due_at = coalesce(:erase_due_at, erase_due_at)`) + " and status = :before")

// Move applies out to l, which the caller has read in the same transaction, and returns the lead as it is then.
func Move(ctx context.Context, q db.Queries, l lead.Lead, out lead.Outcome) (lead.Lead, error) {
	next, err := AfterOutcome(l, out)
	if err != nil {
		return l, err
	}
	if err := Replace(ctx, q, l, next); err != nil {
		return l, err
	}
	return next, AddEvent(ctx, q, l.ID, EventOf(out, l.Status, next.Status, l.Attempt))
}

// Replace replaces what is stored of l, which the caller has read in the same transaction, by next.
func Replace(ctx context.Context, q db.Queries, l, next lead.Lead) error {
	r := Row{Lead: next, Before: l.Status}
	r.Attempt = l.Attempt
	if l.FinalAt.IsZero() {
		r.EraseDueAt = next.FinalAt // retention then computes when its records are due
	}
	n, err := table.Affected(Columns.Exec(ctx, q, updateLead, &r))
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("lead %s changed inside the transaction that read it", l.ID)
	}
	return nil
}

// AfterOutcome is l after out was applied to it.
func AfterOutcome(l lead.Lead, out lead.Outcome) (lead.Lead, error) {
	to, err := l.Status.Next(out.Event)
	if err != nil {
		return l, err
	}
	if to != l.Status {
		l.ChangedAt = out.At
		switch {
		case out.Event == lead.ResendStopped:
			l.Resent = false // and the doubt is as old as it was
		case to == lead.InDoubt:
			l.DoubtSince = out.At
		default:
			l.DoubtSince = time.Time{}
		}
	}
	if !keepsWaiting(l, to, out.Event) {
		l.Hold = ""
	}
	l.Status, l.Reason = to, out.Reason
	l.LeaseUntil = time.Time{}
	l.Step, l.NextAttemptAt = out.Next, time.Time{}
	if out.Next != lead.AtRest {
		l.NextAttemptAt = cmp.Or(table.AsStored(out.NextAt), out.At)
	}
	if out.Failed {
		l.Failures++
	}
	// What Alleviate did not answer stays.
	l.AlleviateID, l.ResultCode, l.Bid = cmp.Or(out.AlleviateID, l.AlleviateID), cmp.Or(out.ResultCode, l.ResultCode), cmp.Or(out.Bid, l.Bid)
	l.SubmitStatus, l.CRM, l.CRMRecordID = cmp.Or(out.SubmitStatus, l.SubmitStatus), cmp.Or(out.CRM, l.CRM), cmp.Or(out.CRMRecordID, l.CRMRecordID)
	if l.FinalAt.IsZero() && (l.Final() || l.Status == lead.Closed) {
		l.FinalAt = out.At
	}
	return l, nil
}

// EventOf is the event that an outcome adds to the history.
func EventOf(out lead.Outcome, from, to lead.Status, attempt int) Event {
	return Event{
		At: out.At, Event: out.Event, From: from, To: to, Attempt: attempt, Reason: out.Reason,
		AlleviateID: out.AlleviateID, ResultCode: out.ResultCode, Bid: out.Bid,
		SubmitStatus: out.SubmitStatus, CRM: out.CRM, CRMRecordID: out.CRMRecordID,
	}
}

// keepsWaiting says whether a lead that awaits consent still does when an event has moved it: a person's word after a restore
// that Alleviate does not have it is no consent.
func keepsWaiting(l lead.Lead, to lead.Status, event lead.Event) bool {
	return l.Hold == lead.AwaitingConsent && to == lead.Received && event != lead.ConsentGiven
}
