package web

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
)

// problem is an error that knows its status.
type problem struct {
	status int
	cause  error
}

// NewProblem is an error that is answered with the status. The cause goes to the log alone, and must never quote
// what was sent.
func NewProblem(status int, cause error) error { return &problem{status, cause} }

func (p *problem) Error() string { return p.cause.Error() }
func (p *problem) Unwrap() error { return p.cause }

// statusOf is the HTTP status for an error. No other code chooses one.
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

// ShowProblem is the error handler of all routes. The visitor gets a sentence and a reference, the log gets
// the cause.
func (b *Base) ShowProblem(err error, c echo.Context) {
	status, level := statusOf(err), slog.LevelDebug
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	r := c.Request()
	b.Log.Log(r.Context(), level, "problem", "request", RequestID(r), "status", status, "cause", err.Error())
	if c.Response().Committed {
		return
	}
	b.writeProblem(c.Response(), r, status)
}

// writeProblem answers with the problem page of the request's audience.
func (b *Base) writeProblem(w http.ResponseWriter, r *http.Request, status int) {
	switch status {
	case http.StatusServiceUnavailable:
		retryLater(w)
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "60")
	}
	b.write(w, r, status, b.ProblemPage(r, status))
}

func retryLater(w http.ResponseWriter) { w.Header().Set("Retry-After", "5") }

// NotStored logs why something could not be stored, and sets Retry-After. The cause must never quote what was sent.
func (b *Base) NotStored(c echo.Context, what string, cause error) {
	b.LogFailure(c.Request(), what, cause)
	retryLater(c.Response())
}

// LogFailure logs that something failed on our side, and why. The cause must never quote what was sent.
func (b *Base) LogFailure(r *http.Request, what string, cause error) {
	b.Log.Error(what, "request", RequestID(r), "cause", cause.Error())
}
