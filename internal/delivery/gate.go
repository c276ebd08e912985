package delivery

import (
	"errors"
	"sync"
	"time"

	"intake/alleviate"
)

const (
	outageAfter     = 3                // failed calls in a row that close the gate
	trialCalls      = 3                // calls that must succeed one at a time before it opens fully
	probeWaitMin    = 15 * time.Second // doubles …
	probeWaitMax    = 5 * time.Minute  // … up to this
	credentialWait  = 5 * time.Minute
	throttleWait    = time.Minute // when Alleviate names no time
	throttleWaitMax = 15 * time.Minute
)

// gate is the circuit breaker of all workers: it decides before each claim whether calls may go out. Throttling,
// refused credentials and an outage close it. After an outage a harmless probe goes out first and then one
// lead at a time (half-open), so that an outage puts few leads in doubt.
type gate struct {
	mu            sync.Mutex
	now           func() time.Time
	closedUntil   time.Time // closed before this time
	probeDue      bool      // a probe must be answered before the next claim
	trialsLeft    int       // calls that must still succeed one at a time
	failuresInRow int
	closings      int           // because of failed calls
	probeWait     time.Duration // before the next probe
	inFlight      int
	tokenTrouble  Trouble       // why there is no token; empty when there is one
	callTrouble   recentTrouble // why calls or probes fail
}

func newGate(now func() time.Time) *gate { return &gate{now: now, probeWait: probeWaitMin} }

// allowed says how many of the free workers may claim.
func (g *gate) allowed(free int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.now().Before(g.closedUntil) {
		return 0
	}
	if g.trialsLeft > 0 {
		return max(0, min(free, 1-g.inFlight))
	}
	return free
}

// isOpen says whether calls may go out without a limit.
func (g *gate) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.trialsLeft == 0 && !g.now().Before(g.closedUntil)
}

func (g *gate) needsProbe() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.probeDue
}

// passedCheck notes that there is a token and that a probe, if one was due, was answered.
func (g *gate) passedCheck() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probeDue, g.tokenTrouble = false, ""
}

// closeForToken closes the gate because there is no token, and says whether it was open.
func (g *gate) closeForToken(err error) (wasOpen bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	wasOpen = g.closeAfter(err)
	if g.tokenTrouble = NoToken; KindOf(err) == alleviate.Credentials {
		g.tokenTrouble = Credentials
	}
	return wasOpen
}

// closeForProbe closes the gate because the probe failed, and says whether it was open.
func (g *gate) closeForProbe(err error) (wasOpen bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	wasOpen = g.closeAfter(err)
	g.tokenTrouble = ""
	g.callTrouble.note(troubleOf(err), g.now(), g.closedUntil)
	return wasOpen
}

// closeAfter closes the gate for as long as err asks, and says whether it was open. It needs mu.
func (g *gate) closeAfter(err error) (wasOpen bool) {
	wasOpen = !g.now().Before(g.closedUntil)
	switch wait := retryAfter(err); KindOf(err) {
	case alleviate.Credentials:
		g.closeFor(max(wait, credentialWait))
	case alleviate.Throttled:
		g.closeFor(throttleWaitFor(wait))
	default:
		g.closeFor(max(wait, g.probeWait))
		g.probeWait = min(2*g.probeWait, probeWaitMax)
	}
	return wasOpen
}

// callStarted returns what callEnded needs to know: how often the gate had closed when the call started.
func (g *gate) callStarted() (closings int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight++
	return g.closings
}

// callEnded updates the gate by the result of a call. An answer of Alleviate itself is no outage, whatever it
// says: a refused lead or a lead in doubt is no reason to stop the others.
func (g *gate) callEnded(closings int, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	switch wait := retryAfter(err); KindOf(err) {
	case alleviate.Credentials:
		g.probeDue = true
		g.closeFor(max(wait, credentialWait))
		g.callTrouble.note(Credentials, g.now(), g.closedUntil)
	case alleviate.Throttled:
		g.closeFor(throttleWaitFor(wait))
		g.callTrouble.note(Throttled, g.now(), g.closedUntil)
	case alleviate.Transient, alleviate.Ambiguous:
		if answered(err) {
			g.failuresInRow = 0
			return
		}
		g.callFailed(closings)
	default:
		g.callSucceeded()
	}
}

// callFailed closes the gate after some failures in a row, and for longer each time. A call that started before
// the last closing belongs to the same outage and closes it for no longer.
func (g *gate) callFailed(closings int) {
	g.failuresInRow++
	if g.failuresInRow < outageAfter {
		return
	}
	g.probeDue, g.trialsLeft = true, trialCalls
	if closings < g.closings {
		return
	}
	g.closings++
	g.closeFor(g.probeWait)
	g.probeWait = min(2*g.probeWait, probeWaitMax)
	g.callTrouble.note(Outage, g.now(), g.closedUntil)
}

func (g *gate) callSucceeded() {
	g.failuresInRow, g.callTrouble = 0, recentTrouble{}
	if g.trialsLeft = max(0, g.trialsLeft-1); g.trialsLeft == 0 {
		g.probeWait = probeWaitMin // also after token trouble, which needs no trial calls
	}
}

// hasTrouble says whether leads wait because of t.
func (g *gate) hasTrouble(t Trouble) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tokenTrouble == t || g.callTrouble.active(t, g.now())
}

// closeFor closes the gate for wait, and never opens it earlier than it would have opened.
func (g *gate) closeFor(wait time.Duration) {
	if until := g.now().Add(wait); until.After(g.closedUntil) {
		g.closedUntil = until
	}
}

func (g *gate) opensAt() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closedUntil
}

func throttleWaitFor(wait time.Duration) time.Duration {
	if wait <= 0 {
		return throttleWait
	}
	return min(wait, throttleWaitMax)
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
