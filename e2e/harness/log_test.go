package harness

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var withoutID = regexp.MustCompile("[A-Z2-7]{26}") // of the database

// TestLog_GoesToStandardOutputAlone checks every file that a program leaves and every line that it logs.
func TestLog_GoesToStandardOutputAlone(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, startSimulator(t), "INTAKE_LOG=debug")
	p := in.serve(t)
	p.receipt(t)
	await(t, "the lead is at rest", func() bool { return in.undelivered(t) == 0 })
	if p.isReady(t, "/nowhere") {
		t.Error("there is a page at /nowhere")
	}
	if code := p.stop(); code != 0 {
		t.Errorf("ended with %d, want 0", code)
	}
	documented := []string{"intake.db", "intake.db-wal", "intake.db-shm", "intake.db.lock", "intake.db.forget", "intake.db.forget.lock",
		"keyset.json", "consent-head-ID.json", "delivery-mark-ID.json", "delivery-mark-ID.json.lock", "simulator.json"}
	must(t, filepath.WalkDir(in.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !slices.Contains(documented, withoutID.ReplaceAllString(d.Name(), "ID")) {
			t.Errorf("the program wrote the file %s", d.Name())
		}
		return err
	}))
	lines := 0
	for line := range strings.Lines(p.out.String()) {
		lines++
		var entry struct {
			Time       time.Time
			Level, Msg string
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time.IsZero() || entry.Level == "" || entry.Msg == "" {
			t.Errorf("a line without time, level or event: %q", line)
		}
	}
	if lines < 10 {
		t.Errorf("the log has %d lines", lines)
	}
}
