package delivery

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
	"intake/internal/clock"
	"intake/internal/lead"
)

const resendAfter = 15 * time.Minute

func withResend(c *Config) { c.ResendAfter = resendAfter }

// ambiguousFirst fails the first n calls as ambiguous and answers later ones with code.
func ambiguousFirst(n int, code alleviate.ResultCode) func(int) (alleviate.CreatedLead, error) {
	return func(call int) (alleviate.CreatedLead, error) {
		if call <= n {
			return noAnswer, failure(alleviate.Ambiguous)
		}
		return alleviate.CreatedLead{ID: "m", Code: code}, nil
	}
}

func TestResend_HappensOnceAndOnlyAfterTheWait(t *testing.T) {
	for _, tt := range []struct {
		name       string
		create     func(int) (alleviate.CreatedLead, error)
		policy     func(*Config)
		run        time.Duration
		want       lead.Status
		wantCalls  int
		wantReason string
	}{
		{"before the wait is over", ambiguousFirst(1, 1018), withResend, resendAfter - time.Second, lead.InDoubt, 1, "ambiguous, "},
		{"after the wait", ambiguousFirst(1, 1018), withResend, resendAfter + time.Minute, lead.Created, 2, ""},
		{"1003: the first one had landed", ambiguousFirst(1, 1003), withResend, resendAfter + time.Minute, lead.Created, 2, "landed before"},
		{"a second doubt is for a person", ambiguousFirst(9, 1018), func(c *Config) { withResend(c); pollByMinute(c) }, 240 * time.Hour, lead.InDoubt, 2, "ambiguous, ; it was sent twice, a person decides"},
		{"the default policy leaves it to a person", ambiguousFirst(1, 1018), pollByMinute, 240 * time.Hour, lead.InDoubt, 1, "ambiguous, "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, b := newMemory(dueLead("one")), newBackend()
				b.create = tt.create
				runFor(q, b, tt.run, tt.policy)
				l := q.get("one")
				if l.Status != tt.want || b.called("create") != tt.wantCalls || l.Reason != tt.wantReason {
					t.Errorf("%s (%q) after %d calls, want %s (%q) after %d", l.Status, l.Reason, b.called("create"), tt.want, tt.wantReason, tt.wantCalls)
				}
				if l.Step != lead.AtRest {
					t.Errorf("it waits for %q, want rest", l.Step)
				}
				if len(b.processed) != 1 || l.Qualified() {
					t.Errorf("sent as %v, qualified: %v; want one partner id and no", b.processed, l.Qualified())
				}
			})
		})
	}
}

func TestResend_AJumpOfTheClockOnlyMakesTheWaitLonger(t *testing.T) {
	for _, tt := range []struct {
		name     string
		jump     time.Duration
		wantWait time.Duration
	}{
		{"an hour ahead", time.Hour, resendAfter},
		{"an hour back", -time.Hour, resendAfter + time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, b := newMemory(dueLead("one")), newBackend()
				b.create = ambiguousFirst(1, 1018)
				started := time.Now()
				wall := func() time.Time { // of the machine: without a monotonic clock, and it jumps
					now := time.Now().Round(0)
					if now.Sub(started) > time.Minute {
						now = now.Add(tt.jump)
					}
					return now
				}
				q.wallClock = wall
				byWallClock := func(c *Config) { c.ResendAfter, c.Clock = resendAfter, clock.At(wall) }
				runFor(q, b, tt.wantWait-time.Minute, byWallClock)
				if b.called("create") != 1 {
					t.Errorf("it was repeated within %s", tt.wantWait)
				}
				if tt.jump > 0 {
					return // a second courier would watch anew
				}
				runFor(q, b, resendAfter+2*time.Minute, byWallClock)
				if b.called("create") != 2 {
					t.Error("it was never repeated")
				}
			})
		})
	}
}

func TestResend_ARestartStartsTheWaitAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.create = ambiguousFirst(1, 1018)
		runFor(q, b, resendAfter-time.Minute, withResend)
		runFor(q, b, resendAfter-time.Minute, withResend)
		if b.called("create") != 1 {
			t.Error("it was repeated although no process has watched it for long enough")
		}
		runFor(q, b, resendAfter+time.Minute, withResend)
		if b.called("create") != 2 {
			t.Errorf("%d calls, want 2", b.called("create"))
		}
	})
}

func TestResend_ANewDoubtOfTheSameLeadStartsTheWaitAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.create = ambiguousFirst(2, 1018)
		q.wallClock = func() time.Time { return time.Now().Add(time.Hour) } // it does not hold the repeat back
		go func() {                                                         // a person has it sent again, and that call is lost too
			time.Sleep(10*time.Minute + time.Second) // by the bubble's clock, between two looks at the doubts
			q.locked(func() {
				l := q.leads["one"]
				l.Status, l.Step, l.NextAttemptAt = lead.Received, lead.Send, time.Now()
			})
		}()
		runFor(q, b, 10*time.Minute+resendAfter-time.Minute, withResend)
		if l := q.get("one"); b.called("create") != 2 || l.Status != lead.InDoubt {
			t.Errorf("%s after %d calls, want in doubt after 2", l.Status, b.called("create"))
		}
	})
}

func TestHalt_IsLoggedOnceAndStopsOnlyCreateLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looking := dueLead("two")
		looking.Status, looking.Step, looking.AlleviateID = lead.Created, lead.Look, "m"
		submitting := dueLead("three")
		submitting.Status, submitting.Step, submitting.AlleviateID = lead.Created, lead.Submit, "m"
		q, b := newMemory(dueLead("one"), looking, submitting), newBackend()
		q.halted = time.Now()
		go func() {
			time.Sleep(10 * time.Minute) // the bubble's clock
			if b.called("create") != 0 {
				t.Error("createLead was called although it is halted")
			}
			q.locked(func() { q.halted = time.Time{} })
		}()
		log := runFor(q, b, 20*time.Minute)
		if b.called("create") != 1 || b.called("submit") != 1 || b.called("look") != 1 {
			t.Errorf("%d createLead, %d submitLead, %d looks, want one of each", b.called("create"), b.called("submit"), b.called("look"))
		}
		if strings.Count(log, "createLead is halted") != 1 || strings.Count(log, "createLead goes on") != 1 {
			t.Errorf("the halt and its end were not logged once each:\n%s", log)
		}
	})
}

func TestLogStuck_LogsEachStuckLeadAndAsksByTheGate(t *testing.T) {
	q, b := newMemory(), newBackend()
	q.orphans = []lead.Summary{{ID: "lost", Status: lead.Received}}
	c, log := newCourier(q, b)
	if err := c.LogStuck(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); !strings.Contains(got, `level=ERROR msg="lead is stuck" lead=lost`) {
		t.Errorf("log:\n%s", got)
	}
	b.ready = func(int) error { return failure(alleviate.Credentials) }
	if err := c.LogStuck(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []bool{true, false}; !slices.Equal(q.askedOpen, want) {
		t.Errorf("Orphans was asked with open: %v, want %v", q.askedOpen, want)
	}
}

func TestLogStuck_ExpectsNoLeadToMoveWhileThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := dueLead("late")
		late.NextAttemptAt = time.Now().Add(59 * time.Minute)
		q, b := newMemory(late), newBackend()
		b.create = func(int) (alleviate.CreatedLead, error) { return noAnswer, throttle(15 * time.Minute) }
		c, _ := newCourier(q, b)
		ctx, stop := context.WithTimeout(t.Context(), time.Hour+time.Minute)
		defer stop()
		c.Run(ctx)
		if err := c.LogStuck(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(q.askedOpen) != 1 || q.askedOpen[0] {
			t.Errorf("Orphans was asked with open: %v, want false", q.askedOpen)
		}
	})
}

// statusStub is a StatusReader with a fixed answer.
type statusStub struct {
	status alleviate.LeadStatus
	err    error
}

