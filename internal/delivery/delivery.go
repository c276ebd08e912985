// Package delivery is the courier: it claims a stored lead, makes one outside call, records what
// became of it, and steps on. The lead row is the job; nothing else remembers what is to be done.
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

// Queue keeps the leads. Its promises are those of the store: what Claim returns is on disk with
// its attempt and lease before Claim returns, and Record writes only while no later claim began.
type Queue interface {
	Claim(ctx context.Context, step lead.Step, n int, owner string, leaseUntil time.Time) ([]lead.Lead, error)
	Record(ctx context.Context, id lead.PartnerID, attempt int, out lead.Outcome) error
	ExpireLeases(ctx context.Context, now time.Time) ([]lead.Lead, error)
	Orphans(ctx context.Context, open bool, n int) ([]lead.Lead, error)
}

// Doubts are the leads of which nobody knows whether Alleviate has them, with the promises of the store.
type Doubts interface {
	Doubts(ctx context.Context) ([]lead.Lead, error)
	ClaimDoubt(ctx context.Context, doubt lead.Lead, settled time.Duration, owner string, leaseUntil time.Time) ([]lead.Lead, error)
}

// Holds are the reasons for which nothing is claimed until a person ends them.
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

// Config is what the courier needs. Every field but Settle and SiteURL is required.
type Config struct {
	Queue   Queue
	Doubts  Doubts
	Holds   Holds
	Backend Backend
	Owner   string // names this process in leases
	Workers int    // calls at the same time; createLead waits for a whole workflow
	Budgets Budgets
	Margin  time.Duration // a lease is the call's budget and this
	Settle  time.Duration // a doubt is repeated once after this long; 0 leaves it to a person
	Manual  bool          // qualified leads are submitted by us (ALLEVIATE_CRM=manual)
	SiteURL string        // sent as siteURL, host without scheme; left out when empty
	Log     *slog.Logger
	Clock   *clock.Clock

	every time.Duration // as lookEvery, for tests of days; 0 is lookEvery
}

// Budgets bound each call as a whole.
type Budgets struct{ Create, Submit, Look time.Duration }

func (b Budgets) of(step lead.Step) time.Duration {
	switch step {
	case lead.Send:
		return b.Create
	case lead.Submit:
		return b.Submit
	}
	return b.Look
}

const (
	lookEvery   = time.Second      // for due leads, when nothing wakes the courier
	expireEvery = 15 * time.Second // for leases that ran out
	storeWithin = 5 * time.Second  // for one try to write a result

	reconcileEvery = time.Hour // for leads that are stuck, or were closed without a result
)

// Courier carries leads. Make it with New and give it one Run.
type Courier struct {
	Config
	gate  *gate
	wake  chan struct{}
	calls sync.WaitGroup
	slots chan struct{}

	blocks   blocks
	halted   atomic.Bool                 // as it was seen last
	restored atomic.Bool                 // as it was seen last
	doubts   map[lead.PartnerID]sighting // Run's goroutine alone uses them
}

// New makes a courier that has not started.
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
	default: // it is awake already
	}
}

// Run carries leads until ctx ends. Then it claims no more, lets the calls in flight have their
// whole budget, because each one cut off would be a lead in doubt, and returns when they are done.
func (c *Courier) Run(ctx context.Context) {
	look, expire, reconcile := c.Clock.NewTicker(cmp.Or(c.every, lookEvery)), c.Clock.NewTicker(expireEvery), c.Clock.NewTicker(reconcileEvery)
	defer look.Stop()
	defer expire.Stop()
	defer reconcile.Stop()
	defer c.calls.Wait()
	c.tend(ctx)
	for {
		c.dispatch(ctx)
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-look.C:
		case <-expire.C:
			c.tend(ctx)
		case <-reconcile.C:
			c.reconcile(ctx)
		}
	}
}

// tend looks after what no claim finds.
func (c *Courier) tend(ctx context.Context) {
	c.expire(ctx)
	c.lookForHalt(ctx)
	c.lookForRestore(ctx)
	c.resend(ctx)
}

// dispatch claims as many due leads as there are free workers. A qualified lead is handed on before
// another one is sent, also while many wait for the pace; looks come last.
func (c *Courier) dispatch(ctx context.Context) {
	for _, step := range []lead.Step{lead.Submit, lead.Send, lead.Look} {
		if !c.claimDue(ctx, step) {
			return
		}
	}
}

func (c *Courier) claimDue(ctx context.Context, step lead.Step) bool {
	return c.claim(ctx, step, func(free int, leaseUntil time.Time) ([]lead.Lead, error) {
		return c.Queue.Claim(ctx, step, free, c.Owner, leaseUntil)
	})
}

