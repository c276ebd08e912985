package upkeep

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/erasure"
	"intake/internal/store/restore"
)

// eraserStub records when it was called.
type eraserStub struct {
	t        *testing.T
	started  time.Time
	erasedAt []time.Duration
	erased   erasure.Erased

	mu  sync.Mutex
	err error

	syncedAt    []time.Duration
	syncResults []syncResult
}

// syncResult is an answer of SyncForgetFile.
type syncResult struct {
	synced restore.Kept
	err    error
}

// Erase returns what the test sets.
func (f *eraserStub) Erase(_ context.Context, now time.Time, keep erasure.Retention) (erasure.Erased, error) {
	f.erasedAt = append(f.erasedAt, now.Sub(f.started))
	if keep != retention {
		f.t.Errorf("retention %v, want %v", keep, retention)
	}
	return f.erased, f.RefreshKeys()
}

// SyncForgetFile records when it was called, and returns what the test sets.
func (f *eraserStub) SyncForgetFile(_ context.Context, path string, by audit.Entry) (restore.Kept, error) {
	f.syncedAt = append(f.syncedAt, time.Since(f.started))
	if path != "list" || by.Who == "" || by.Reason == "" {
		f.t.Errorf("synced with %q by %q because %q", path, by.Who, by.Reason)
	}
	if n := len(f.syncedAt); n <= len(f.syncResults) {
		return f.syncResults[n-1].synced, f.syncResults[n-1].err
	}
	return restore.Kept{}, nil
}

// RefreshKeys fails when Erase does.
func (f *eraserStub) RefreshKeys() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *eraserStub) setErr(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

var retention = erasure.Retention{SSN: 1, Answers: 2, Evidence: 3}

func TestRun_ErasesAtOnceAndMoreOftenThanHourly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &eraserStub{t: t, started: time.Now()}
		ctx, stop := context.WithTimeout(t.Context(), 150*time.Minute)
		defer stop()
		cfg := testConfig(t, slog.New(slog.DiscardHandler))
		cfg.Eraser = leads
		New(cfg).Run(ctx)
		if diff := cmp.Diff([]time.Duration{0, 55 * time.Minute, 110 * time.Minute}, leads.erasedAt); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

func TestRun_ARewriteThatFailsWaitsForTheNextErasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &eraserStub{t: t, started: time.Now(), err: errors.New("disk"), erased: erasure.Erased{Unscrubbed: time.Now()}}
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Minute)
		defer stop()
		cfg := testConfig(t, slog.New(slog.DiscardHandler))
		cfg.Eraser = leads
		New(cfg).Run(ctx)
		if diff := cmp.Diff([]time.Duration{0, 55 * time.Minute}, leads.erasedAt); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

func TestRun_LogsWhatWasErasedAndWhatWasNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		leads := &eraserStub{t: t, err: errors.New("disk"), erased: erasure.Erased{
			SSNs: 3, Left: []lead.PartnerID{"leased"}, Soon: []lead.PartnerID{"old"},
			Unscrubbed: time.Now(),
		}}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		cfg := testConfig(t, slog.New(slog.NewJSONHandler(&log, nil)))
		cfg.Eraser = leads
		New(cfg).Run(ctx)
		for _, want := range []string{`"erased","ssn":3`, `"leads":{"count":1,"first":["leased"]}`, `"leads":{"count":1,"first":["old"]}`, `retention -rewrite in a quiet hour","since":"2000-01-01T00:00:00`, `"erase","cause":"disk"`, `"the key file changed and cannot be used"`} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("no %s in:\n%s", want, log.String())
			}
		}
	})
}
