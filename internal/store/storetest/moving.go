package storetest

import (
	"testing"
	"time"
)

var moving = map[string]func(*testing.T, *bench){
	"a move of the clock adds up, and every process that has the database open can read it": func(t *testing.T, b *bench) {
		for _, tt := range []struct{ forward, want time.Duration }{{time.Hour, time.Hour}, {1500 * time.Millisecond, time.Hour + 1500*time.Millisecond}} {
			if ahead, err := b.MoveClock(t.Context(), tt.forward); err != nil || ahead != tt.want {
				t.Errorf("%s ahead, %v, want %s", ahead, err, tt.want)
			}
			if ahead, err := b.again(t).ClockAhead(t.Context()); err != nil || ahead != tt.want {
				t.Errorf("another process: %s ahead, %v, want %s", ahead, err, tt.want)
			}
		}
	},
	"the clock is never moved back, and nowhere but in the simulator environment": func(t *testing.T, b *bench) {
		for _, forward := range []time.Duration{0, -time.Hour} {
			if _, err := b.MoveClock(t.Context(), forward); err == nil {
				t.Errorf("moved by %s", forward)
			}
		}
		b.exec(t, "update stamp set environment = 'sandbox'")
		if _, err := b.MoveClock(t.Context(), time.Hour); err == nil {
			t.Error("the clock of the sandbox was moved")
		}
		if ahead, err := b.ClockAhead(t.Context()); err != nil || ahead != 0 {
			t.Errorf("%s ahead, %v", ahead, err)
		}
	},
}
