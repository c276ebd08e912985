package delivery

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

var allTroubles = []Trouble{Credentials, NoToken, Outage, Throttled, Halted}

// wantTroubles fails the test unless the courier has exactly these troubles.
func wantTroubles(t *testing.T, when string, c *Courier, want ...Trouble) {
	t.Helper()
	synctest.Wait()
	var got []Trouble
	for _, trouble := range allTroubles {
		if c.HasTrouble(trouble) {
			got = append(got, trouble)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s leads wait because of %v, want %v", when, got, want)
	}
}

// failingBackend is a backend whose errors can be set and cleared.
type failingBackend struct {
	*backend
	mu sync.Mutex
	failures
}

// failures is the errors of tokens, probes and calls.
type failures struct{ token, probe, call error }

func (a *failingBackend) set(now failures) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures = now
}

func (a *failingBackend) current(op string) failures {
	a.count(op)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failures
}

func (a *failingBackend) Ready(context.Context) error { return a.current("ready").token }
func (a *failingBackend) Probe(context.Context) error { return a.current("probe").probe }

func (a *failingBackend) CreateLead(ctx context.Context, in alleviate.LeadInput) (alleviate.CreatedLead, error) {
	if err := a.current("call").call; err != nil {
		time.Sleep(a.latency) // the bubble's clock
		return noAnswer, err
	}
	return a.backend.CreateLead(ctx, in)
}

func tokenError(kind alleviate.Kind) error {
	return &alleviate.TokenError{Kind: kind, RetryAfter: 5 * time.Second}
}

func TestTrouble_BeginsAndEndsWithTheToken(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want Trouble
	}{
		{"the token service is down", tokenError(alleviate.Transient), NoToken},
		{"the token service throttles", tokenError(alleviate.Throttled), NoToken},
		{"the secret is refused", tokenError(alleviate.Credentials), Credentials},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &failingBackend{backend: newBackend()}
				q := newMemory()
				c, stop := start(q, b)
				time.Sleep(time.Minute) // the bubble's clock
				wantTroubles(t, "while all is well", c)
				b.set(failures{token: tt.err})
				time.Sleep(time.Second) // no lead is waiting: the trouble shows all the same
				wantTroubles(t, "a second later", c, tt.want)
				q.locked(func() { l := dueLead("one"); q.leads[l.ID] = &l })
				time.Sleep(6 * time.Hour) // the bubble's clock
				wantTroubles(t, "hours later", c, tt.want)
				if n := b.called("create"); n != 0 {
					t.Errorf("%d calls went out without a token", n)
				}
				b.set(failures{})
				time.Sleep(5*time.Minute + time.Second) // the bubble's clock
				wantTroubles(t, "five minutes after the end", c)
				if l := q.get("one"); l.Status != lead.Created || l.Attempt != 1 {
					t.Errorf("the lead is %s after %d attempts, want created after 1", l.Status, l.Attempt)
				}
				stop()
			})
		})
	}
}

// A probe needs no permission, so it also succeeds where one is missing.
func TestTrouble_DoesNotEndWhenAProbeSucceeds(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want Trouble
	}{
		{"a permission is missing", failure(alleviate.Credentials), Credentials},
		{"createLead is down alone", failure(alleviate.Transient), Outage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &failingBackend{backend: newBackend(), failures: failures{call: tt.err}}
				b.latency = 45 * time.Second
				q := newMemory(dueLead("one"), dueLead("two"), dueLead("three"))
				c, stop := start(q, b)
				time.Sleep(time.Minute) // the bubble's clock
				for second := 60; second < 7200 && !t.Failed(); second++ {
					wantTroubles(t, fmt.Sprint("after second ", second), c, tt.want)
					time.Sleep(time.Second) // the bubble's clock
				}
				b.set(failures{})
				time.Sleep(17 * time.Minute) // the bubble's clock
				wantTroubles(t, "when calls pass", c)
				if n := q.count(lead.Created); n != 3 {
					t.Errorf("%d leads are delivered, want 3", n)
				}
				stop()
			})
		})
	}
}

func TestTrouble_AnOutageEndsWhenNoLeadIsLeftToTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &failingBackend{backend: newBackend(), failures: failures{call: failure(alleviate.Ambiguous), probe: failure(alleviate.Transient)}}
		c, stop := start(newMemory(dueLead("one"), dueLead("two"), dueLead("three")), b)
		time.Sleep(time.Hour) // the bubble's clock
		wantTroubles(t, "while probes fail", c, Outage)
		b.set(failures{})
		time.Sleep(10 * time.Minute) // the bubble's clock
		wantTroubles(t, "just after", c, Outage)
		time.Sleep(20 * time.Minute) // the bubble's clock
		wantTroubles(t, "half an hour later", c)
		stop()
	})
}

func TestTrouble_ThrottlingIsTroubleOnlyWhenItLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &failingBackend{backend: newBackend(), failures: failures{call: throttle(15 * time.Minute)}}
		c, stop := start(newMemory(dueLead("one"), dueLead("two")), b)
		time.Sleep(20 * time.Minute) // the bubble's clock
		wantTroubles(t, "after 20 minutes", c)
		time.Sleep(time.Minute) // the bubble's clock
		wantTroubles(t, "after 21 minutes", c, Throttled)
		b.set(failures{})
		time.Sleep(15 * time.Minute) // the bubble's clock
		wantTroubles(t, "when calls pass", c)
		stop()
	})
}

func TestTrouble_AHaltLastsUntilItIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemory()
		c, stop := start(q, newBackend())
		time.Sleep(time.Second) // the bubble's clock
		wantTroubles(t, "before", c)
		q.locked(func() { q.halted = time.Now() })
		time.Sleep(15 * time.Second) // the bubble's clock
		wantTroubles(t, "while it is halted", c, Halted)
		q.locked(func() { q.halted = time.Time{} })
		time.Sleep(15 * time.Second) // the bubble's clock
		wantTroubles(t, "after a person resumed it", c)
		stop()
	})
}

// After a token outage has ended, the next one hours later must start with the shortest wait again.
func TestGate_TokenTroubleThatIsOverIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &failingBackend{backend: newBackend(), failures: failures{token: tokenError(alleviate.Transient)}}
		q := newMemory(dueLead("one"))
		c, stop := start(q, b)
		time.Sleep(time.Hour) // the pauses are at their longest
		b.set(failures{})
		time.Sleep(probeWaitMax + time.Second) // the bubble's clock
		b.set(failures{token: tokenError(alleviate.Transient)})
		time.Sleep(time.Second) // the bubble's clock
		wantTroubles(t, "in the second outage", c, NoToken)
		b.set(failures{})
		time.Sleep(probeWaitMin + time.Second) // the bubble's clock
		wantTroubles(t, "a quarter of a minute later", c)
		stop()
	})
}
