package upkeep

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store"
)

// fake notes when it was asked.
type fake struct {
	t     *testing.T
	begun time.Time
	asked []time.Duration
	done  store.Erased
	err   error

	kept  []time.Duration
	lists []answered
}

// answered is an answer of KeepForgotten.
type answered struct {
	kept store.Kept
	err  error
}

// Erase answers what the test says.
func (f *fake) Erase(_ context.Context, now time.Time, keep store.Retention) (store.Erased, error) {
	f.asked = append(f.asked, now.Sub(f.begun))
	if keep != retention {
		f.t.Errorf("kept %v, want %v", keep, retention)
	}
	return f.done, f.err
}

// KeepForgotten notes when it was asked, and answers what the test says.
func (f *fake) KeepForgotten(_ context.Context, path string, by audit.Entry) (store.Kept, error) {
	f.kept = append(f.kept, time.Since(f.begun))
	if path != "list" || by.Who == "" || by.Reason == "" {
		f.t.Errorf("kept at %q by %q because %q", path, by.Who, by.Reason)
	}
	if n := len(f.kept); n <= len(f.lists) {
		return f.lists[n-1].kept, f.lists[n-1].err
	}
	return store.Kept{}, nil
}

// RefreshKeys fails when Erase does.
func (f *fake) RefreshKeys() error { return f.err }

var retention = store.Retention{SSN: 1, Answers: 2, Evidence: 3}

func TestRun_ErasesAtOnceAndEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &fake{t: t, begun: time.Now()}
		ctx, stop := context.WithTimeout(t.Context(), 150*time.Minute)
		defer stop()
		Run(ctx, Config{Leads: leads, Drafts: &minutes{}, GuardIfOlder: isNotOlder, KeepHead: keepNothing, Keep: retention, Log: slog.New(slog.DiscardHandler), Meter: &meter{}})
		if diff := cmp.Diff([]time.Duration{0, time.Hour, 2 * time.Hour}, leads.asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

func TestRun_TellsWhatItDidAndWhatItLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		leads := &fake{t: t, err: errors.New("disk"), done: store.Erased{
			SSNs: 3, Left: []lead.PartnerID{"leased"}, Soon: []lead.PartnerID{"old"},
			Unscrubbed: time.Now(),
		}}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		Run(ctx, Config{Leads: leads, Drafts: &minutes{}, GuardIfOlder: isNotOlder, KeepHead: keepNothing, Keep: retention, Log: slog.New(slog.NewJSONHandler(&log, nil)), Meter: &meter{}})
		for _, want := range []string{`"erased","ssn":3`, `"leads":{"count":1,"first":["leased"]}`, `"leads":{"count":1,"first":["old"]}`, `retention -rewrite in a quiet hour","since":"2000-01-01T00:00:00`, `"erase","cause":"disk"`, `"the key file changed and cannot be used"`} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("no %s in:\n%s", want, log.String())
			}
		}
	})
}
