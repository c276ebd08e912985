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

	"intake/internal/store"
)

// keep runs the upkeep for so long and returns its log.
func keep(t *testing.T, leads *fake, path string, d time.Duration) string {
	t.Helper()
	var log bytes.Buffer
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	Run(ctx, Config{
		Leads: leads, Drafts: &minutes{}, GuardIfOlder: isNotOlder, KeepHead: keepNothing, Keep: retention, ForgetFile: path, Meter: &meter{},
		Log: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	return log.String()
}

func TestRun_KeepsTheListOfWhatMustNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &fake{t: t, begun: time.Now(), lists: []answered{{}, {kept: store.Kept{Forgot: store.Forgot{Erased: 2, Stopped: 3}}}}}
		log := keep(t, leads, "list", 25*time.Second)
		if len(leads.kept) != 3 || leads.kept[0] != 0 || leads.kept[2] != 20*time.Second {
			t.Errorf("kept at %v, want at once and every ten seconds", leads.kept)
		}
		if !strings.Contains(log, `"level":"WARN","msg":"the list of erasures and opt-outs knew more than the database, which came from a backup","erased":2,"stopped":3`) {
			t.Errorf("it is not told that the database came from a backup:\n%s", log)
		}
	})
}

func TestRun_TellsOnceThatTheListIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &fake{t: t, begun: time.Now()}
		for range 361 { // an hour and ten seconds
			leads.lists = append(leads.lists, answered{err: errors.New("disk")})
		}
		leads.lists = append(leads.lists, answered{}, answered{err: errors.New("disk again")})
		log := keep(t, leads, "list", 2*time.Hour)
		if got := strings.Count(log, `"the list of erasures and opt-outs is not kept","cause":"disk"`); got != 2 {
			t.Errorf("told %d times within an hour and ten seconds, want twice", got)
		}
		if got := strings.Count(log, `"cause":"disk again"`); got != 1 {
			t.Errorf("told %d times after it was well, want once", got)
		}
	})
}

func TestRun_TellsThatThereIsNoPlaceForTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leads := &fake{t: t, begun: time.Now()}
		log := keep(t, leads, "", time.Minute)
		if len(leads.kept) > 0 || !strings.Contains(log, "INTAKE_FORGET_FILE is not set") {
			t.Errorf("kept %d times, log:\n%s", len(leads.kept), log)
		}
	})
}
