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

var everyTrouble = []Trouble{Credentials, NoToken, Outage, Throttled, Halted}

// wantTroubles holds what the courier tells against the troubles that should stand.
func wantTroubles(t *testing.T, when string, c *Courier, want ...Trouble) {
	t.Helper()
	synctest.Wait()
	var got []Trouble
	for _, trouble := range everyTrouble {
		if c.Troubled(trouble) {
			got = append(got, trouble)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s leads wait because of %v, want %v", when, got, want)
	}
}

// ails is a backend whose trouble comes and goes.
type ails struct {
	*backend
	mu sync.Mutex
	trouble
}

// trouble is what is wrong with tokens, probes and calls.
type trouble struct{ token, probe, call error }

func (a *ails) with(now trouble) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.trouble = now
}

func (a *ails) now(op string) trouble {
	a.note(op)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trouble
}

func (a *ails) Ready(context.Context) error { return a.now("ready").token }
func (a *ails) Probe(context.Context) error { return a.now("probe").probe }

func (a *ails) CreateLead(ctx context.Context, in alleviate.LeadInput) (alleviate.CreatedLead, error) {
	if err := a.now("call").call; err != nil {
		time.Sleep(a.lasting) // the bubble's clock
		return noBackend, err
	}
	return a.backend.CreateLead(ctx, in)
}

func tokenError(kind alleviate.Kind) error {
	return &alleviate.TokenError{Kind: kind, RetryAfter: 5 * time.Second}
}

func TestTroubled_TellsThatNoTokenIsToBeHadAndThatOneIs(t *testing.T) {
	for _, tt := range []struct {
		story string
		err   error
		want  Trouble
	}{
		{"the token service is down", tokenError(alleviate.Transient), NoToken},
		{"the token service wants silence", tokenError(alleviate.Throttled), NoToken},
		{"the secret is refused", tokenError(alleviate.Credentials), Credentials},
	} {
		t.Run(tt.story, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &ails{backend: newBackend()}
				q := newMemory()
				c, stop := begin(q, b)
				time.Sleep(time.Minute) // the bubble's clock
				wantTroubles(t, "while all is well", c)
				b.with(trouble{token: tt.err})
				time.Sleep(time.Second) // nobody has come: it is told all the same
				wantTroubles(t, "a second later", c, tt.want)
				q.change(func() { l := due("one"); q.leads[l.ID] = &l })
				time.Sleep(6 * time.Hour) // the bubble's clock
				wantTroubles(t, "hours later", c, tt.want)
				if n := b.called("create"); n != 0 {
					t.Errorf("%d calls went out without a token", n)
				}
				b.with(trouble{})
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

// A probe asks for nothing, so it passes where a permission is missing, too.
func TestTroubled_IsNotOverWhenAProbePasses(t *testing.T) {
	for _, tt := range []struct {
		story string
		err   error
		want  Trouble
	}{
		{"a permission is missing", failure(alleviate.Credentials), Credentials},
		{"createLead is down alone", failure(alleviate.Transient), Outage},
	} {
		t.Run(tt.story, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &ails{backend: newBackend(), trouble: trouble{call: tt.err}}
				b.lasting = 45 * time.Second
				q := newMemory(due("one"), due("two"), due("three"))
				c, stop := begin(q, b)
				time.Sleep(time.Minute) // the bubble's clock
				for second := 60; second < 7200 && !t.Failed(); second++ {
					wantTroubles(t, fmt.Sprint("after second ", second), c, tt.want)
					time.Sleep(time.Second) // the bubble's clock
				}
				b.with(trouble{})
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

func TestTroubled_AnOutageIsOverWhenNobodyIsLeftToTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &ails{backend: newBackend(), trouble: trouble{call: failure(alleviate.Ambiguous), probe: failure(alleviate.Transient)}}
		c, stop := begin(newMemory(due("one"), due("two"), due("three")), b)
		time.Sleep(time.Hour) // the bubble's clock
		wantTroubles(t, "while probes fail", c, Outage)
		b.with(trouble{})
		time.Sleep(10 * time.Minute) // the bubble's clock
		wantTroubles(t, "just after", c, Outage)
		time.Sleep(20 * time.Minute) // the bubble's clock
		wantTroubles(t, "half an hour later", c)
		stop()
	})
}

func TestTroubled_ASilenceIsTroubleOnlyWhenItDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &ails{backend: newBackend(), trouble: trouble{call: throttle(15 * time.Minute)}}
		c, stop := begin(newMemory(due("one"), due("two")), b)
		time.Sleep(20 * time.Minute) // the bubble's clock
		wantTroubles(t, "after 20 minutes", c)
		time.Sleep(time.Minute) // the bubble's clock
		wantTroubles(t, "after 21 minutes", c, Throttled)
		b.with(trouble{})
		time.Sleep(15 * time.Minute) // the bubble's clock
		wantTroubles(t, "when calls pass", c)
		stop()
	})
}

func TestTroubled_TellsAHaltUntilItIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemory()
		c, stop := begin(q, newBackend())
		time.Sleep(time.Second) // the bubble's clock
		wantTroubles(t, "before", c)
		q.change(func() { q.halted = time.Now() })
		time.Sleep(15 * time.Second) // the bubble's clock
		wantTroubles(t, "while it is halted", c, Halted)
		q.change(func() { q.halted = time.Time{} })
		time.Sleep(15 * time.Second) // the bubble's clock
		wantTroubles(t, "after a person resumed it", c)
		stop()
	})
}

// A token that came late must not make the gate slow for the next trouble, hours later.
func TestGate_TokenTroubleThatIsOverIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &ails{backend: newBackend(), trouble: trouble{token: tokenError(alleviate.Transient)}}
		q := newMemory(due("one"))
		c, stop := begin(q, b)
		time.Sleep(time.Hour) // the pauses are at their longest
		b.with(trouble{})
		time.Sleep(probeMost + time.Second) // the bubble's clock
		b.with(trouble{token: tokenError(alleviate.Transient)})
		time.Sleep(time.Second) // the bubble's clock
		wantTroubles(t, "in the second outage", c, NoToken)
		b.with(trouble{})
		time.Sleep(probeFirst + time.Second) // the bubble's clock
		wantTroubles(t, "a quarter of a minute later", c)
		stop()
	})
}
