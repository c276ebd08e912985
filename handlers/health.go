package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// showHealth says that the process runs, and in one word whether a person should look all the same.
// It waits for nothing. It is always 200: to end a program that takes leads would help nobody.
func (h *Handlers) showHealth(c echo.Context) error {
	if h.degraded() {
		return c.String(http.StatusOK, "degraded\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

// showReady says whether a lead could be stored now. It does not depend on Alleviate, whose trouble
// must not close our door.
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
