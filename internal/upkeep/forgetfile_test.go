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

	"intake/internal/store/restore"
)

// runWithForgetFile runs the upkeep for d and returns its log.
func runWithForgetFile(t *testing.T, leads *eraserStub, path string, d time.Duration) string {
	t.Helper()
	var log bytes.Buffer
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	cfg := testConfig(t, slog.New(slog.NewJSONHandler(&log, nil)))
	cfg.Eraser, cfg.ForgetFile = leads, path
	New(cfg).Run(ctx)
	return log.String()
}

func TestRun_SyncsTheForgetFileEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &eraserStub{t: t, started: time.Now(), syncResults: []syncResult{{}, {synced: restore.Kept{Forgot: restore.Forgot{Erased: 2, Stopped: 3}}}}}
		log := runWithForgetFile(t, leads, "list", 25*time.Second)
		if len(leads.syncedAt) != 3 || leads.syncedAt[0] != 0 || leads.syncedAt[2] != 20*time.Second {
			t.Errorf("synced at %v, want at once and every ten seconds", leads.syncedAt)
		}
		if !strings.Contains(log, `"level":"WARN","msg":"the list of erasures and opt-outs knew more than the database, which came from a backup","erased":2,"stopped":3`) {
			t.Errorf("it is not logged that the database came from a backup:\n%s", log)
		}
	})
}

func TestRun_LogsAFailingForgetFileOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &eraserStub{t: t, started: time.Now()}
		for range 361 { // an hour and ten seconds
			leads.syncResults = append(leads.syncResults, syncResult{err: errors.New("disk")})
		}
		leads.syncResults = append(leads.syncResults, syncResult{}, syncResult{err: errors.New("disk again")})
		log := runWithForgetFile(t, leads, "list", 2*time.Hour)
		if got := strings.Count(log, `"the list of erasures and opt-outs cannot be synced","cause":"disk"`); got != 2 {
			t.Errorf("logged %d times within an hour and ten seconds, want twice", got)
		}
		if got := strings.Count(log, `"cause":"disk again"`); got != 1 {
			t.Errorf("logged %d times after it had worked again, want once", got)
		}
	})
}

func TestRun_WarnsWhenThereIsNoForgetFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &eraserStub{t: t, started: time.Now()}
		log := runWithForgetFile(t, leads, "", time.Minute)
		if len(leads.syncedAt) > 0 || !strings.Contains(log, "INTAKE_FORGET_FILE is not set") {
			t.Errorf("synced %d times, log:\n%s", len(leads.syncedAt), log)
		}
	})
}
