package delivery

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

const day = 24 * time.Hour

// pendingBackend answers each createLead with 1000, and each status check with what status returns.
func pendingBackend(becomes func(since time.Duration) (alleviate.ResultCode, error)) *backend {
	b := newBackend()
	b.create = func(int) (alleviate.CreatedLead, error) { return alleviate.CreatedLead{ID: "m", Code: 1000}, nil }
	b.status = func(int) (alleviate.LeadStatus, error) {
		code, err := becomes(time.Since(b.started))
		return alleviate.LeadStatus{Code: code}, err
	}
	return b
}

// runDueSteps runs each step of the only lead when it is due, and returns the log. The bubble's clock jumps from
// one step to the next.
func runDueSteps(t *testing.T, q *memoryQueue, b *backend, until func(lead.Lead) bool) string {
	c, log := newCourier(q, b)
	for l := q.get("one"); l.Step != lead.AtRest && !until(l); l = q.get("one") {
		time.Sleep(time.Until(l.NextAttemptAt)) // the bubble's clock
		c.claimDue(t.Context(), l.Step)
		c.calls.Wait()
	}
	return log.String()
}

func never(lead.Lead) bool { return false }

// statusCheckDays are the days on which status checks were made, from the third day on.
func (b *backend) statusCheckDays() (days []int) {
	for _, at := range b.callTimes {
		if at >= 2*day {
			days = append(days, int(at/day))
		}
	}
	return days
}

func TestLateCheck_AResultThatComesAfterTheLeadWasClosedIsLoggedOnce(t *testing.T) {
	for _, tt := range []struct {
		name          string
		status        func(time.Duration) (alleviate.ResultCode, error)
		want          string
		wantLogged    int
		wantCheckDays []int
	}{
		{"on the ninth day", func(since time.Duration) (alleviate.ResultCode, error) {
			if since < 9*day {
				return 1000, nil
			}
			return 1015, nil
		}, "Alleviate has a result since it was closed: 1015", 1, []int{2, 3, 4, 5, 6, 7, 14}},
		{"on the ninth day, and the next check fails", func(since time.Duration) (alleviate.ResultCode, error) {
			if since < 9*day {
				return 9999, nil
			}
			if since < 15*day {
				return 0, failure(alleviate.Transient)
			}
			return 1018, nil
		}, "Alleviate has a result since it was closed: 1018", 1, []int{2, 3, 4, 5, 6, 7, 14, 15}},
		{"never", func(time.Duration) (alleviate.ResultCode, error) { return 1001, nil },
			"no final result in seven days", 0, []int{2, 3, 4, 5, 6, 7, 14, 21, 28, 35}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, b := newMemory(dueLead("one")), pendingBackend(tt.status)
				log := runDueSteps(t, q, b, never)
				l := q.get("one")
				if l.Status != lead.Closed || l.Step != lead.AtRest || l.Reason != tt.want || b.called("submit") != 0 {
					t.Errorf("the lead is %s, waits for %q, because %q after %d submits", l.Status, l.Step, l.Reason, b.called("submit"))
				}
				if logged := strings.Count(log, `level=ERROR msg="lead needs a person" lead=one`); logged != tt.wantLogged {
					t.Errorf("logged %d times, want %d", logged, tt.wantLogged)
				}
				if got := b.statusCheckDays(); !slices.Equal(got, tt.wantCheckDays) {
					t.Errorf("checked on the days %v, want %v", got, tt.wantCheckDays)
				}
			})
		})
	}
}

// The last status check of the week fails, and there is a result since the one before.
func TestLateCheck_AFailedStatusCheckClosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), pendingBackend(func(since time.Duration) (alleviate.ResultCode, error) {
			switch {
			case since < 6*day+time.Hour:
				return 1000, nil
			case since < 8*day-time.Hour:
				return 0, failure(alleviate.Transient)
			}
			return 1014, nil
		})
		runDueSteps(t, q, b, func(lead.Lead) bool { return time.Since(b.started) >= 7*day })
		if l := q.get("one"); l.Status != lead.Created || l.Step != lead.Look {
			t.Errorf("after a look that failed the lead is %s and waits for %q", l.Status, l.Step)
		}
		runDueSteps(t, q, b, never)
		if l := q.get("one"); l.Status != lead.Submitted || l.ResultCode != 1014 {
			t.Errorf("a day later it is %s with %d, want submitted with 1014", l.Status, l.ResultCode)
		}
	})
}

func TestLateCheck_RunsEveryHourForLeadsThatAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := dueLead("one")
		closed.Status, closed.Step, closed.AlleviateID, closed.ChangedAt = lead.Closed, lead.LookBack, "m", time.Now().Add(-7*day)
		q, b := newMemory(closed), pendingBackend(func(time.Duration) (alleviate.ResultCode, error) { return 1016, nil })
		log := runFor(q, b, 59*time.Minute)
		if n := b.called("look"); n != 0 {
			t.Errorf("%d looks went out within the hour: every second would be too often", n)
		}
		log += runFor(q, b, 2*time.Hour+time.Minute)
		if l := q.get("one"); b.called("look") != 1 || l.Reason != lead.ChangedLate+": 1016" || !strings.Contains(log, `reason="`+l.Reason) {
			t.Errorf("%d looks, because %q; the log:\n%s", b.called("look"), l.Reason, log)
		}
	})
}
