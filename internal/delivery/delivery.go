// Package delivery is the courier: it claims a stored lead, makes one call to Alleviate, records the
// outcome, and goes on to the next step. The lead's row is the job; there is no other queue.
package delivery

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"intake/alleviate"
	"intake/internal/clock"
	"intake/internal/lead"
)

// Queue stores the leads. What Claim returns is on disk with its attempt and lease before Claim returns, and
// Record writes only while no later attempt has started (the attempt is the fencing token).
type Queue interface {
	Claim(ctx context.Context, step lead.Step, n int, owner string, leaseUntil time.Time) ([]lead.Lead, error)
	Record(ctx context.Context, id lead.PartnerID, attempt int, out lead.Outcome) error
	ExpireLeases(ctx context.Context, now time.Time) ([]lead.Lead, error)
	Orphans(ctx context.Context, open bool, page lead.Page) ([]lead.Summary, error)
}

// Doubts are the leads in doubt: nobody knows whether Alleviate has them.
type Doubts interface {
	Doubts(ctx context.Context) ([]lead.Summary, error)
	ClaimDoubt(ctx context.Context, doubt lead.Summary, minAge time.Duration, owner string, leaseUntil time.Time) ([]lead.Lead, error)
}

// Holds are the reasons why nothing is claimed until a person lifts them.
type Holds interface {
	Halted(ctx context.Context) (since time.Time, why string, err error)
	Restored(ctx context.Context) (since time.Time, waits bool, err error)
}

// Backend is Alleviate. One call is one attempt.
type Backend interface {
	Ready(ctx context.Context) error
	CreateLead(ctx context.Context, input alleviate.LeadInput) (alleviate.CreatedLead, error)
	SubmitLead(ctx context.Context, input alleviate.SubmitLeadInput) (alleviate.SubmittedLead, error)
	LeadStatus(ctx context.Context, id alleviate.LeadID) (alleviate.LeadStatus, error)
	Probe(ctx context.Context) error
}

// Config configures a courier. Every field but ResendAfter, SiteURL and AffiliateAppID is required.
type Config struct {
	Queue       Queue
	Doubts      Doubts
	Holds       Holds
	Backend     Backend
	Owner       string // name of this process in leases
	Workers     int    // concurrent calls; createLead takes as long as a whole workflow at Alleviate
	Budgets     Budgets
	Margin      time.Duration // a lease lasts for the call's budget and this
	ResendAfter time.Duration // a lead in doubt is sent once more after this long; 0 leaves it to a person
	Path        Path          // of qualified leads
	SiteURL     string        // sent as siteURL, host without scheme; left out when empty

	AffiliateAppID string // sent as affiliateAppID; left out when empty
	Log            *slog.Logger
	Clock          *clock.Clock

	pollEvery time.Duration // instead of pollInterval, for tests that span days
}

// Budgets limit each call as a whole.
type Budgets struct{ Create, Submit, Status time.Duration }

func (b Budgets) of(step lead.Step) time.Duration {
	switch step {
	case lead.Send:
		return b.Create
	case lead.Submit:
		return b.Submit
	}
	return b.Status
}

const (
	pollInterval  = time.Second      // looks for due leads, when nothing wakes the courier
	maintainEvery = 15 * time.Second // expired leases, holds and doubts
	recordTimeout = 5 * time.Second  // for one attempt to record an outcome

	lookBackEvery = time.Hour // checks leads that were closed without a result, as many as there are workers
)

// Courier delivers leads. Make it with New and call Run once.
type Courier struct {
	Config
	gate  *gate
	wake  chan struct{}
	calls sync.WaitGroup
	slots chan struct{}

	blocks   blocks
	halted   atomic.Bool                  // at the last check
	restored atomic.Bool                  // at the last check
	doubts   map[lead.PartnerID]firstSeen // used by Run's goroutine only
	resends  []lead.Summary               // likewise: doubts to be sent once more
}

// New returns a courier that has not started.
func New(cfg Config) *Courier {
	return &Courier{
		Config: cfg,
		gate:   newGate(cfg.Clock.Now),
		wake:   make(chan struct{}, 1),
		slots:  make(chan struct{}, cfg.Workers),
	}
}

// Wake tells the courier that a lead has been stored. It never blocks.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // a wake-up is pending
	}
}

// Run delivers leads until ctx ends. Then it claims no more and returns when the calls in flight have ended.
// They keep their whole budget, because each call that is cut off leaves a lead in doubt.
func (c *Courier) Run(ctx context.Context) {
	poll, maintain, lookBack := c.Clock.NewTicker(cmp.Or(c.pollEvery, pollInterval)), c.Clock.NewTicker(maintainEvery), c.Clock.NewTicker(lookBackEvery)
	defer poll.Stop()
	defer maintain.Stop()
	defer lookBack.Stop()
	defer c.calls.Wait()
	c.maintain(ctx)
	for {
		c.dispatch(ctx)
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-poll.C:
		case <-maintain.C:
			c.maintain(ctx)
		case <-lookBack.C:
			c.claimDue(ctx, lead.LookBack)
		}
	}
}

// maintain does the periodic work beside claims.
func (c *Courier) maintain(ctx context.Context) {
	c.expire(ctx)
	c.checkHalt(ctx)
	c.checkRestore(ctx)
	c.listResends(ctx)
	c.blocks.forgetOld(c.Clock.Now())
}

