package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

// memoryQueue is the store in memory: claims are exclusive and increment the attempt, results are fenced by it,
// and only the transitions of the status table are allowed.
type memoryQueue struct {
	mu       sync.Mutex
	leads    map[lead.PartnerID]*lead.Lead
	late     int                         // results that came after a later claim
	resultOf func(op string) writeResult // what happens to the next write; nil: it works

	wallClock func() time.Time // of the machine; nil: the bubble's clock
	halted    time.Time        // createLead is halted since
	restored  time.Time        // nothing is claimed since
	orphans   []lead.Summary
	askedOpen []bool // whether delivery was said to be open, when orphans were looked for
}

// writeResult is how a write ends.
type writeResult int

const (
	succeeds writeResult = iota
	failsNotApplied
	failsButApplied
)

var errStore = errors.New("store is broken")

func newMemory(leads ...lead.Lead) *memoryQueue {
	m := &memoryQueue{leads: map[lead.PartnerID]*lead.Lead{}}
	for _, l := range leads {
		m.leads[l.ID] = &l
	}
	return m
}

func (m *memoryQueue) nextResult(op string) writeResult {
	if m.resultOf == nil {
		return succeeds
	}
	return m.resultOf(op)
}

func (m *memoryQueue) Claim(_ context.Context, step lead.Step, n int, owner string, leaseUntil time.Time) ([]lead.Lead, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	end := succeeds
	if step == lead.Send {
		end = m.nextResult("claim")
	}
	if end == failsNotApplied {
		return nil, errStore
	}
	if step == lead.Send && !m.halted.IsZero() {
		return nil, nil
	}
	var due []*lead.Lead
	for _, l := range m.leads {
		if l.Step == step && l.Hold == "" && l.LeaseUntil.IsZero() && !l.NextAttemptAt.After(time.Now()) {
			due = append(due, l)
		}
	}
	slices.SortFunc(due, func(a, b *lead.Lead) int { return a.NextAttemptAt.Compare(b.NextAttemptAt) })
	var claimed []lead.Lead
	for _, l := range due[:min(n, len(due))] {
		to, err := l.Status.Next(step.ClaimEvent())
		if err != nil {
			return nil, err
		}
		if to != l.Status {
			l.Status, l.ChangedAt = to, time.Now()
		}
		l.Attempt++
		l.LeaseUntil = leaseUntil
		claimed = append(claimed, *l)
	}
	if end == failsButApplied {
		return nil, errStore
	}
	return claimed, nil
}

func (m *memoryQueue) Record(_ context.Context, id lead.PartnerID, attempt int, out lead.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	end := m.nextResult("record")
	if end == failsNotApplied {
		return errStore
	}
	l := m.leads[id]
	if l.Attempt != attempt {
		m.late++
		return lead.ErrFenced
	}
	if err := m.apply(l, out); err != nil {
		return err
	}
	if end == failsButApplied {
		return errStore
	}
	return nil
}

func (m *memoryQueue) apply(l *lead.Lead, out lead.Outcome) error {
	to, err := l.Status.Next(out.Event)
	if err != nil && l.Reason == out.Reason && l.LeaseUntil.IsZero() {
		return nil // applied before, and the caller got an error
	}
	if err != nil {
		return err
	}
	if to != l.Status {
		l.Status, l.ChangedAt, l.DoubtSince = to, out.At, time.Time{}
		if to == lead.InDoubt {
			l.DoubtSince = out.At
		}
	}
	l.Step, l.NextAttemptAt, l.Reason, l.LeaseUntil = out.Next, out.NextAt, out.Reason, time.Time{}
	if out.Failed {
		l.Failures++
	}
	if out.AlleviateID != "" {
		l.AlleviateID = out.AlleviateID
	}
	if out.ResultCode != 0 {
		l.ResultCode = out.ResultCode
	}
	if out.SubmitStatus != 0 {
		l.SubmitStatus = out.SubmitStatus
	}
	return nil
}

func (m *memoryQueue) ExpireLeases(_ context.Context, now time.Time) ([]lead.Lead, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var expired []lead.Lead
	for _, l := range m.leads {
		if l.LeaseUntil.IsZero() || l.LeaseUntil.After(now) {
			continue
		}
		to, err := l.Status.Next(lead.LeaseExpired)
		if err != nil {
			return nil, err
		}
		l.Status, l.LeaseUntil = to, time.Time{}
		if to == lead.InDoubt {
			l.Step, l.DoubtSince = lead.AtRest, now
		} else {
			l.NextAttemptAt = now
		}
		expired = append(expired, *l)
	}
	return expired, nil
}

func (m *memoryQueue) Doubts(context.Context) ([]lead.Summary, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var doubts []lead.Summary
	for _, l := range m.leads {
		if l.Status == lead.InDoubt && !l.Resent {
			doubts = append(doubts, l.Summary())
		}
	}
	return doubts, nil
}

