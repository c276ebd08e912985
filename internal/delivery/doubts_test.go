package delivery

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
	"intake/internal/clock"
	"intake/internal/lead"
)

const settle = 15 * time.Minute

func resends(c *Config) { c.Settle = settle }

// lost answers the first n calls with a doubt and the later ones with code.
func lost(n int, code alleviate.ResultCode) func(int) (alleviate.CreatedLead, error) {
	return func(call int) (alleviate.CreatedLead, error) {
		if call <= n {
			return noBackend, failure(alleviate.Ambiguous)
		}
		return alleviate.CreatedLead{ID: "m", Code: code}, nil
	}
}

func TestResend_IsOneAndComesWhenTheDoubtHasSettled(t *testing.T) {
	for _, tt := range []struct {
		story      string
		create     func(int) (alleviate.CreatedLead, error)
		policy     func(*Config)
		run        time.Duration
		want       lead.Status
		wantCalls  int
		wantReason string
	}{
		{"before it has settled", lost(1, 1018), resends, settle - time.Second, lead.InDoubt, 1, "ambiguous, "},
		{"when it has settled", lost(1, 1018), resends, settle + time.Minute, lead.Created, 2, ""},
		{"1003: the first one had landed", lost(1, 1003), resends, settle + time.Minute, lead.Created, 2, "landed before"},
		{"a second doubt is for a person", lost(9, 1018), func(c *Config) { resends(c); byMinutes(c) }, 240 * time.Hour, lead.InDoubt, 2, "ambiguous, ; it was sent twice, a person decides"},
		{"the default policy leaves it to a person", lost(1, 1018), byMinutes, 240 * time.Hour, lead.InDoubt, 1, "ambiguous, "},
	} {
		t.Run(tt.story, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, b := newMemory(due("one")), newBackend()
				b.create = tt.create
				carry(q, b, tt.run, tt.policy)
				l := q.get("one")
				if l.Status != tt.want || b.called("create") != tt.wantCalls || l.Reason != tt.wantReason {
					t.Errorf("%s (%q) after %d calls, want %s (%q) after %d", l.Status, l.Reason, b.called("create"), tt.want, tt.wantReason, tt.wantCalls)
				}
				if l.Step != lead.AtRest {
					t.Errorf("it waits for %q, want rest", l.Step)
				}
				if len(b.landed) != 1 || l.Qualified() {
					t.Errorf("sent as %v, qualified: %v; want one partner id and no", b.landed, l.Qualified())
				}
			})
		})
	}
}

func TestResend_AJumpOfTheClockOnlyMakesTheWaitLonger(t *testing.T) {
	for _, tt := range []struct {
		story    string
		jump     time.Duration
		wantWait time.Duration
	}{
		{"an hour ahead", time.Hour, settle},
		{"an hour back", -time.Hour, settle + time.Hour},
	} {
		t.Run(tt.story, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, b := newMemory(due("one")), newBackend()
				b.create = lost(1, 1018)
				begun := time.Now()
				wall := func() time.Time { // of the machine: without a monotonic clock, and it jumps
					now := time.Now().Round(0)
					if now.Sub(begun) > time.Minute {
						now = now.Add(tt.jump)
					}
					return now
				}
				q.wall = wall
				onTheWall := func(c *Config) { c.Settle, c.Clock = settle, clock.At(wall) }
				carry(q, b, tt.wantWait-time.Minute, onTheWall)
				if b.called("create") != 1 {
					t.Errorf("it was repeated within %s", tt.wantWait)
				}
				if tt.jump > 0 {
					return // a second courier would watch anew
				}
				carry(q, b, settle+2*time.Minute, onTheWall)
				if b.called("create") != 2 {
					t.Error("it was never repeated")
				}
			})
		})
	}
}

func TestResend_ARestartWatchesAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(due("one")), newBackend()
		b.create = lost(1, 1018)
		carry(q, b, settle-time.Minute, resends)
		carry(q, b, settle-time.Minute, resends)
		if b.called("create") != 1 {
			t.Error("it was repeated although no process has watched it for long enough")
		}
		carry(q, b, settle+time.Minute, resends)
		if b.called("create") != 2 {
			t.Errorf("%d calls, want 2", b.called("create"))
		}
	})
}

func TestResend_ADoubtThatComesAgainIsWatchedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(due("one")), newBackend()
		b.create = lost(2, 1018)
		q.wall = func() time.Time { return time.Now().Add(time.Hour) } // it does not hold the repeat back
		go func() {                                                    // a person has it sent again, and that call is lost too
			time.Sleep(10*time.Minute + time.Second) // by the bubble's clock, between two looks at the doubts
			q.change(func() {
				l := q.leads["one"]
				l.Status, l.Step, l.NextAttemptAt = lead.Received, lead.Send, time.Now()
			})
		}()
		carry(q, b, 10*time.Minute+settle-time.Minute, resends)
		if l := q.get("one"); b.called("create") != 2 || l.Status != lead.InDoubt {
			t.Errorf("%s after %d calls, want in doubt after 2", l.Status, b.called("create"))
		}
	})
}

