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

// shutdownLog records in which order and when the server stops.
type shutdownLog struct {
	start   time.Time
	entries []string
}

func (s *shutdownLog) add(what string) {
	s.entries = append(s.entries, fmt.Sprint(what, " after ", time.Since(s.start)))
}

func (s *shutdownLog) Drain()      { s.add("not ready") }
func (s *shutdownLog) EndStreams() { s.add("streams end") }

func (s *shutdownLog) Shutdown(ctx context.Context) error {
	s.add("shut down")
	<-ctx.Done() // a visitor whose request never ends
	s.add("given up")
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
			s := &shutdownLog{start: time.Now()}
			cfg := config.Config{Environment: tt.environment}
			if err := drain(t.Context(), s, s, cfg.DrainPause()); err == nil {
				t.Error("the cut-off of a visitor is no error")
			}
			if diff := cmp.Diff(tt.want, s.entries); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.environment, diff)
			}
		})
	}
}
