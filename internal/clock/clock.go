// Package clock is the program's clock: the current time, waits and tickers. In the simulator environment it can
// be moved forward, so that retention, outages and schedules can be watched in minutes. Deadlines of
// connections and calls do not use it: their peers live in real time.
package clock

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Clock tells the time. Nil is the machine's clock. It is safe for concurrent use.
type Clock struct {
	now   func() time.Time
	ahead atomic.Int64 // nanoseconds

	mu    sync.Mutex
	moved chan struct{} // closed by the next Advance
}

// Movable is the machine's clock, which Advance can move.
func Movable() *Clock { return At(time.Now) }

// At is a clock that shows what now returns, for tests. Waits last as long as by the machine's clock.
func At(now func() time.Time) *Clock { return &Clock{now: now, moved: make(chan struct{})} }

// Now is the current time. The difference of two times is the time that has passed, also when the machine's
// clock was set in between, unless this clock was moved.
func (c *Clock) Now() time.Time {
	if c == nil {
		return time.Now()
	}
	return c.now().Add(c.Ahead())
}

// Since is how much time has passed since t.
func (c *Clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Ahead is how far the clock was moved.
func (c *Clock) Ahead() time.Duration {
	if c == nil {
		return 0
	}
	return time.Duration(c.ahead.Load())
}

// Advance sets how far the clock is ahead of the machine's, and ends the waits that are over then. It never moves
// the clock back.
func (c *Clock) Advance(ahead time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ahead <= c.Ahead() {
		return
	}
	c.ahead.Store(int64(ahead))
	close(c.moved)
	c.moved = make(chan struct{})
}

// Sleep waits for d, and returns the error of ctx when that ends first.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if !c.wait(c.Mark(), d, ctx.Done()) {
		return ctx.Err()
	}
	return nil
}

// Ticker sends on C every time that a duration has passed, and drops ticks for slow receivers.
type Ticker struct {
	C    <-chan time.Time
	stop chan struct{}
}

// NewTicker makes a ticker, which must be stopped.
func (c *Clock) NewTicker(every time.Duration) *Ticker {
	ticks, stop := make(chan time.Time, 1), make(chan struct{})
	begun := c.Mark()
	go func() {
		for next := every; c.wait(begun, next, stop); {
			select {
			case ticks <- c.Now():
			default: // the last tick was not received yet
			}
			next += every * ((c.Passed(begun)-next)/every + 1) // skips the ticks that were missed
		}
	}()
	return &Ticker{ticks, stop}
}

// Stop ends the ticker. Call it once.
func (t *Ticker) Stop() { close(t.stop) }

// Mark is a moment to measure from.
type Mark struct {
	at    time.Time // by the machine's clock
	ahead time.Duration
}

// Mark is this moment.
func (c *Clock) Mark() Mark { return Mark{time.Now(), c.Ahead()} }

// Passed is how much time has passed since the mark, also when the machine's clock was set in between.
func (c *Clock) Passed(m Mark) time.Duration { return time.Since(m.at) + c.Ahead() - m.ahead }

// wait returns true once d has passed since the mark, and false when done is closed first.
func (c *Clock) wait(m Mark, d time.Duration, done <-chan struct{}) bool {
	for {
		moved := c.nextMove()
		left := d - c.Passed(m)
		if left <= 0 {
			return true
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-moved:
		case <-done:
			timer.Stop()
			return false
		}
		timer.Stop()
	}
}

// nextMove is closed when the clock is moved; nil for a clock that cannot be moved.
func (c *Clock) nextMove() <-chan struct{} {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}
