package delivery

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"intake/internal/lead"
)

// hookHandler calls look for every log line, so that a test sees the store at that moment.
type hookHandler struct {
	slog.Handler
	look func(message string)
}

func (w hookHandler) Handle(_ context.Context, r slog.Record) error {
	w.look(r.Message)
	return nil
}

func TestCourier_RecordsTheAnswerBeforeItLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, logged := newMemory(dueLead("one")), 0
		log := slog.New(hookHandler{slog.NewTextHandler(io.Discard, nil), func(message string) {
			if message != "lead processed" {
				return
			}
			logged++
			if got := q.get("one").Status; got != lead.Created {
				t.Errorf("the lead is still %s in the store when it is logged", got)
			}
		}})
		runFor(q, newBackend(), 10*time.Second, func(c *Config) { c.Log = log })
		if logged != 1 {
			t.Errorf("logged %d times, want once", logged)
		}
	})
}
