package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
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
	if err := h.store.Ready(c.Request().Context()); err != nil {
		h.LogFailure(c.Request(), "not ready", err)
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
