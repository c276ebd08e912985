package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// trace is what is noted about one request while it runs.
type trace struct {
	id    string // ours, never the client's
	route string // the pattern, never the path: a path holds a handle
}

type traceKey struct{}

// traceOf is the trace of the request that ctx belongs to.
func traceOf(ctx context.Context) *trace {
	if t, ok := ctx.Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

// RequestID is the id that the request has in the log and on problem pages.
func RequestID(r *http.Request) string { return traceOf(r.Context()).id }

// GiveRequestID gives each request an id.
func (b *Base) GiveRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &trace{id: rand.Text()[:12]}
		w.Header().Set("X-Request-Id", t.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), traceKey{}, t)))
	})
}

// NoteRoute notes the pattern of the route for the log. It stands inside the router.
func NoteRoute(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		traceOf(c.Request().Context()).route = c.Path()
		return next(c)
	}
}

// LogAccess logs and counts each answer. How long it took goes by the machine's clock, which nobody moves.
func (b *Base) LogAccess(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		t := traceOf(r.Context())
		b.Meter.Answered(t.route, seen.status)
		b.Log.Info("request", "request", t.id, "method", knownMethod(r.Method), "route", t.route,
			"status", seen.status, "ms", time.Since(start).Milliseconds())
	})
}

// knownMethod keeps words that a client invented out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return method
	}
	return "other"
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
	sent   bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.sent {
		w.status, w.sent = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.sent = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
