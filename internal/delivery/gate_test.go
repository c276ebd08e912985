package delivery

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

// answeredFailure is a failure that Alleviate itself answered: it can be reached.
func answeredFailure(kind alleviate.Kind) error {
	return &alleviate.Error{Op: "createLead", Kind: kind, HTTPStatus: 200, Answered: true}
}

// blockedFailure is the response of a firewall on the way.
func blockedFailure() error {
	return &alleviate.Error{Op: "createLead", Kind: alleviate.Transient, Reason: "blocked before Alleviate", HTTPStatus: 403, Blocked: true}
}

func dueLeads(n int) []lead.Lead {
	var leads []lead.Lead
	for i := range n {
		leads = append(leads, dueLead(fmt.Sprintf("%02d", i)))
	}
	return leads
}

// leadForStatusCheck is a lead that is due for a status check.
func leadForStatusCheck(id string) lead.Lead {
	l := dueLead(id)
	l.Status, l.Step, l.AlleviateID, l.ResultCode = lead.Created, lead.Look, lead.AlleviateID("m-"+id), 1000
	return l
}

func TestGate_StatusChecksOfPurgedIDsDoNotStopSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(), newBackend()
		for i := range 20 {
			l := leadForStatusCheck(fmt.Sprint("purged-", i))
			q.leads[l.ID] = &l
		}
		b.status = func(int) (alleviate.LeadStatus, error) { return alleviate.LeadStatus{}, alleviate.ErrUnknownLead }
		c, stop := start(q, b)
		time.Sleep(5 * time.Second) // the bubble's clock
		wantTroubles(t, "after 20 looks at purged ids", c)
		l := dueLead("fresh")
		q.locked(func() { q.leads[l.ID] = &l })
		time.Sleep(2 * time.Second) // the bubble's clock
		if got := q.get("fresh"); got.Status != lead.Created || b.called("probe") != 0 {
			t.Errorf("a fresh lead is %s after %d probes, want created after none", got.Status, b.called("probe"))
		}
		stop()
		got := q.get("purged-0")
		if got.Status != lead.Created || got.Step != lead.Look || got.Reason != "not found there" || got.ResultCode != 1000 {
			t.Errorf("a purged lead is %s (%d, %q) and waits for %q, want created with its code and a next look", got.Status, got.ResultCode, got.Reason, got.Step)
		}
	})
}

func TestCheckStatus_AnIDThatIsNotFoundIsCheckedLaterAndClosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(leadForStatusCheck("one")), newBackend()
		b.status = func(n int) (alleviate.LeadStatus, error) {
			if time.Since(b.started) < 9*24*time.Hour {
				return alleviate.LeadStatus{}, alleviate.ErrUnknownLead
			}
			return alleviate.LeadStatus{Code: 1018}, nil
		}
		runFor(q, b, 8*24*time.Hour)
		if l := q.get("one"); l.Status != lead.Created || l.Step != lead.Look || l.Failures != 0 {
			t.Errorf("after eight days %s, waiting for %q, %d failures; want created, a look and none", l.Status, l.Step, l.Failures)
		}
		runFor(q, b, 2*24*time.Hour)
		if l := q.get("one"); l.ResultCode != 1018 {
			t.Errorf("the result is %d when Alleviate has one, want 1018", l.ResultCode)
		}
	})
}

// An answer of Alleviate itself is no outage, even when each one leaves a lead in doubt.
func TestGate_OnlyFailuresWithoutAnAnswerOfAlleviateCountAsOutage(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		brakes bool
	}{
		{"lost on the way", failure(alleviate.Ambiguous), true},
		{"connection refused", failure(alleviate.Transient), true},
		{"a firewall", blockedFailure(), true},
		{"Alleviate failed while it ran", answeredFailure(alleviate.Ambiguous), false},
		{"Alleviate failed, and a repeat is safe", answeredFailure(alleviate.Transient), false},
		{"Alleviate refused the input", answeredFailure(alleviate.Rejected), false},
		{"not found", alleviate.ErrUnknownLead, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newGate(time.Now)
			for range 10 {
				g.callEnded(g.callStarted(), tt.err)
			}
			if g.isOpen() == tt.brakes {
				t.Errorf("open is %v after ten, want %v", g.isOpen(), !tt.brakes)
			}
		})
	}
}

func TestGate_AnAnswerBetweenLostCallsResetsTheCount(t *testing.T) {
	g := newGate(time.Now)
	for _, err := range []error{failure(alleviate.Ambiguous), failure(alleviate.Ambiguous), answeredFailure(alleviate.Ambiguous), failure(alleviate.Ambiguous), failure(alleviate.Ambiguous)} {
		g.callEnded(g.callStarted(), err)
	}
	if !g.isOpen() {
		t.Error("the gate is shut, and no three in a row were lost")
	}
}

func TestGate_CallsInFlightCloseItOnceAndNotForLonger(t *testing.T) {
	now := time.Now()
	g := newGate(func() time.Time { return now })
	for _, want := range []time.Duration{probeWaitMin, 2 * probeWaitMin, 4 * probeWaitMin} {
		started := make([]int, 64)
		for i := range started {
			started[i] = g.callStarted()
		}
		closedAt := now
		for i, closings := range started {
			if i == 63 {
				now = g.opensAt().Add(time.Second) // the last one fails long after the others
			}
			g.callEnded(closings, failure(alleviate.Ambiguous))
		}
		if got := g.opensAt().Sub(closedAt); got != want {
			t.Errorf("closed for %s, want %s", got, want)
		}
	}
}

// Alleviate throttles, and then the calls in flight are lost: that is an outage, too.
func TestGate_AnOutageBehindAThrottleNeedsAProbeAndTrials(t *testing.T) {
	now := time.Now()
	g := newGate(func() time.Time { return now })
	started := []int{g.callStarted(), g.callStarted(), g.callStarted(), g.callStarted()}
	g.callEnded(started[0], throttle(time.Minute))
	for _, closings := range started[1:] {
		g.callEnded(closings, failure(alleviate.Ambiguous))
	}
	if got := g.opensAt().Sub(now); got != time.Minute {
		t.Errorf("closed for %s, want the minute that Alleviate named", got)
	}
	now = g.opensAt()
	if !g.needsProbe() || g.allowed(16) != 1 {
		t.Errorf("probe %v, %d calls at once; want a probe and one call", g.needsProbe(), g.allowed(16))
	}
}
