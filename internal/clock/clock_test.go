package clock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock_AdvancesAtOnceAndNeverGoesBack(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := At(func() time.Time { return noon })
	for _, tt := range []struct{ advance, want time.Duration }{{time.Hour, time.Hour}, {time.Minute, time.Hour}, {0, time.Hour}, {2 * time.Hour, 2 * time.Hour}} {
		c.Advance(tt.advance)
		if got := c.Since(noon); got != tt.want || c.Ahead() != tt.want {
			t.Errorf("after a move to %s it is %s later, want %s", tt.advance, got, tt.want)
		}
	}
}

func TestClock_NilIsTheClockOfTheMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *Clock
		begun := time.Now()
		if err := c.Sleep(t.Context(), time.Minute); err != nil || time.Since(begun) != time.Minute || !c.Now().Equal(time.Now()) || c.Since(begun) != time.Minute || c.Ahead() != 0 {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	})
}

func TestSleep_EndsAfterItsTimeAnAdvanceOrTheContext(t *testing.T) {
	for _, tt := range []struct {
		name     string
		during   func(c *Clock, cancel func())
		wantErr  error
		wantTook time.Duration
	}{
		{"undisturbed", func(*Clock, func()) {}, nil, time.Hour},
		{"moved behind the end", func(c *Clock, _ func()) { c.Advance(2 * time.Hour) }, nil, time.Minute},
		{"moved half-way", func(c *Clock, _ func()) { c.Advance(30 * time.Minute) }, nil, 30 * time.Minute},
		{"cancelled", func(_ *Clock, cancel func()) { cancel() }, context.Canceled, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, begun := Movable(), time.Now()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(time.Minute, func() { tt.during(c, cancel) })
			if err := c.Sleep(ctx, time.Hour); !errors.Is(err, tt.wantErr) || time.Since(begun) != tt.wantTook {
				t.Errorf("%s: %v after %s, want %v after %s", tt.name, err, time.Since(begun), tt.wantErr, tt.wantTook)
			}
		})
	}
}

func TestTicker_FollowsTheClockAndDropsMissedTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, begun := Movable(), time.Now()
		tick := c.NewTicker(time.Minute)
		defer tick.Stop()
		for n := 1; n <= 3; n++ {
			<-tick.C
			if time.Since(begun) != time.Duration(n)*time.Minute {
				t.Errorf("tick %d after %s", n, time.Since(begun))
			}
		}
		c.Advance(24 * time.Hour)
		<-tick.C
		if time.Since(begun) != 3*time.Minute {
			t.Errorf("the advance takes effect after %s", time.Since(begun))
		}
		select {
		case <-tick.C:
			t.Error("a day of ticks comes at once")
		case <-time.After(59 * time.Second):
		}
		<-tick.C
		<-time.After(10 * time.Minute) // nobody receives
		<-tick.C
		select {
		case <-tick.C:
			t.Error("ticks were kept for later")
		default:
		}
	})
}