// dispatch claims as many due leads as there are free workers. Qualified leads are submitted before others
// are sent, also while many wait for the pace. Doubts are sent once more before new leads, which may never leave a
// worker free; but after an outage the trial calls are new leads, because a doubt is repeated only once. Status
// checks come last.
func (c *Courier) dispatch(ctx context.Context) {
	if !c.claimDue(ctx, lead.Submit) || c.gate.isOpen() && !c.resend(ctx) {
		return
	}
	if c.claimDue(ctx, lead.Send) && c.resend(ctx) {
		c.claimDue(ctx, lead.Look)
	}
}

func (c *Courier) claimDue(ctx context.Context, step lead.Step) bool {
	return c.claim(ctx, step, func(free int, leaseUntil time.Time) ([]lead.Lead, error) {
		return c.Queue.Claim(ctx, step, free, c.Owner, leaseUntil)
	})
}

// claim claims leads with fetch and starts their calls. It returns false when no call may go out now. That is
// checked before the claim, because a claim without a call leaves a lead in doubt.
func (c *Courier) claim(ctx context.Context, step lead.Step, fetch func(free int, leaseUntil time.Time) ([]lead.Lead, error)) bool {
	free := cap(c.slots) - len(c.slots)
	if free = c.gate.allowed(free); free == 0 || ctx.Err() != nil || !c.ready(ctx) {
		return false
	}
	claimed, err := fetch(free, c.Clock.Now().Add(c.Budgets.of(step)+c.Margin))
	if errors.Is(err, lead.ErrPaced) {
		return false
	}
	if err != nil {
		c.Log.Error("claim", "step", string(step), "cause", err.Error())
		return false // Run tries again within a second
	}
	for _, l := range claimed {
		c.slots <- struct{}{}
		closings := c.gate.callStarted()
		c.calls.Go(func() {
			defer func() { <-c.slots; c.Wake() }()
			c.process(context.WithoutCancel(ctx), step, l, closings)
		})
	}
	return true
}

// ready says whether a call can go out now: there is a valid token and, after an outage, a harmless probe
// was answered.
func (c *Courier) ready(ctx context.Context) bool {
	err, closeGate := c.Backend.Ready(ctx), c.gate.closeForToken
	if err == nil && c.gate.needsProbe() {
		err, closeGate = c.Backend.Probe(ctx), c.gate.closeForProbe
	}
	if err == nil {
		c.gate.passedCheck()
		return true
	}
	if wasOpen := ctx.Err() == nil && closeGate(err); wasOpen {
		c.Log.Warn("delivery waits", "until", c.gate.opensAt(), "class", string(KindOf(err)), "cause", err.Error())
	}
	return false
}

// process makes the one call of a claim and records its outcome.
func (c *Courier) process(ctx context.Context, step lead.Step, l lead.Lead, closings int) {
	call, cancel := context.WithTimeout(ctx, c.Budgets.of(step))
	started := c.Clock.Now()
	out, err := c.step(call, step, l)
	cancel()
	took := c.Clock.Now().Sub(started)
	c.gate.callEnded(closings, err)
	c.blocks.callEnded(l.ID, step, err)
	c.record(ctx, l, out) // before the log line: a blocked log must not delay the record
	c.logCall(step, l, out, err, took)
}

// record writes the outcome and retries when the store fails: the answer exists nowhere else.
func (c *Courier) record(ctx context.Context, l lead.Lead, out lead.Outcome) {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		write, cancel := context.WithTimeout(ctx, recordTimeout)
		err := c.Queue.Record(write, l.ID, l.Attempt, out)
		cancel()
		switch {
		case err == nil:
			return
		case errors.Is(err, lead.ErrFenced):
			c.Log.Error("late answer", "lead", string(l.ID), "attempt", l.Attempt, "event", string(out.Event))
			return
		case c.Clock.Now().Add(pause).After(out.At.Add(retryRecordFor)):
			c.Log.Error("result not recorded", "lead", string(l.ID), "attempt", l.Attempt, "event", string(out.Event), "cause", err.Error())
			return
		}
		c.Log.Warn("record", "lead", string(l.ID), "attempt", l.Attempt, "cause", err.Error())
		<-time.After(pause)
	}
}

// retryRecordFor limits how long record retries. It is longer than any lease, because a late answer still
// counts.
const retryRecordFor = 5 * time.Minute

// expire ends the claims whose process never recorded an outcome.
func (c *Courier) expire(ctx context.Context) {
	expired, err := c.Queue.ExpireLeases(ctx, c.Clock.Now())
	if err != nil && ctx.Err() == nil {
		c.Log.Error("expire leases", "cause", err.Error())
	}
	for _, l := range expired {
		c.Log.Warn("lease expired", "lead", string(l.ID), "attempt", l.Attempt, "status", string(l.Status))
	}
}

// logCall logs a call: ids, classes and numbers, never a value.
func (c *Courier) logCall(step lead.Step, l lead.Lead, out lead.Outcome, err error, took time.Duration) {
	attrs := []any{
		"lead", string(l.ID), "attempt", l.Attempt, "step", string(step), "event", string(out.Event),
		"code", out.ResultCode, "ms", took.Milliseconds(),
	}
	if out.Event == lead.ResultChanged {
		c.Log.Error("lead needs a person", append(attrs, "reason", out.Reason)...)
		return
	}
	if KindOf(err) == "" {
		c.Log.Info("lead processed", append(attrs, "reason", out.Reason)...)
		return
	}
	attrs = append(attrs, "class", string(KindOf(err)), "cause", err.Error())
	if out.Event == lead.Ambiguous || out.Event == lead.Rejected || out.Event == lead.GaveUp {
		c.Log.Error("lead needs a person", attrs...)
		return
	}
	c.Log.Warn("lead waits", attrs...)
}
