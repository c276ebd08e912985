package notify

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"intake/internal/clock"
)

const (
	// Lease is how long a message that Due has returned must stay away from others: longer than an attempt and what is written about it.
	Lease = 45 * time.Second

	lookEvery    = 2 * time.Second
	firstBackoff = 2 * time.Second
	maxBackoff   = time.Minute
	mostAtOnce   = 8
	recordLimit  = 10 * time.Second
)

// Queue is where the messages are stored.
type Queue interface {
	// Due takes up to max messages whose time has come, and keeps each from everybody else for Lease.
	Due(ctx context.Context, max int) ([]Message, error)
	// Sent notes that the receiver has the message.
	Sent(ctx context.Context, delivery string) error
	// Failed notes why an attempt failed, and when the next one is due; the zero time: never.
	Failed(ctx context.Context, delivery, reason string, next time.Time) error
}

// LoopConfig is what a loop needs.
type LoopConfig struct {
	Queue  Queue
	Sender Sender
	Clock  *clock.Clock
	Log    *slog.Logger
}

// Loop sends what is due.
type Loop struct {
	LoopConfig
	wake   chan struct{}
	jitter func() float64 // from 0 to 1
}

// NewLoop makes a loop that does not run yet.
func NewLoop(cfg LoopConfig) *Loop { return &Loop{cfg, make(chan struct{}, 1), rand.Float64} }

// Wake says that a message is due now. It never blocks.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run sends what is due until ctx ends, which cuts off the attempts that run: their messages are due again after their lease. Call it once.
func (l *Loop) Run(ctx context.Context) {
	tick := l.Clock.NewTicker(lookEvery)
	defer tick.Stop()
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, mostAtOnce)
	for ctx.Err() == nil {
		more := l.sendDue(ctx, slots, &running)
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-tick.C:
		}
	}
}

// sendDue begins to send what is due, and says whether there may be more.
func (l *Loop) sendDue(ctx context.Context, slots chan struct{}, running *sync.WaitGroup) (more bool) {
	free := cap(slots) - len(slots)
	if free == 0 {
		return false
	}
	due, err := l.Queue.Due(ctx, free)
	if err != nil {
		l.logFailure(ctx, "links that are due not found", err)
		return false
	}
	for _, m := range due {
		slots <- struct{}{} // only this loop takes them
		running.Go(func() {
			defer func() { <-slots; l.Wake() }()
			l.send(ctx, m)
		})
	}
	return len(due) == free && len(slots) < cap(slots)
}

// send makes one attempt and notes what came of it.
func (l *Loop) send(ctx context.Context, m Message) {
	var cause error = &Failure{Reason: "the link was over before it could be sent"}
	if l.Clock.Now().Before(m.ExpiresAt) {
		cause = l.Sender.Send(ctx, m)
	}
	if cause != nil && ctx.Err() != nil {
		return // it was cut off: nobody knows
	}
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordLimit)
	defer cancel()
	if cause == nil {
		l.logFailure(ctx, "a link was sent, and that was not stored", l.Queue.Sent(recording, m.Delivery))
		return
	}
	failure, known := errors.AsType[*Failure](cause)
	if !known {
		failure = &Failure{Reason: "sending failed", Again: true} // what cause says may quote the message
	}
	next := l.next(m, failure)
	l.Log.Warn("link not sent", "delivery", m.Delivery, "attempt", m.Attempt, "reason", failure.Reason, "again", !next.IsZero())
	l.logFailure(ctx, "a link was not sent, and that was not stored", l.Queue.Failed(recording, m.Delivery, failure.Reason, next))
}

// next is when the message is tried again; the zero time: never. The waits double, and each is shortened at random by up to a half.
func (l *Loop) next(m Message, f *Failure) time.Time {
	if !f.Again {
		return time.Time{}
	}
	wait := maxBackoff
	if n := max(m.Attempt, 1); n < 6 {
		wait = firstBackoff << (n - 1)
	}
	wait -= time.Duration(l.jitter() * float64(wait) / 2)
	at := l.Clock.Now().Add(max(wait, f.After))
	if !at.Before(m.ExpiresAt) {
		return time.Time{}
	}
	return at
}

func (l *Loop) logFailure(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		l.Log.Error(what, "cause", err.Error())
	}
}
