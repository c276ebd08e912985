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
)

// figuresStub counts its calls.
type figuresStub struct {
	folded int
	err    error
}

func (f *figuresStub) Fold(context.Context) (int, error) {
	f.folded++
	return 1, f.err
}

func TestRun_FoldsTheFiguresEveryFiveSecondsAndLogsFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		figures := &figuresStub{err: errors.New("disk")}
		ctx, stop := context.WithTimeout(t.Context(), 28*time.Second)
		defer stop()
		Run(ctx, Config{Eraser: &eraserStub{t: t, started: time.Now()}, MinuteJobs: &jobsStub{}, Figures: figures, GuardIfOlder: notOlder, SaveHead: discardHead,
			Retention: retention, Log: slog.New(slog.NewJSONHandler(&log, nil)), Meter: &meterStub{}})
		if n := strings.Count(log.String(), `"msg":"fold the hourly figures","cause":"disk"`); figures.folded != 6 || n != 6 {
			t.Errorf("folded %d times and logged %d failures in 28 s, want 6:\n%s", figures.folded, n, log.String())
		}
	})
}
