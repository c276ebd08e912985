package delivery

import (
	"errors"
	"sync"
	"time"

	"intake/alleviate"
)

const (
	outageAfter    = 3                // outage-like results in a row shut the gate
	trials         = 3                // leads that must pass one at a time before it opens wide
	probeFirst     = 15 * time.Second // doubling …
	probeMost      = 5 * time.Minute  // … to this
	credentialWait = 5 * time.Minute
	throttleWait   = time.Minute // when Alleviate names no time
	throttleMost   = 15 * time.Minute
)

// gate decides, before any claim, whether calls may go out, for all workers together: it is shut by
// a throttle, by refused credentials and by an outage. After an outage a harmless probe goes out
// first and then one lead at a time, so that an outage cannot fill the list of doubts.
type gate struct {
	mu       sync.Mutex
	now      func() time.Time
	until    time.Time     // shut before
	probe    bool          // and then a probe goes first
	trial    int           // leads still to pass one at a time
	outages  int           // in a row
	wait     time.Duration // until the next probe
	inFlight int
	token    Trouble // none is to be had because of it
	calls    blame   // for what calls and probes came back with
}

func newGate(now func() time.Time) *gate { return &gate{now: now, wait: probeFirst} }

// allow says how many of free workers may claim.
func (g *gate) allow(free int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now().Before(g.until) {
		return 0
	}
	if g.trial > 0 {
		return max(0, min(free, 1-g.inFlight))
	}
	return free
}

// open says whether nothing holds calls back.
func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trial == 0 && !g.now().Before(g.until)
}

func (g *gate) wantsProbe() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.probe
}

// probed notes that a call could go out.
func (g *gate) probed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probe, g.token = false, ""
}

// tokenRefused shuts the gate because no token was to be had. It says whether it was open.
func (g *gate) tokenRefused(err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	wasOpen := g.refused(err)
	if g.token = NoToken; KindOf(err) == alleviate.Credentials {
		g.token = Credentials
	}
	return wasOpen
}

// probeRefused shuts the gate because the probe did not come back. It says whether it was open.
func (g *gate) probeRefused(err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	wasOpen := g.refused(err)
	g.token = ""
	g.calls.put(troubleOf(err), g.now(), g.until)
	return wasOpen
}

// refused needs mu.
func (g *gate) refused(err error) (wasOpen bool) {
	wasOpen = !g.now().Before(g.until)
	switch wait := retryAfter(err); KindOf(err) {
	case alleviate.Credentials:
		g.shut(max(wait, credentialWait))
	case alleviate.Throttled:
		g.shut(throttled(wait))
	default:
		g.shut(max(wait, g.wait))
		g.wait = min(2*g.wait, probeMost)
	}
	return wasOpen
}

func (g *gate) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight++
}

// ended learns from the result of a call. A refused lead is no outage, and neither is whatever
// else Alleviate itself answers: a doubt for a person is no reason to stop the others.
func (g *gate) ended(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	switch wait := retryAfter(err); KindOf(err) {
	case alleviate.Credentials:
		g.probe = true
		g.shut(max(wait, credentialWait))
		g.calls.put(Credentials, g.now(), g.until)
	case alleviate.Throttled:
		g.shut(throttled(wait))
		g.calls.put(Throttled, g.now(), g.until)
	case alleviate.Transient, alleviate.Ambiguous:
		if answered(err) {
			g.outages = 0
			return
		}
		g.outage()
	default:
		g.passed()
	}
}

func (g *gate) outage() {
	g.outages++
	if g.outages < outageAfter {
		return
	}
	g.probe, g.trial = true, trials
	g.shut(g.wait)
	g.wait = min(2*g.wait, probeMost)
	g.calls.put(Outage, g.now(), g.until)
}

func (g *gate) passed() {
	g.outages, g.calls = 0, blame{}
	if g.trial = max(0, g.trial-1); g.trial == 0 {
		g.wait = probeFirst // also after token trouble, which asks for no trial
	}
}

// troubled says whether leads wait because of t.
func (g *gate) troubled(t Trouble) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.token == t || g.calls.on(t, g.now())
}

// shut never opens earlier what is shut for longer.
func (g *gate) shut(wait time.Duration) {
	if until := g.now().Add(wait); until.After(g.until) {
		g.until = until
	}
}

func (g *gate) openAt() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until
}

func throttled(wait time.Duration) time.Duration {
	if wait <= 0 {
		return throttleWait
	}
	return min(wait, throttleMost)
}

// answered says whether Alleviate itself answered: whatever it said, the way there is open.
func answered(err error) bool {
	if KindOf(err) == "" {
		return true
	}
	failure, ok := errors.AsType[*alleviate.Error](err)
	return ok && failure.Answered
}

// KindOf classifies how a call to Alleviate or to its token host ended: empty when Alleviate answered, also that it
// knows no such lead, and Transient for an error of no class, such as that of a call that was canceled before it began.
func KindOf(err error) alleviate.Kind {
	if err == nil || errors.Is(err, alleviate.ErrUnknownLead) {
		return ""
	}
	if failure, ok := errors.AsType[*alleviate.Error](err); ok {
		return failure.Kind
	}
	if failure, ok := errors.AsType[*alleviate.TokenError](err); ok {
		return failure.Kind
	}
	return alleviate.Transient
}

func retryAfter(err error) time.Duration {
	if failure, ok := errors.AsType[*alleviate.Error](err); ok {
		return failure.RetryAfter
	}
	if failure, ok := errors.AsType[*alleviate.TokenError](err); ok {
		return failure.RetryAfter
	}
	return 0
}
