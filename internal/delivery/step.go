package delivery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

const (
	backoffMin           = 5 * time.Second // doubles …
	backoffMax           = 15 * time.Minute
	giveUpFailures       = 12                 // parked after so many failures …
	giveUpAfter          = 24 * time.Hour     // … and this age
	closeUnresolvedAfter = 7 * 24 * time.Hour // a lead without a final result is closed

	// Alleviate documents getLeadStatus for reconciling older leads, and not how often: these are ours. The
	// checks count against the pace like all calls, and end before the answers are erased.
	lateCheckEvery = 7 * 24 * time.Hour
	lateCheckFor   = 30 * 24 * time.Hour
	lateCheckRetry = 24 * time.Hour // after a failed check
)

// statusSchedule is when a result that is not final is checked again, counted from the first answer; after the
// last entry it is checked daily.
var statusSchedule = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour}

// unknownCodeSchedule is when a result with an undocumented code is checked again, until unknownCodeFor after the
// first answer; then the lead rests.
var unknownCodeSchedule = statusSchedule[2:]

const unknownCodeFor = 24 * time.Hour

// step makes the one call of a claim and returns the lead's outcome, by the class of the error. It never
// repeats a call.
func (c *Courier) step(ctx context.Context, step lead.Step, l lead.Lead) (lead.Outcome, error) {
	switch step {
	case lead.Send:
		return c.send(ctx, l)
	case lead.Submit:
		return c.submit(ctx, l)
	}
	return c.checkStatus(ctx, l)
}

func (c *Courier) send(ctx context.Context, l lead.Lead) (lead.Outcome, error) {
	answer, err := c.Backend.CreateLead(ctx, leadInput(l, c.SiteURL, c.AffiliateAppID))
	now := c.Clock.Now()
	switch KindOf(err) {
	case "":
		return c.createOutcome(l, answer, now), nil
	case alleviate.Rejected:
		return lead.Outcome{Event: lead.Rejected, At: now, Reason: reason(err)}, err
	case alleviate.Ambiguous:
		out := lead.Outcome{Event: lead.Ambiguous, At: now, Reason: reason(err)}
		if l.Resent {
			out.Reason += "; it was sent twice, a person decides"
		}
		return out, err
	}
	return c.postpone(l, lead.Send, err, now), err
}

// createOutcome is the outcome of a createLead that returned an id.
func (c *Courier) createOutcome(l lead.Lead, answer alleviate.CreatedLead, now time.Time) lead.Outcome {
	out := lead.Outcome{
		Event: lead.Answered, At: now,
		AlleviateID: lead.AlleviateID(answer.ID), ResultCode: int(answer.Code), Bid: answer.Bid.String(),
	}
	if l.Attempt > 1 && answer.Code == alleviate.CodeDuplicate {
		out.Reason = lead.LandedBefore // an earlier call of ours, or the person was there already
	}
	return c.Path.next(l, out, answer.Code, now, now)
}

// Path is how a qualified lead gets to the CRM.
type Path struct {
	Manual       bool // we submit it (ALLEVIATE_CRM=manual)
	WrittenFirst bool // an agent's lead is not submitted before its person has agreed in their own browser
}

// next is out with the step that follows a result code first seen at since.
func (p Path) next(l lead.Lead, out lead.Outcome, code alleviate.ResultCode, since, now time.Time) lead.Outcome {
	out.Next, out.NextAt = nextStep(p.Manual, code, since, now)
	if out.Next == lead.Submit && p.WrittenFirst && l.Agent.Key != "" && l.Permission.Written == lead.AtRest {
		out.Next, out.NextAt = lead.AtRest, time.Time{}
		if out.Reason != "" {
			out.Reason = ": " + out.Reason
		}
		out.Reason = lead.HandOffDue + out.Reason
	}
	return out
}

// nextStep is the step that follows a result code first seen at since.
func nextStep(manual bool, code alleviate.ResultCode, since, now time.Time) (lead.Step, time.Time) {
	switch {
	case code.Qualified() && manual:
		return lead.Submit, now
	case !code.Final():
		return lead.Look, nextStatusCheck(statusSchedule, since, now)
	case !code.Known():
		if at := nextStatusCheck(unknownCodeSchedule, since, now); at.Sub(since) <= unknownCodeFor {
			return lead.Look, at
		}
	}
	return lead.AtRest, time.Time{}
}

// nextStatusCheck is the first time of the schedule after now.
func nextStatusCheck(schedule []time.Duration, since, now time.Time) time.Time {
	for _, after := range schedule {
		if at := since.Add(after); at.After(now) {
			return at
		}
	}
	days := now.Sub(since)/(24*time.Hour) + 1
	return since.Add(days * 24 * time.Hour)
}

func (c *Courier) submit(ctx context.Context, l lead.Lead) (lead.Outcome, error) {
	answer, err := c.Backend.SubmitLead(ctx, submitInput(l))
	now := c.Clock.Now()
	switch KindOf(err) {
	case "":
		return submitOutcome(answer, now), nil
	case alleviate.Rejected:
		return lead.Outcome{Event: lead.Rejected, At: now, Reason: reason(err)}, err
	}
	return c.postpone(l, lead.Submit, err, now), err
}

