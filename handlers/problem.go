package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
	"intake/views/frame"
)

// problem is an error that knows its status. The cause goes to the log and nowhere else; it never
// quotes what was sent.
type problem struct {
	status int
	cause  error
}

func newProblem(status int, cause error) *problem { return &problem{status, cause} }

func (p *problem) Error() string { return p.cause.Error() }
func (p *problem) Unwrap() error { return p.cause }

// statusOf is the one place that chooses a status for an error.
func statusOf(err error) int {
	var p *problem
	if errors.As(err, &p) {
		return p.status
	}
	if errors.Is(err, lead.ErrNotFound) {
		return http.StatusNotFound
	}
	var fromEcho *echo.HTTPError
	if errors.As(err, &fromEcho) {
		return fromEcho.Code
	}
	return http.StatusInternalServerError
}

// showProblem answers for every handler that returned an error: a sentence and a reference for the
// visitor, the cause for the log.
func (h *Handlers) showProblem(err error, c echo.Context) {
	status := statusOf(err)
	if status >= http.StatusInternalServerError {
		h.Log.Error("problem", "request", traceOf(c.Request().Context()).id, "status", status, "cause", err.Error())
	} else {
		h.Log.Debug("problem", "request", traceOf(c.Request().Context()).id, "status", status, "cause", err.Error())
	}
	if c.Response().Committed {
		return
	}
	h.writeProblem(c.Response(), c.Request(), status)
}

// writeProblem draws the page for a status.
func (h *Handlers) writeProblem(w http.ResponseWriter, r *http.Request, status int) {
	page := frame.Problem{
		Page:      frame.Page{Site: h.Site, Language: languageOf(r), GPC: wantsNoFollowing(r)},
		Status:    status,
		Reference: traceOf(r.Context()).id,
	}
	switch status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "60")
	}
	h.write(w, r, status, frame.ProblemPage(page))
}
