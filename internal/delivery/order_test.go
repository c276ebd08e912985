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

// witness is a log that looks at the store while it is written to.
type witness struct {
	slog.Handler
	look func(message string)
}

func (w witness) Handle(_ context.Context, r slog.Record) error {
	w.look(r.Message)
	return nil
}

func TestCourier_WritesTheAnswerDownBeforeItTellsTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, told := newMemory(due("one")), 0
		log := slog.New(witness{slog.NewTextHandler(io.Discard, nil), func(message string) {
			if message != "lead carried" {
				return
			}
			told++
			if got := q.get("one").Status; got != lead.Created {
				t.Errorf("the log tells of a lead that is still %s in the store", got)
			}
		}})
		carry(q, newBackend(), 10*time.Second, func(c *Config) { c.Log = log })
		if told != 1 {
			t.Errorf("the log tells %d times, want once", told)
		}
	})
}
