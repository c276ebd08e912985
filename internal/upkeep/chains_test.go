package upkeep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
)

// meterStub records the results.
type meterStub struct {
	mu       sync.Mutex
	verdicts []string
}

func (m *meterStub) ChainChecked(name string, at time.Time, entries int64, intact bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.verdicts = append(m.verdicts, fmt.Sprintf("%s at %s: %d, %v", name, at.UTC().Format("02 15:04"), entries, intact))
}

// chainStub answers each kind of check with one answer after the other, and the last one from then on.
type chainStub struct {
	whole, tail []error

	mu            sync.Mutex
	wholes, tails []string // when a check ran
	heads         []string // returned by checks that found the chain intact
	unknown       int      // checks that were not given such a head
}

func (c *chainStub) verify(_ context.Context, known []byte) (audit.Report, error) {
	return c.answer(&c.wholes, c.whole, string(known))
}

func (c *chainStub) verifyTail(_ context.Context, known audit.Head) (audit.Report, error) {
	return c.answer(&c.tails, c.tail, string(known.Hash))
}

func (c *chainStub) answer(ran *[]string, answers []error, known string) (audit.Report, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.heads, known) {
		c.unknown++
	}
	var err error
	if len(answers) > 0 {
		err = answers[min(len(*ran), len(answers)-1)]
	}
	*ran = append(*ran, time.Now().UTC().Format("02 15:04"))
	n := int64(len(c.wholes) + len(c.tails))
	head := audit.Head{Seq: n, Hash: fmt.Append(nil, "head ", n)}
	if err == nil {
		c.heads = append(c.heads, string(head.Hash))
	}
	return audit.Report{Head: head, Unlinked: 5}, err
}

// runWithChain runs the upkeep for d and returns its log.
func runWithChain(t *testing.T, c *chainStub, m *meterStub, d time.Duration, leases ...Leases) string {
	t.Helper()
	var log bytes.Buffer
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	cfg := testConfig(t, slog.New(slog.NewJSONHandler(&log, nil)))
	cfg.Chains, cfg.Meter = []Chain{{"audit", c.verify, c.verifyTail}}, m
	if len(leases) > 0 {
		cfg.Leases, cfg.Owner = leases[0], fmt.Sprintf("%p", m)
	}
	New(cfg).Run(ctx)
	return log.String()
}

func TestRun_ChecksTheWholeChainEveryNightAndItsEndEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC, 2000-01-01
		c, m := &chainStub{}, &meterStub{}
		log := runWithChain(t, c, m, 52*time.Hour-time.Minute)
		want := []string{"01 00:00", "01 03:00", "02 03:00", "03 03:00"}
		if diff := cmp.Diff(want, c.wholes); diff != "" {
			t.Errorf("walked whole (-want +got):\n%s", diff)
		}
		if len(c.tails) != 52 || c.tails[1] != "01 01:00" {
			t.Errorf("its end was checked at %v, want every hour", c.tails)
		}
		if c.unknown > 2 { // the two at the start
			t.Errorf("%d checks did not know an end that one before found", c.unknown)
		}
		if len(m.verdicts) != 56 || !strings.HasSuffix(m.verdicts[55], "true") {
			t.Errorf("verdicts %v, want one for each check", m.verdicts)
		}
		for _, want := range []string{
			`"level":"INFO","msg":"chain is intact","chain":"audit","entries":59,"head":"68656164203534","unlinked":5,"checked":"tail"`, `"checked":"whole"`,
		} {
			if !strings.Contains(log, want) {
				t.Errorf("no %s in:\n%s", want, log)
			}
		}
		if strings.Contains(log, "ERROR") {
			t.Errorf("an alarm although all is well:\n%s", log)
		}
	})
}

func TestRun_OneProcessWalksTheWholeChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, leases := &chainStub{}, newLeaseTable()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { runWithChain(t, c, &meterStub{}, 28*time.Hour-time.Minute, leases) })
		}
		all.Wait()
		if diff := cmp.Diff([]string{"01 00:00", "01 03:00", "02 03:00"}, c.wholes); diff != "" {
			t.Errorf("walked whole (-want +got):\n%s", diff)
		}
		if len(c.tails) != 3*28 {
			t.Errorf("the end was checked %d times, want 28 times by each process", len(c.tails))
		}
	})
}

func TestRun_AnIntactEndDoesNotEndTheAlarmOfABrokenChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := audit.Broken("entry 2 is missing")
		c, m := &chainStub{whole: []error{nil, broken, broken, nil}}, &meterStub{}
		log := runWithChain(t, c, m, 8*time.Hour-time.Minute)
		if diff := cmp.Diff([]string{"01 00:00", "01 03:00", "01 04:00", "01 05:00"}, c.wholes); diff != "" {
			t.Errorf("a walk that failed is made again after an hour (-want +got):\n%s", diff)
		}
		if want := `"level":"ERROR","msg":"chain is broken","chain":"audit","cause":"entry 2 is missing","intact_until":`; strings.Count(log, want) != 2 {
			t.Errorf("want twice %s in:\n%s", want, log)
		}
		var heard []string
		for _, v := range m.verdicts {
			at, verdict := v[len("audit at "):len("audit at 01 00:00")], v[strings.LastIndex(v, " ")+1:]
			if at > "01 03:00" {
				heard = append(heard, at+" "+verdict)
			}
		}
		if want := []string{"01 04:00 false", "01 05:00 true", "01 06:00 true", "01 07:00 true"}; !cmp.Equal(want, slices.Compact(heard)) {
			t.Errorf("verdicts %v, want %v", heard, want)
		}
	})
}

func TestRun_ABrokenEndIsAnErrorAndItsHeadIsNotTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, m := &chainStub{tail: []error{nil, audit.Broken("entry 7 is missing")}}, &meterStub{}
		log := runWithChain(t, c, m, 90*time.Minute)
		if want := `"level":"ERROR","msg":"chain is broken","chain":"audit","cause":"entry 7 is missing","intact_until":3,"checked":"tail"`; !strings.Contains(log, want) {
			t.Errorf("no %s in:\n%s", want, log)
		}
		if last := m.verdicts[len(m.verdicts)-1]; last != "audit at 01 01:00: 3, false" {
			t.Errorf("last verdict %q", last)
		}
	})
}

func TestRun_AFailedCheckIsNoResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, m := &chainStub{whole: []error{errors.New("disk")}, tail: []error{errors.New("disk")}}, &meterStub{}
		log := runWithChain(t, c, m, time.Minute)
		if strings.Count(log, `"level":"ERROR","msg":"chain could not be checked","chain":"audit","cause":"disk"`) != 2 || len(m.verdicts) > 0 {
			t.Errorf("verdicts %v, log:\n%s", m.verdicts, log)
		}
	})
}