func (s statusStub) LeadStatus(context.Context, alleviate.LeadID) (alleviate.LeadStatus, error) {
	return s.status, s.err
}

func TestConfirmFound_AcceptsOnlyALeadWithOurID(t *testing.T) {
	now := time.UnixMilli(1000)
	l := lead.Lead{ID: "ours", Status: lead.InDoubt, Attempt: 1}
	d := lead.Decision{Attempt: 1, Who: "ann", Reason: "asked", AlleviateID: "mlas-1"}
	for _, tt := range []struct {
		name     string
		found    statusStub
		manual   bool
		wantErr  error
		wantStep lead.Step
	}{
		{"qualified: it is submitted", statusStub{alleviate.LeadStatus{PartnerLeadID: "ours", Code: 1015}, nil}, true, nil, lead.Submit},
		{"qualified, automatic path", statusStub{alleviate.LeadStatus{PartnerLeadID: "ours", Code: 1015}, nil}, false, nil, lead.AtRest},
		{"not final: its status is checked", statusStub{alleviate.LeadStatus{PartnerLeadID: "ours", Code: 1000}, nil}, true, nil, lead.Look},
		{"another lead, ours or not", statusStub{alleviate.LeadStatus{PartnerLeadID: "another", Code: 1015}, nil}, true, errNotOurs, ""},
		{"no partner id", statusStub{alleviate.LeadStatus{Code: 1015}, nil}, true, errNotOurs, ""},
		{"Alleviate does not know the id", statusStub{alleviate.LeadStatus{}, alleviate.ErrUnknownLead}, true, alleviate.ErrUnknownLead, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ConfirmFound(t.Context(), tt.found, l, d, Path{Manual: tt.manual}, now)
			if !errors.Is(err, tt.wantErr) || got.Next != tt.wantStep {
				t.Errorf("waits for %q, %v; want %q, %v", got.Next, err, tt.wantStep, tt.wantErr)
			}
			if err != nil {
				return
			}
			if got.Event != lead.FoundThere || got.AlleviateID != "mlas-1" || got.ResultCode != int(tt.found.status.Code) || l.CheckDecision(got) != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestResend_HappensAlthoughNewLeadsLeaveNoWorkerFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := dueLead("first")
		first.NextAttemptAt = first.NextAttemptAt.Add(-time.Hour)
		q, b := newMemory(append(dueLeads(1000), first)...), newBackend()
		b.create, b.latency = ambiguousFirst(1, 1018), 7*time.Second
		runFor(q, b, resendAfter+time.Minute, withResend, func(c *Config) { c.Workers = 1 })
		if l := q.get("first"); l.Attempt != 2 || q.count(lead.Received) == 0 {
			t.Errorf("it is %s after attempt %d, and %d leads wait", l.Status, l.Attempt, q.count(lead.Received))
		}
	})
}

// pacedQueue has room for one call at a time: that of the doubt comes when a new lead could take it.
type pacedQueue struct {
	*memoryQueue
	full int // how often there is no room yet
}

func (q *pacedQueue) ClaimDoubt(ctx context.Context, doubt lead.Summary, minAge time.Duration, owner string, leaseUntil time.Time) ([]lead.Lead, error) {
	if q.full--; q.full >= 0 {
		return nil, lead.ErrPaced
	}
	return q.memoryQueue.ClaimDoubt(ctx, doubt, minAge, owner, leaseUntil)
}

func TestResend_KeepsItsTurnWhileThePaceLeavesNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := &pacedQueue{newMemory(dueLead("first")), 5}, newBackend()
		b.create = ambiguousFirst(1, 1018)
		log := runFor(q, b, resendAfter+25*time.Second, withResend)
		if l := q.get("first"); l.Attempt != 2 || q.full >= 0 {
			t.Errorf("it is %s after attempt %d", l.Status, l.Attempt)
		}
		if strings.Contains(log, "level=ERROR msg=claim") {
			t.Errorf("waiting for the pace is logged as an error:\n%s", log)
		}
	})
}