func (m *memoryQueue) ClaimDoubt(_ context.Context, doubt lead.Summary, minAge time.Duration, _ string, leaseUntil time.Time) ([]lead.Lead, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.wallClock != nil {
		now = m.wallClock()
	}
	l := m.leads[doubt.ID]
	if l.Status != lead.InDoubt || l.Resent || l.Attempt != doubt.Attempt || l.DoubtSince.Add(minAge).After(now) || !m.halted.IsZero() {
		return nil, nil
	}
	to, err := l.Status.Next(lead.ResendBegun)
	if err != nil {
		return nil, err
	}
	l.Status, l.Resent, l.LeaseUntil = to, true, leaseUntil
	l.Attempt++
	return []lead.Lead{*l}, nil
}

func (m *memoryQueue) Halted(context.Context) (time.Time, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.halted, "too many doubts", nil
}

func (m *memoryQueue) Restored(context.Context) (time.Time, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.restored, !m.restored.IsZero(), nil
}

func (m *memoryQueue) Orphans(_ context.Context, open bool, _ lead.Page) ([]lead.Summary, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.askedOpen = append(m.askedOpen, open)
	return m.orphans, nil
}

func (m *memoryQueue) locked(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func (m *memoryQueue) get(id lead.PartnerID) lead.Lead {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *m.leads[id]
}

func (m *memoryQueue) count(status lead.Status) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, l := range m.leads {
		if l.Status == status {
			n++
		}
	}
	return n
}

// backend is a scripted Alleviate: a function says what the nth call of an operation does. It counts what was
// processed.
type backend struct {
	mu        sync.Mutex
	calls     map[string]int
	callTimes []time.Duration // of each call, since the start of the bubble
	started   time.Time
	processed map[alleviate.PartnerLeadID]int
	create    func(n int) (alleviate.CreatedLead, error)
	submit    func(n int) (alleviate.SubmittedLead, error)
	status    func(n int) (alleviate.LeadStatus, error)
	ready     func(n int) error
	probe     func(n int) error
	latency   time.Duration // of each call
}

func newBackend() *backend {
	return &backend{calls: map[string]int{}, processed: map[alleviate.PartnerLeadID]int{}, started: time.Now()}
}

func (b *backend) count(op string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[op]++
	if op != "ready" {
		b.callTimes = append(b.callTimes, time.Since(b.started))
	}
	return b.calls[op]
}

func (b *backend) called(op string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls[op]
}

func (b *backend) wait(ctx context.Context) error {
	if b.latency == 0 {
		return nil
	}
	select {
	case <-time.After(b.latency):
		return nil
	case <-ctx.Done():
		return failure(alleviate.Ambiguous)
	}
}

func (b *backend) Ready(context.Context) error {
	if n := b.count("ready"); b.ready != nil {
		return b.ready(n)
	}
	return nil
}

func (b *backend) Probe(context.Context) error {
	if n := b.count("probe"); b.probe != nil {
		return b.probe(n)
	}
	return nil
}

func (b *backend) CreateLead(ctx context.Context, in alleviate.LeadInput) (alleviate.CreatedLead, error) {
	n := b.count("create")
	if err := b.wait(ctx); err != nil {
		return alleviate.CreatedLead{}, err
	}
	answer, err := alleviate.CreatedLead{ID: alleviate.LeadID(fmt.Sprint("mlas-", n)), Code: 1018}, error(nil)
	if b.create != nil {
		answer, err = b.create(n)
	}
	if err == nil || KindOf(err) == alleviate.Ambiguous {
		b.mu.Lock()
		b.processed[in.PartnerLeadID]++
		b.mu.Unlock()
	}
	return answer, err
}

func (b *backend) SubmitLead(ctx context.Context, _ alleviate.SubmitLeadInput) (alleviate.SubmittedLead, error) {
	n := b.count("submit")
	if err := b.wait(ctx); err != nil {
		return alleviate.SubmittedLead{}, err
	}
	if b.submit != nil {
		return b.submit(n)
	}
	return alleviate.SubmittedLead{Code: 200, CRM: "AFS", CRMRecordID: "r1"}, nil
}

func (b *backend) LeadStatus(context.Context, alleviate.LeadID) (alleviate.LeadStatus, error) {
	if n := b.count("look"); b.status != nil {
		return b.status(n)
	}
	return alleviate.LeadStatus{Code: 1018}, nil
}

func failure(kind alleviate.Kind) error { return &alleviate.Error{Op: "createLead", Kind: kind} }

func throttle(wait time.Duration) error {
	return &alleviate.Error{Op: "createLead", Kind: alleviate.Throttled, RetryAfter: wait}
}

// blockingBackend is a backend behind a firewall that blocks one lead.
type blockingBackend struct{ *backend }

func (p *blockingBackend) CreateLead(ctx context.Context, in alleviate.LeadInput) (alleviate.CreatedLead, error) {
	if in.PartnerLeadID == "blocked" {
		return alleviate.CreatedLead{}, blockedFailure()
	}
	return p.backend.CreateLead(ctx, in)
}