// claim takes leads for step and begins their calls. It is false when no call may go out now. Whether
// a call could be made at all is found out before the claim: a claim is a promise to call.
func (c *Courier) claim(ctx context.Context, step lead.Step, take func(free int, leaseUntil time.Time) ([]lead.Lead, error)) bool {
	free := cap(c.slots) - len(c.slots)
	if free = c.gate.allow(free); free == 0 || ctx.Err() != nil || !c.ready(ctx) {
		return false
	}
	claimed, err := take(free, c.Clock.Now().Add(c.Budgets.of(step)+c.Margin))
	if err != nil {
		c.Log.Error("claim", "step", string(step), "cause", err.Error())
		return false // the next look comes in a second
	}
	for _, l := range claimed {
		c.slots <- struct{}{}
		c.gate.begin()
		c.calls.Go(func() {
			defer func() { <-c.slots; c.Wake() }()
			c.carry(context.WithoutCancel(ctx), step, l)
		})
	}
	return true
}

// ready says whether a call could go out now: a valid token is at hand, and after trouble a
// harmless probe came back.
func (c *Courier) ready(ctx context.Context) bool {
	err, refused := c.Backend.Ready(ctx), c.gate.tokenRefused
	if err == nil && c.gate.wantsProbe() {
		err, refused = c.Backend.Probe(ctx), c.gate.probeRefused
	}
	if err == nil {
		c.gate.probed()
		return true
	}
	if ctx.Err() == nil && refused(err) {
		c.Log.Warn("delivery waits", "until", c.gate.openAt(), "class", string(KindOf(err)), "cause", err.Error())
	}
	return false
}

// carry makes the one call of a claim and writes down what became of it.
func (c *Courier) carry(ctx context.Context, step lead.Step, l lead.Lead) {
	call, cancel := context.WithTimeout(ctx, c.Budgets.of(step))
	begun := c.Clock.Now()
	out, err := c.step(call, step, l)
	cancel()
	took := c.Clock.Now().Sub(begun)
	c.gate.ended(err)
	c.blocks.ended(l.ID, step, err)
	c.record(ctx, l, out) // before the log line: a reader of the log that stalls must not cost an answer
	c.report(step, l, out, err, took)
}

// record writes the outcome, again and again while the lease lasts: the answer is all there is.
func (c *Courier) record(ctx context.Context, l lead.Lead, out lead.Outcome) {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		write, cancel := context.WithTimeout(ctx, storeWithin)
		err := c.Queue.Record(write, l.ID, l.Attempt, out)
		cancel()
		switch {
		case err == nil:
			return
		case errors.Is(err, lead.ErrFenced):
			c.Log.Error("late answer", "lead", string(l.ID), "attempt", l.Attempt, "event", string(out.Event))
			return
		case c.Clock.Now().Add(pause).After(out.At.Add(recordFor)):
			c.Log.Error("result not recorded", "lead", string(l.ID), "attempt", l.Attempt, "event", string(out.Event), "cause", err.Error())
			return
		}
		c.Log.Warn("record", "lead", string(l.ID), "attempt", l.Attempt, "cause", err.Error())
		<-time.After(pause)
	}
}

// recordFor bounds how long a result is held that the store does not take. It outlasts any lease,
// for a late answer still counts.
const recordFor = 5 * time.Minute

// expire finds claims whose maker never came back.
func (c *Courier) expire(ctx context.Context) {
	expired, err := c.Queue.ExpireLeases(ctx, c.Clock.Now())
	if err != nil && ctx.Err() == nil {
		c.Log.Error("expire leases", "cause", err.Error())
	}
	for _, l := range expired {
		c.Log.Warn("lease expired", "lead", string(l.ID), "attempt", l.Attempt, "status", string(l.Status))
	}
}

// report is the log line of a call: ids, classes and numbers, never a value.
func (c *Courier) report(step lead.Step, l lead.Lead, out lead.Outcome, err error, took time.Duration) {
	attrs := []any{
		"lead", string(l.ID), "attempt", l.Attempt, "step", string(step), "event", string(out.Event),
		"code", out.ResultCode, "ms", took.Milliseconds(),
	}
	if out.Event == lead.ResultChanged {
		c.Log.Error("lead needs a person", append(attrs, "reason", out.Reason)...)
		return
	}
	if KindOf(err) == "" {
		c.Log.Info("lead carried", append(attrs, "reason", out.Reason)...)
		return
	}
	attrs = append(attrs, "class", string(KindOf(err)), "cause", err.Error())
	if out.Event == lead.Ambiguous || out.Event == lead.Rejected || out.Event == lead.GaveUp {
		c.Log.Error("lead needs a person", attrs...)
		return
	}
	c.Log.Warn("lead waits", attrs...)
}
