package upkeep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
)

// meterStub records the results.
type meterStub struct{ verdicts []string }

func (m *meterStub) ChainChecked(name string, at time.Time, entries int64, intact bool) {
	m.verdicts = append(m.verdicts, fmt.Sprintf("%s at %s: %d, %v", name, at.UTC().Format("02 15:04"), entries, intact))
}

// chainStub returns one answer for each check, and the last one from then on.
type chainStub struct {
	answers []error
	known   []string // with which known head
}

func (c *chainStub) verify(_ context.Context, known []byte) (audit.Report, error) {
	n := len(c.known)
	c.known = append(c.known, string(known))
	err := c.answers[min(n, len(c.answers)-1)]
	return audit.Report{Head: audit.Head{Seq: int64(n + 1), Hash: fmt.Append(nil, "head ", n+1)}, Unlinked: 5}, err
}

// runWithChain runs the upkeep for d and returns its log.
func runWithChain(t *testing.T, c *chainStub, m *meterStub, d time.Duration) string {
	t.Helper()
	var log bytes.Buffer
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	cfg := testConfig(t, slog.New(slog.NewJSONHandler(&log, nil)))
	cfg.Chains, cfg.Meter = []Chain{{"audit", c.verify}}, m
	New(cfg).Run(ctx)
	return log.String()
}

func TestRun_ChecksTheChainAtOnceAndEveryNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC, 2000-01-01
		c, m := &chainStub{answers: []error{nil}}, &meterStub{}
		log := runWithChain(t, c, m, 52*time.Hour)
		want := []string{"audit at 01 00:00: 6, true", "audit at 01 03:00: 7, true", "audit at 02 03:00: 8, true", "audit at 03 03:00: 9, true"}
		if diff := cmp.Diff(want, m.verdicts); diff != "" {
			t.Errorf("verdicts (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"", "head 1", "head 2", "head 3"}, c.known); diff != "" {
			t.Errorf("each check must know the end that the one before found (-want +got):\n%s", diff)
		}
		if want := `"level":"INFO","msg":"chain is intact","chain":"audit","entries":9,"head":"686561642034","unlinked":5`; !strings.Contains(log, want) {
			t.Errorf("no %s in:\n%s", want, log)
		}
		if strings.Contains(log, "ERROR") {
			t.Errorf("an alarm although all is well:\n%s", log)
		}
	})
}

func TestRun_ABrokenChainIsAnErrorAndItsHeadIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, m := &chainStub{answers: []error{nil, audit.Broken("entry 2 is missing")}}, &meterStub{}
		log := runWithChain(t, c, m, 28*time.Hour)
		if want := `"level":"ERROR","msg":"chain is broken","chain":"audit","cause":"entry 2 is missing","intact_until":2`; strings.Count(log, `"chain is broken"`) != 2 || !strings.Contains(log, want) {
			t.Errorf("want %s, and it once more the next night, in:\n%s", want, log)
		}
		if diff := cmp.Diff([]string{"audit at 01 00:00: 6, true", "audit at 01 03:00: 2, false", "audit at 02 03:00: 3, false"}, m.verdicts); diff != "" {
			t.Errorf("verdicts (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"", "head 1", "head 1"}, c.known); diff != "" {
			t.Errorf("known ends (-want +got):\n%s", diff)
		}
	})
}

func TestRun_AFailedCheckIsNoResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, m := &chainStub{answers: []error{errors.New("disk")}}, &meterStub{}
		log := runWithChain(t, c, m, time.Hour)
		if !strings.Contains(log, `"level":"ERROR","msg":"chain could not be checked","chain":"audit","cause":"disk"`) || len(m.verdicts) > 0 {
			t.Errorf("verdicts %v, log:\n%s", m.verdicts, log)
		}
	})
}

func TestNextNight_IsAlwaysInTheFuture(t *testing.T) {
	for _, tt := range []struct{ now, want string }{
		{"2026-11-22T02:59:59Z", "2026-11-22T03:00:00Z"},
		{"2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"},
		{"2026-11-22T23:00:00-05:00", "2026-11-24T03:00:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := nextNight(now).Format(time.RFC3339); got != tt.want {
			t.Errorf("after %s: %s, want %s", tt.now, got, tt.want)
		}
	}
}
