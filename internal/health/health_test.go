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

// meterStub records the causes.
type meterStub map[string]bool

func (b meterStub) Degraded(cause string, active bool) { b[cause] = active }

// startMonitor runs a monitor of the causes. set starts and ends a cause; stop ends the monitor and returns its log.
func startMonitor(loggedElsewhere string, causes ...string) (w *Monitor, shown meterStub, set func(cause string, active bool), stop func() string) {
	var log bytes.Buffer
	standing, shown := map[string]*atomic.Bool{}, meterStub{}
	var conditions []Condition
	for _, cause := range causes {
		standing[cause] = &atomic.Bool{}
		conditions = append(conditions, Condition{cause, standing[cause].Load, cause == loggedElsewhere})
	}
	w = New(slog.New(slog.NewJSONHandler(&log, nil)), shown, nil, conditions...)
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	return w, shown, func(cause string, active bool) { standing[cause].Store(active) }, func() string { end(); <-done; return log.String() }
}

func TestMonitor_LogsTheStartAndTheEndOfEachCauseOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, shown, set, stop := startMonitor("halted", "token", "outage", "halted")
		time.Sleep(checkEvery / 2) // changes come between two looks
		want := func(degraded bool, causes meterStub) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			if diff := cmp.Diff(causes, maps.Clone(shown)); diff != "" || w.Degraded() != degraded {
				t.Errorf("degraded: %v; causes (-want +got):\n%s", w.Degraded(), diff)
			}
		}
		if diff := cmp.Diff(meterStub{"token": false, "outage": false, "halted": false}, maps.Clone(shown)); diff != "" || w.Degraded() {
			t.Errorf("degraded at the start: %v; causes (-want +got):\n%s", w.Degraded(), diff)
		}
		for range 2 {
			set("token", true)
			want(true, meterStub{"token": true, "outage": false, "halted": false})
			set("outage", true)
			time.Sleep(time.Hour)
			want(true, meterStub{"token": true, "outage": true, "halted": false})
			set("token", false)
			want(true, meterStub{"token": false, "outage": true, "halted": false})
			set("outage", false)
			want(false, meterStub{"token": false, "outage": false, "halted": false})
		}
		set("halted", true)
		want(true, meterStub{"token": false, "outage": false, "halted": true})
		set("halted", false)
		want(false, meterStub{"token": false, "outage": false, "halted": false})
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

func TestMonitor_ChecksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, set, stop := startMonitor("", "chain")
		set("chain", true)
		synctest.Wait() // no time has passed
		if !w.Degraded() {
			t.Error("it waits before it looks")
		}
		if log := stop(); strings.Count(log, `"degraded":"chain"`) != 1 {
			t.Error(fmt.Sprint("it is not logged:\n", log))
		}
	})
}