func submitOutcome(answer alleviate.SubmittedLead, now time.Time) lead.Outcome {
	out := lead.Outcome{
		At: now, SubmitStatus: int(answer.Code), CRM: answer.CRM, CRMRecordID: string(answer.CRMRecordID),
	}
	switch answer.Code {
	case alleviate.Submitted, alleviate.AlreadySubmitted: // already: a call whose answer was lost had landed
		out.Event = lead.WasSubmitted
	case alleviate.CertificateMissing, alleviate.CertificateRefused:
		out.Event = lead.WasRefused
		out.Reason = fmt.Sprintf("submitLead %d", answer.Code)
	default:
		out.Event = lead.UnknownStatus
		out.Reason = fmt.Sprintf("submitLead %d, which is not documented", answer.Code)
	}
	return out
}

// checkStatus asks for a result that was not final. It changes nothing at Alleviate, so after any failure the
// next check on the schedule goes out.
func (c *Courier) checkStatus(ctx context.Context, l lead.Lead) (lead.Outcome, error) {
	answer, err := c.Backend.LeadStatus(ctx, alleviate.LeadID(l.AlleviateID))
	now := c.Clock.Now()
	if l.Status == lead.Closed {
		return lateCheckOutcome(l, answer, err, now), err
	}
	out := lead.Outcome{Event: lead.Looked, At: now}
	code := alleviate.ResultCode(l.ResultCode)
	switch {
	case err == nil:
		code = answer.Code
		out.ResultCode, out.Bid = int(answer.Code), answer.Bid.String()
	case errors.Is(err, alleviate.ErrUnknownLead):
		out.Reason = "not found there"
	default:
		out.Event, out.Reason = lead.Postponed, reason(err)
	}
	if err == nil && !code.Final() && now.Sub(l.ChangedAt) >= closeUnresolvedAfter {
		out.Event, out.Reason = lead.Unresolved, "no final result in seven days"
		out.Next, out.NextAt = lead.LookBack, now.Add(lateCheckEvery)
		return out, nil
	}
	out = c.Path.next(l, out, code, l.ChangedAt, now)
	if wait := retryAfter(err); out.Next == lead.Look && now.Add(wait).After(out.NextAt) {
		out.NextAt = now.Add(wait)
	}
	return out, err
}

// lateCheckOutcome is the outcome of a status check of a lead that was closed without a result. The lead stays
// closed, because its applicant was told so; a result that came since is logged for staff.
func lateCheckOutcome(l lead.Lead, answer alleviate.LeadStatus, err error, now time.Time) lead.Outcome {
	out := lead.Outcome{Event: lead.Looked, At: now, Reason: l.Reason, NextAt: now.Add(lateCheckEvery)}
	switch {
	case KindOf(err) != "":
		out.Event, out.NextAt = lead.Postponed, now.Add(max(lateCheckRetry, retryAfter(err)))
	case answer.Code.Final():
		return lead.Outcome{Event: lead.ResultChanged, At: now, Reason: fmt.Sprintf("%s: %d", lead.ChangedLate, answer.Code)}
	}
	if out.NextAt.Sub(l.ChangedAt) < lateCheckFor {
		out.Next = lead.LookBack
	}
	return out
}

// postpone puts the lead back in the queue: the call did not execute, or a repeat is safe. Only an outage
// counts towards giving up; throttling and refused credentials are not the lead's fault.
func (c *Courier) postpone(l lead.Lead, step lead.Step, err error, now time.Time) lead.Outcome {
	kind := KindOf(err)
	out := lead.Outcome{
		Event: lead.Postponed, At: now, Reason: reason(err), Next: step,
		Failed: kind == alleviate.Transient || kind == alleviate.Ambiguous,
	}
	if !out.Failed {
		out.NextAt = now.Add(retryAfter(err)) // the gate says when calls go out again
		return out
	}
	if c.blocks.countBlock(l.ID, step, err, now) {
		out.Event, out.Next, out.Reason = lead.GaveUp, lead.AtRest, out.Reason+"; met three times while others passed"
		return out
	}
	if l.Failures+1 >= giveUpFailures && now.Sub(l.ReceivedAt) >= giveUpAfter {
		out.Event, out.Next = lead.GaveUp, lead.AtRest
		return out
	}
	out.NextAt = now.Add(max(backoff(l.Failures), retryAfter(err)))
	return out
}

// backoff doubles with every failure, with jitter from 50 to 100 %, so that leads that failed together are
// not retried together.
func backoff(failures int) time.Duration {
	full := backoffMax
	if failures < 8 { // the shift stays small
		full = min(backoffMin<<failures, backoffMax)
	}
	return full/2 + rand.N(full/2+1)
}

// reason is what staff read: class, status, code and field names, never a value.
func reason(err error) string {
	failure, ok := errors.AsType[*alleviate.Error](err)
	if !ok {
		return "failed before any call"
	}
	parts := []string{string(failure.Kind), failure.Reason}
	if failure.HTTPStatus != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", failure.HTTPStatus))
	}
	if failure.Code != "" {
		parts = append(parts, failure.Code)
	}
	if len(failure.Fields) > 0 {
		parts = append(parts, "fields "+strings.Join(failure.Fields, " "))
	}
	return strings.Join(parts, ", ")
}
