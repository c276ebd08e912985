package upkeep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/chore"
)

// jobsStub records its calls, and the heads that it was given to save.
type jobsStub struct {
	mu             sync.Mutex
	started        time.Time
	expired, heads []string
	optOutsSince   map[string]int // how often, by since when
	chained        []int64        // the head of each run, the last for ever
	err            error
	head           consent.Head
	failingHeads   int // so many heads cannot be saved
	sessionRuns    int
	linkRuns       int
	consentUntil   []string // what CloseWithoutConsent was asked for
	audited        []int    // how many audit entries each run links
}

func (m *jobsStub) ExpireDrafts(_ context.Context, now time.Time) (int, error) {
	m.locked(func() { m.expired = append(m.expired, now.Sub(m.started).String()) })
	return 2, m.err
}

func (m *jobsStub) ApplyOptOuts(_ context.Context, since time.Time) (int, error) {
	when := "the first"
	if !since.IsZero() {
		when = since.Sub(m.started).String()
	}
	m.locked(func() { m.optOutsSince[when]++ })
	return 1, m.err
}

func (m *jobsStub) ExpireSessions(context.Context, time.Time) (int, error) {
	m.locked(func() { m.sessionRuns++ })
	return 4, m.err
}

func (m *jobsStub) ExpireHandOffs(context.Context, time.Time) (int, error) {
	m.locked(func() { m.linkRuns++ })
	return 5, m.err
}

func (m *jobsStub) CloseWithoutConsent(_ context.Context, now time.Time) ([]lead.PartnerID, error) {
	m.locked(func() { m.consentUntil = append(m.consentUntil, now.Sub(m.started).String()) })
	return []lead.PartnerID{"LEAD1", "LEAD2"}, m.err
}

func (m *jobsStub) Chain(context.Context, int) (n int, head consent.Head, err error) {
	m.locked(func() {
		if len(m.chained) > 0 {
			m.head = consent.Head{Seq: m.chained[0], Hash: []byte("hash"), Signature: []byte("signature")}
		}
		if len(m.chained) > 1 {
			m.chained = m.chained[1:]
		}
		head = m.head
	})
	return 3, head, m.err
}

func (m *jobsStub) ConsentHead(context.Context) (head consent.Head, err error) {
	m.locked(func() { head = m.head })
	return head, nil
}

func (m *jobsStub) locked(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// auditStub is the audit log of the jobs.
type auditStub struct{ *jobsStub }

func (m auditStub) Chain(context.Context, int) (int, audit.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
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

// testConfig is an upkeep of which nothing fails and nothing is due but the chores.
func testConfig(t *testing.T, log *slog.Logger) Config {
	jobs := &jobsStub{optOutsSince: map[string]int{}}
	return Config{
		Leases: newLeaseTable(), Owner: "me", Eraser: &eraserStub{t: t, started: time.Now()}, Expirer: jobs, Chainer: jobs, AuditLog: auditStub{jobs}, Retention: retention,
		GuardIfOlder: func(context.Context) error { return nil }, SaveHead: func(context.Context, consent.Head) error { return nil },
		Meter: &meterStub{}, Log: log,
	}
}

// run runs the upkeep for d and returns its log.
func (m *jobsStub) run(t *testing.T, d time.Duration) string {
	t.Helper()
	m.started, m.optOutsSince = time.Now(), map[string]int{}
	var log bytes.Buffer
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	cfg := testConfig(t, slog.New(slog.NewJSONHandler(&log, nil)))
	cfg.Expirer, cfg.Chainer, cfg.AuditLog, cfg.SaveHead = m, m, auditStub{m}, m.saveHead
	New(cfg).Run(ctx)
	return log.String()
}

func TestRun_ExpiresDraftsEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{}
		log := m.run(t, 150*time.Second)
		if diff := cmp.Diff([]string{"3m5s", "4m5s", "5m5s"}, m.expired); diff != "" {
			t.Errorf("expired until (-want +got):\n%s", diff)
		}
		if !strings.Contains(log, `"numbers and drafts expired","count":2`) {
			t.Errorf("nothing of it in:\n%s", log)
		}
	})
}

func TestRun_ClosesLeadsWithoutConsentEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{}
		log := m.run(t, 150*time.Second)
		if diff := cmp.Diff([]string{"0s", "1m0s", "2m0s"}, m.consentUntil); diff != "" {
			t.Errorf("closed by (-want +got):\n%s", diff)
		}
		if !strings.Contains(log, `"leads closed whose consent never came","leads":{"count":2,"first":["LEAD1","LEAD2"]}`) {
			t.Errorf("nothing of it in:\n%s", log)
		}
	})
}

func TestRun_AppliesNewOptOutsEveryMinuteAndAllEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{}
		m.run(t, 120*time.Minute+time.Second)
		want := map[string]int{"the first": 3}
		for minute := range 121 {
			want[(time.Duration(minute)*time.Minute - optOutWindow).String()] = 1
		}
		if diff := cmp.Diff(want, m.optOutsSince); diff != "" {
			t.Errorf("how often, by since when (-want +got):\n%s", diff)
		}
	})
}

func TestRun_ExpiresSessionsEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{}
		log := m.run(t, 119*time.Minute)
		if m.sessionRuns != 2 || strings.Count(log, `"sessions expired","count":4`) != 2 {
			t.Errorf("%d times, log:\n%s", m.sessionRuns, log)
		}
		if m.linkRuns != 2 || strings.Count(log, `"links expired","count":5`) != 2 {
			t.Errorf("%d times, log:\n%s", m.linkRuns, log)
		}
	})
}

func TestRun_SavesTheHeadThatAnotherProcessHasChained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &jobsStub{head: consent.Head{Seq: 5, Hash: []byte("theirs")}}
		leases := newLeaseTable()
		leases.rows["chain the consent records"] = chore.State{Owner: "another", LeaseUntil: time.Now().Add(time.Minute)}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		cfg := testConfig(t, slog.New(slog.DiscardHandler))
		cfg.Leases, cfg.Chainer, cfg.SaveHead = leases, m, m.saveHead
		New(cfg).Run(ctx)
		if diff := cmp.Diff([]string{"5"}, m.heads); diff != "" {
			t.Errorf("saved (-want +got):\n%s", diff)
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
		for _, want := range []string{"expire drafts", "close without consent", "apply opt-outs", "apply all opt-outs", "expire sessions", "expire links", "chain the consent records", "chain the audit log"} {
			if n := strings.Count(log, fmt.Sprintf(`"msg":%q,"cause":"disk"`, want)); n != 2 {
				t.Errorf("%s was logged %d times, want 2, in:\n%s", want, n, log)
			}
		}
	})
}
