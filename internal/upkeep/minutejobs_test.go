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
	"intake/internal/consent"
)

// jobsStub records its calls, and the heads that it was given to save.
type jobsStub struct {
	started                      time.Time
	expired, optOutsSince, heads []string
	chained                      []int64 // the head of each run, the last for ever
	err                          error
	failingHeads                 int   // so many heads cannot be saved
	audited                      []int // how many audit entries each run links
}

func (m *jobsStub) ExpireDrafts(_ context.Context, now time.Time) (int, error) {
	m.expired = append(m.expired, now.Sub(m.started).String())
	return 2, m.err
}

func (m *jobsStub) ApplyOptOuts(_ context.Context, since time.Time) (int, error) {
	when := "the first"
	if !since.IsZero() {
		when = since.Sub(m.started).String()
	}
	m.optOutsSince = append(m.optOutsSince, when)
	return 1, m.err
}

func (m *jobsStub) Chain(context.Context, int) (int, consent.Head, error) {
	if len(m.chained) == 0 {
		return 0, consent.Head{}, m.err
	}
	head := consent.Head{Seq: m.chained[0], Hash: []byte("hash"), Signature: []byte("signature")}
	if len(m.chained) > 1 {
		m.chained = m.chained[1:]
	}
	return 3, head, m.err
}

func (m *jobsStub) ChainAudit(context.Context, int) (int, audit.Head, error) {
	if len(m.audited) == 0 {
		return 0, audit.Head{}, m.err
	}
	n := m.audited[0]
	m.audited = m.audited[1:]
	return n, audit.Head{Seq: 40 + int64(n), Hash: []byte("hash")}, m.err
}

func (m *jobsStub) saveHead(_ context.Context, head consent.Head) error {
	if m.failingHeads > 0 {
		m.failingHeads--
		return errors.New("read-only file system")
	}
	m.heads = append(m.heads, fmt.Sprint(head.Seq))
	return nil
}

func notOlder(context.Context) error { return nil }

func discardHead(context.Context, consent.Head) error { return nil }

// run runs the upkeep for d and returns its log.
func (m *jobsStub) run(t *testing.T, d time.Duration) string {
	t.Helper()
	m.started = time.Now()
	var log bytes.Buffer
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	Run(ctx, Config{Eraser: &eraserStub{t: t, started: time.Now()}, Retention: retention, MinuteJobs: m, GuardIfOlder: notOlder, SaveHead: m.saveHead, Meter: &meterStub{},
		Log: slog.New(slog.NewJSONHandler(&log, nil))})
	return log.String()
}

func TestRun_ExpiresDraftsEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{}
		log := m.run(t, 150*time.Second)
		if diff := cmp.Diff([]string{"1m0s", "2m0s", "3m0s"}, m.expired); diff != "" {
			t.Errorf("expired until (-want +got):\n%s", diff)
		}
		if !strings.Contains(log, `"numbers and drafts expired","count":2`) {
			t.Errorf("nothing of it in:\n%s", log)
		}
	})
}

func TestRun_AppliesNewOptOutsEveryMinuteAndAllEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{}
		m.run(t, 121*time.Minute)
		for i, want := range map[int]string{0: "the first", 1: "-59m0s", 59: "-1m0s", 60: "the first", 61: "1m0s", 120: "the first"} {
			if m.optOutsSince[i] != want {
				t.Errorf("minute %d: since %s, want %s", i, m.optOutsSince[i], want)
			}
		}
	})
}

func TestRun_SavesEachNewHeadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{chained: []int64{7, 7, 9, 9, 9}, failingHeads: 1}
		log := m.run(t, 270*time.Second)
		if diff := cmp.Diff([]string{"7", "9"}, m.heads); diff != "" {
			t.Errorf("saved (-want +got):\n%s", diff)
		}
		for _, want := range []string{`"head":7,"hash":"68617368","signature":"7369676e6174757265"`, `"save the head of the consent records","cause":"read-only file system"`} {
			if !strings.Contains(log, want) {
				t.Errorf("no %s in:\n%s", want, log)
			}
		}
	})
}

func TestRun_LogsEachNewHeadOfTheAuditLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{audited: []int{2, 0, 3}}
		log := m.run(t, 150*time.Second)
		for _, want := range []string{`"msg":"audit entries chained","links":2,"head":42,"hash":"68617368"`, `"links":3,"head":43,`} {
			if !strings.Contains(log, want) {
				t.Errorf("no %s in:\n%s", want, log)
			}
		}
		if n := strings.Count(log, "audit entries chained"); n != 2 {
			t.Errorf("a head was logged %d times, want 2, once for each that is new", n)
		}
	})
}

func TestRun_LogsFailuresAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{err: errors.New("disk")}
		log := m.run(t, 90*time.Second)
		for _, want := range []string{"expire drafts", "apply opt-outs", "chain the consent records", "chain the audit log"} {
			if n := strings.Count(log, fmt.Sprintf(`"msg":%q,"cause":"disk"`, want)); n != 2 {
				t.Errorf("%s was logged %d times, want 2, in:\n%s", want, n, log)
			}
		}
	})
}
