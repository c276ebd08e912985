package app

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/config"
)

// stopping notes in which order and when the server stops.
type stopping struct {
	begun time.Time
	notes []string
}

func (s *stopping) note(what string) {
	s.notes = append(s.notes, fmt.Sprint(what, " after ", time.Since(s.begun)))
}

func (s *stopping) Drain()      { s.note("not ready") }
func (s *stopping) EndStreams() { s.note("streams end") }

func (s *stopping) Shutdown(ctx context.Context) error {
	s.note("shut down")
	<-ctx.Done() // a visitor who never ends
	s.note("given up")
	return ctx.Err()
}

func TestDrain_IsNotReadyFirstAndPausesBeforeItCloses(t *testing.T) {
	for _, tt := range []struct {
		environment config.Environment
		want        []string
	}{
		{config.Simulator, []string{"not ready after 0s", "streams end after 0s", "shut down after 0s", "given up after 20s"}},
		{config.Sandbox, []string{"not ready after 0s", "streams end after 5s", "shut down after 5s", "given up after 25s"}},
		{config.Production, []string{"not ready after 0s", "streams end after 5s", "shut down after 5s", "given up after 25s"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &stopping{begun: time.Now()}
			cfg := config.Config{Environment: tt.environment}
			if err := drain(t.Context(), s, s, cfg.DrainPause()); err == nil {
				t.Error("nobody tells that a visitor was cut off")
			}
			if diff := cmp.Diff(tt.want, s.notes); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.environment, diff)
			}
		})
	}
}
