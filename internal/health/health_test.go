package health

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// board shows the causes.
type board map[string]bool

func (b board) Degraded(cause string, stands bool) { b[cause] = stands }

// watched runs a watch over the causes and returns what makes one stand, and what ends it and returns its log.
func watched(told string, causes ...string) (w *Watch, shown board, set func(cause string, stands bool), stop func() string) {
	var log bytes.Buffer
	standing, shown := map[string]*atomic.Bool{}, board{}
	var signs []Sign
	for _, cause := range causes {
		standing[cause] = &atomic.Bool{}
		signs = append(signs, Sign{cause, standing[cause].Load, cause == told})
	}
	w = New(slog.New(slog.NewJSONHandler(&log, nil)), shown, nil, signs...)
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	return w, shown, func(cause string, stands bool) { standing[cause].Store(stands) }, func() string { end(); <-done; return log.String() }
}

func TestWatch_TellsEachCauseOnceWhenItBeginsAndOnceWhenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, shown, set, stop := watched("halted", "token", "outage", "halted")
		time.Sleep(lookEvery / 2) // changes come between two looks
		want := func(degraded bool, causes board) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			if diff := cmp.Diff(causes, maps.Clone(shown)); diff != "" || w.Degraded() != degraded {
				t.Errorf("degraded: %v; causes (-want +got):\n%s", w.Degraded(), diff)
			}
		}
		if diff := cmp.Diff(board{"token": false, "outage": false, "halted": false}, maps.Clone(shown)); diff != "" || w.Degraded() {
			t.Errorf("degraded at the start: %v; causes (-want +got):\n%s", w.Degraded(), diff)
		}
		for range 2 {
			set("token", true)
			want(true, board{"token": true, "outage": false, "halted": false})
			set("outage", true)
			time.Sleep(time.Hour)
			want(true, board{"token": true, "outage": true, "halted": false})
			set("token", false)
			want(true, board{"token": false, "outage": true, "halted": false})
			set("outage", false)
			want(false, board{"token": false, "outage": false, "halted": false})
		}
		set("halted", true)
		want(true, board{"token": false, "outage": false, "halted": true})
		set("halted", false)
		want(false, board{"token": false, "outage": false, "halted": false})
		log := stop()
		for line, n := range map[string]int{
			`"level":"WARN","msg":"degraded: leads are accepted, and a person should look","degraded":"token"`:  2,
			`"level":"WARN","msg":"degraded: leads are accepted, and a person should look","degraded":"outage"`: 2,
			`"level":"INFO","msg":"no longer degraded","degraded":"token","seconds":3602`:                       2,
			`"level":"INFO","msg":"no longer degraded","degraded":"outage","seconds":3602`:                      2,
			"halted": 0,
			"\n":     8,
		} {
			if got := strings.Count(log, line); got != n {
				t.Errorf("%s is there %d times, want %d, in:\n%s", line, got, n, log)
			}
		}
	})
}

func TestWatch_LooksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, set, stop := watched("", "chain")
		set("chain", true)
		synctest.Wait() // no time has passed
		if !w.Degraded() {
			t.Error("it waits before it looks")
		}
		if log := stop(); strings.Count(log, `"degraded":"chain"`) != 1 {
			t.Error(fmt.Sprint("it is not told:\n", log))
		}
	})
}
