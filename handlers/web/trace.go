package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// trace is what the log says about one request.
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

// GiveRequestID gives each request a random id, and names it in the answer.
func (b *Base) GiveRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &trace{id: rand.Text()[:12]}
		w.Header().Set("X-Request-Id", t.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), traceKey{}, t)))
	})
}

// RecordRoute records the pattern of the route for the log. It is middleware inside the router.
func RecordRoute(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		traceOf(c.Request().Context()).route = c.Path()
		return next(c)
	}
}

// LogAccess logs and counts each answer. Its duration is measured by the machine's clock, which is never moved.
func (b *Base) LogAccess(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		t := traceOf(r.Context())
		b.Meter.Answered(t.route, seen.status)
		b.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("request", t.id), slog.String("method", knownMethod(r.Method)),
			slog.String("route", t.route), slog.Int("status", seen.status), slog.Int64("ms", time.Since(start).Milliseconds()))
	})
}

// knownMethod keeps methods that a client invented out of the log.
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
