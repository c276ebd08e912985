package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/clock"
)

// showHealth is the liveness check. It says in one word whether an operator should look, and answers 200 all the
// same: restarting a program that accepts leads would not help. It waits for nothing.
func (h *Handlers) showHealth(c echo.Context) error {
	if h.degraded() {
		return c.String(http.StatusOK, "degraded\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

// showReady is the readiness check: whether a lead could be stored now. It does not depend on Alleviate, whose
// outage must not stop us from accepting leads.
func (h *Handlers) showReady(c echo.Context) error {
	if h.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "stopping\n")
	}
	if err := h.ready.ask(c.Request().Context(), h.Clock, h.store.Ready); err != nil {
		h.LogFailure(c.Request(), "not ready", err)
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

// readyFor is how long an answer of the store counts for everybody who asks: the check is public and makes a durable write.
const readyFor = time.Second

// readiness is the last answer of the store. Whoever asks while it is being asked waits for that answer.
type readiness struct {
	asking chan struct{} // holds one while the store is asked
	at     clock.Mark
	known  bool
	err    error
}

func newReadiness() readiness { return readiness{asking: make(chan struct{}, 1)} }

// ask returns the store's answer, at most readyFor old.
func (r *readiness) ask(ctx context.Context, c *clock.Clock, ready func(context.Context) error) error {
	select {
	case r.asking <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.asking }()
	if !r.known || c.Passed(r.at) >= readyFor {
		// Whoever asked first may leave; the answer is for the others too.
		r.err = ready(context.WithoutCancel(ctx))
		r.at, r.known = c.Mark(), true // after a slow answer, which is for everybody who waited for it
	}
	return r.err
}