func TestHalt_IsToldOnceAndHoldsSendsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looking := due("two")
		looking.Status, looking.Step, looking.AlleviateID = lead.Created, lead.Look, "m"
		submitting := due("three")
		submitting.Status, submitting.Step, submitting.AlleviateID = lead.Created, lead.Submit, "m"
		q, b := newMemory(due("one"), looking, submitting), newBackend()
		q.halted = time.Now()
		go func() {
			time.Sleep(10 * time.Minute) // the bubble's clock
			if b.called("create") != 0 {
				t.Error("createLead was called although it is halted")
			}
			q.change(func() { q.halted = time.Time{} })
		}()
		log := carry(q, b, 20*time.Minute)
		if b.called("create") != 1 || b.called("submit") != 1 || b.called("look") != 1 {
			t.Errorf("%d createLead, %d submitLead, %d looks, want one of each", b.called("create"), b.called("submit"), b.called("look"))
		}
		if strings.Count(log, "createLead is halted") != 1 || strings.Count(log, "createLead goes on") != 1 {
			t.Errorf("the halt and its end were not told once each:\n%s", log)
		}
	})
}

func TestOrphans_AreToldEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(), newBackend()
		q.orphans = []lead.Lead{{ID: "lost", Status: lead.Received}}
		log := carry(q, b, 2*time.Hour+time.Minute)
		if got := strings.Count(log, `level=ERROR msg="lead is stuck" lead=lost`); got != 2 {
			t.Errorf("told %d times in two hours, want 2:\n%s", got, log)
		}
		if len(q.asked) != 2 || !q.asked[0] {
			t.Errorf("delivery was said to be open: %v, want true", q.asked)
		}
		b.ready = func(int) error { return failure(alleviate.Credentials) }
		carry(q, b, time.Hour+time.Minute)
		if len(q.asked) != 3 || q.asked[2] {
			t.Errorf("delivery was said to be open: %v, want false at last", q.asked)
		}
	})
}

func TestOrphans_AThrottleIsNoOpenDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := due("late")
		late.NextAttemptAt = time.Now().Add(59 * time.Minute)
		q, b := newMemory(late), newBackend()
		b.create = func(int) (alleviate.CreatedLead, error) { return noBackend, throttle(15 * time.Minute) }
		carry(q, b, time.Hour+time.Minute)
		if len(q.asked) != 1 || q.asked[0] {
			t.Errorf("delivery was said to be open: %v, want false", q.asked)
		}
	})
}

// shows answers a look.
type shows struct {
	status alleviate.LeadStatus
	err    error
}

func (s shows) LeadStatus(context.Context, alleviate.LeadID) (alleviate.LeadStatus, error) {
	return s.status, s.err
}

func TestFound_AdoptsOnlyWhatNamesOurLead(t *testing.T) {
	now := time.UnixMilli(1000)
	l := lead.Lead{ID: "ours", Status: lead.InDoubt, Attempt: 1}
	d := lead.Decision{Attempt: 1, Who: "ann", Reason: "asked", AlleviateID: "mlas-1"}
	for _, tt := range []struct {
		story    string
		shown    shows
		manual   bool
		wantErr  error
		wantStep lead.Step
	}{
		{"qualified: it is submitted", shows{alleviate.LeadStatus{PartnerLeadID: "ours", Code: 1015}, nil}, true, nil, lead.Submit},
		{"qualified, automatic path", shows{alleviate.LeadStatus{PartnerLeadID: "ours", Code: 1015}, nil}, false, nil, lead.AtRest},
		{"not final: it is looked at", shows{alleviate.LeadStatus{PartnerLeadID: "ours", Code: 1000}, nil}, true, nil, lead.Look},
		{"another lead of ours, or of somebody else", shows{alleviate.LeadStatus{PartnerLeadID: "another", Code: 1015}, nil}, true, ErrNotOurs, ""},
		{"no partner id", shows{alleviate.LeadStatus{Code: 1015}, nil}, true, ErrNotOurs, ""},
		{"Alleviate does not know the id", shows{alleviate.LeadStatus{}, alleviate.ErrUnknownLead}, true, alleviate.ErrUnknownLead, ""},
	} {
		t.Run(tt.story, func(t *testing.T) {
			got, err := Found(t.Context(), tt.shown, l, d, tt.manual, now)
			if !errors.Is(err, tt.wantErr) || got.Next != tt.wantStep {
				t.Errorf("waits for %q, %v; want %q, %v", got.Next, err, tt.wantStep, tt.wantErr)
			}
			if err != nil {
				return
			}
			if got.Event != lead.FoundThere || got.AlleviateID != "mlas-1" || got.ResultCode != int(tt.shown.status.Code) || l.CheckDecision(got) != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}
