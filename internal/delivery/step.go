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
	backoffFirst = 5 * time.Second // doubling …
	backoffMost  = 15 * time.Minute
	giveUpCount  = 12 // failures, and
	giveUpAge    = 24 * time.Hour
	unresolved   = 7 * 24 * time.Hour // then it is closed

	// Alleviate documents getLeadStatus for reconciling older leads, and not how often: these are ours. The
	// looks take from the pace like all others, and end when the answers are about to be erased.
	lookBackEvery = 7 * 24 * time.Hour
	lookBackFor   = 30 * 24 * time.Hour
	lookBackAgain = 24 * time.Hour // after one that failed
)

// looks is when a result that is not final is looked at again, counted from the first answer; after
// the last of them it is daily.
var looks = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour}

// step makes the one outside call of a claim and says what became of the lead. Error classes
// decide; nothing is ever repeated here.
func (c *Courier) step(ctx context.Context, step lead.Step, l lead.Lead) (lead.Outcome, error) {
	switch step {
	case lead.Send:
		return c.send(ctx, l)
	case lead.Submit:
		return c.submit(ctx, l)
	}
	return c.look(ctx, l)
}

func (c *Courier) send(ctx context.Context, l lead.Lead) (lead.Outcome, error) {
	answer, err := c.Backend.CreateLead(ctx, leadInput(l, c.SiteURL))
	now := c.Clock.Now()
	switch KindOf(err) {
	case "":
		return c.created(l, answer, now), nil
	case alleviate.Rejected:
		return lead.Outcome{Event: lead.Rejected, At: now, Reason: reason(err)}, err
	case alleviate.Ambiguous:
		out := lead.Outcome{Event: lead.Ambiguous, At: now, Reason: reason(err)}
		if l.Resent {
			out.Reason += "; it was sent twice, a person decides"
		}
		return out, err
	}
	return c.postponed(l, lead.Send, err, now), err
}

// created decides what follows an answer with an id.
func (c *Courier) created(l lead.Lead, answer alleviate.CreatedLead, now time.Time) lead.Outcome {
	out := lead.Outcome{
		Event: lead.Answered, At: now,
		AlleviateID: lead.AlleviateID(answer.ID), ResultCode: int(answer.Code), Bid: answer.Bid.String(),
	}
	if l.Attempt > 1 && answer.Code == alleviate.CodeDuplicate {
		out.Reason = lead.LandedBefore // an earlier call of ours, or the person was there already
	}
	out.Next, out.NextAt = follow(c.Manual, answer.Code, now, now)
	return out
}

// follow is the step after a result code that was first seen at since.
func follow(manual bool, code alleviate.ResultCode, since, now time.Time) (lead.Step, time.Time) {
	switch {
	case code.Qualified() && manual:
		return lead.Submit, now
	case !code.Final():
		return lead.Look, nextLook(looks, since, now)
	case !code.Known():
		if at := nextLook(looks[2:], since, now); at.Sub(since) <= 24*time.Hour {
			return lead.Look, at
		}
	}
	return lead.AtRest, time.Time{}
}

// nextLook is the first time of the schedule that is still ahead.
func nextLook(schedule []time.Duration, since, now time.Time) time.Time {
	for _, after := range schedule {
		if at := since.Add(after); at.After(now) {
			return at
		}
	}
	days := now.Sub(since)/(24*time.Hour) + 1
	return since.Add(days * 24 * time.Hour)
}

func (c *Courier) submit(ctx context.Context, l lead.Lead) (lead.Outcome, error) {
	answer, err := c.Backend.SubmitLead(ctx, alleviate.SubmitLeadInput{LeadID: alleviate.LeadID(l.AlleviateID)})
	now := c.Clock.Now()
	switch KindOf(err) {
	case "":
		return submitted(answer, now), nil
	case alleviate.Rejected:
		return lead.Outcome{Event: lead.Rejected, At: now, Reason: reason(err)}, err
	}
	return c.postponed(l, lead.Submit, err, now), err
}

func submitted(answer alleviate.SubmittedLead, now time.Time) lead.Outcome {
	out := lead.Outcome{
		At: now, SubmitStatus: int(answer.Code), CRM: answer.CRM, CRMRecordID: answer.CRMRecordID,
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

// look asks for a result that was not final. A look changes nothing at Alleviate, so whatever goes
// wrong, the next one is on the schedule.
func (c *Courier) look(ctx context.Context, l lead.Lead) (lead.Outcome, error) {
	answer, err := c.Backend.LeadStatus(ctx, alleviate.LeadID(l.AlleviateID))
	now := c.Clock.Now()
	if l.Status == lead.Closed {
		return lookedBack(l, answer, err, now), err
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
	if err == nil && !code.Final() && now.Sub(l.ChangedAt) >= unresolved {
		out.Event, out.Reason = lead.Unresolved, "no final result in seven days"
		out.Next, out.NextAt = lead.LookBack, now.Add(lookBackEvery)
		return out, nil
	}
	out.Next, out.NextAt = follow(c.Manual, code, l.ChangedAt, now)
	if wait := retryAfter(err); out.Next == lead.Look && now.Add(wait).After(out.NextAt) {
		out.NextAt = now.Add(wait)
	}
	return out, err
}

// lookedBack is what became of a look at a lead that was closed without a result. It stays closed, for its
// person has been told so and its answers are on their way out; a person is told what Alleviate has now.
func lookedBack(l lead.Lead, answer alleviate.LeadStatus, err error, now time.Time) lead.Outcome {
	out := lead.Outcome{Event: lead.Looked, At: now, Reason: l.Reason, NextAt: now.Add(lookBackEvery)}
	switch {
	case KindOf(err) != "":
		out.Event, out.NextAt = lead.Postponed, now.Add(max(lookBackAgain, retryAfter(err)))
	case answer.Code.Final():
		return lead.Outcome{Event: lead.ResultChanged, At: now, Reason: fmt.Sprintf("%s: %d", lead.ChangedLate, answer.Code)}
	}
	if out.NextAt.Sub(l.ChangedAt) < lookBackFor {
		out.Next = lead.LookBack
	}
	return out
}

// postponed puts the lead back: nothing was begun, or a repeat is safe. Only an outage counts
// towards giving up; a throttle and refused credentials are not the lead's fault.
func (c *Courier) postponed(l lead.Lead, step lead.Step, err error, now time.Time) lead.Outcome {
	kind := KindOf(err)
	out := lead.Outcome{
		Event: lead.Postponed, At: now, Reason: reason(err), Next: step,
		Failed: kind == alleviate.Transient || kind == alleviate.Ambiguous,
	}
	if !out.Failed {
		out.NextAt = now.Add(retryAfter(err)) // the gate says when for all
		return out
	}
	if c.blocks.alone(l.ID, step, err) {
		out.Event, out.Next, out.Reason = lead.GaveUp, lead.AtRest, out.Reason+"; met three times while others passed"
		return out
	}
	if l.Failures+1 >= giveUpCount && now.Sub(l.ReceivedAt) >= giveUpAge {
		out.Event, out.Next = lead.GaveUp, lead.AtRest
		return out
	}
	out.NextAt = now.Add(max(backoff(l.Failures), retryAfter(err)))
	return out
}

// backoff doubles with every failure, with 50 to 100 % of it, so that leads which failed together
// do not come back together.
func backoff(failures int) time.Duration {
	full := backoffMost
	if failures < 8 {
		full = min(backoffFirst<<failures, backoffMost)
	}
	return full/2 + rand.N(full/2+1)
}

// reason is what staff see: class, status, code and field names, never a value.
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
