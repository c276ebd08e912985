package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// maxFormBytes is twelve times the longest form that the tests send.
const maxFormBytes = 64 << 10

// contentPolicy lets a page use our own files and nothing else. Nothing in a page is inline, so it
// needs no nonce.
var contentPolicy = strings.Join([]string{
	"default-src 'none'",     // what is not named below is refused
	"script-src 'self'",      // a few small scripts; pages work without them
	"style-src 'self'",       // one style sheet
	"img-src 'self'",         // the icon
	"font-src 'self'",        // none today
	"connect-src 'self'",     // the status stream, the place of a ZIP code
	"form-action 'self'",     // answers go nowhere else
	"base-uri 'none'",        // no element can move our relative addresses
	"object-src 'none'",      // no plug-ins
	"frame-ancestors 'none'", // nobody frames the form
	"report-uri " + reportPath,
	"report-to csp", // the same for browsers that know Reporting-Endpoints
}, "; ")

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

func (h *Handlers) giveRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &trace{id: rand.Text()[:12]}
		w.Header().Set("X-Request-Id", t.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), traceKey{}, t)))
	})
}

func nameRoute(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		traceOf(c.Request().Context()).route = c.Path()
		return next(c)
	}
}

func (h *Handlers) logAccess(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		t := traceOf(r.Context())
		h.Meter.Answered(t.route, seen.status)
		h.Log.Info("request", "request", t.id, "method", knownMethod(r.Method), "route", t.route,
			"status", seen.status, "ms", time.Since(begun).Milliseconds())
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

// recoverPanic answers 500. It logs the type of what was thrown and the stack, never the value,
// which may hold what a person typed.
func (h *Handlers) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			thrown := recover()
			if thrown == nil {
				return
			}
			if thrown == http.ErrAbortHandler {
				panic(thrown) // net/http's own way to drop a connection
			}
			h.Log.Error("panic", "request", traceOf(r.Context()).id, "type", fmt.Sprintf("%T", thrown), "stack", string(debug.Stack()))
			h.writeProblem(w, r, http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}

// setHeaders gives every answer the same values, which nobody changes in place.
func (h *Handlers) setHeaders(next http.Handler) http.Handler {
	fixed := http.Header{}
	fixed.Set("Content-Security-Policy", contentPolicy)
	fixed.Set("Reporting-Endpoints", `csp="`+reportPath+`"`)
	fixed.Set("Referrer-Policy", "same-origin") // "no-referrer" makes browsers send "Origin: null" on our own form
	fixed.Set("X-Content-Type-Options", "nosniff")
	fixed.Set("Cross-Origin-Opener-Policy", "same-origin")
	fixed.Set("Cross-Origin-Resource-Policy", "same-origin")
	fixed.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	fixed.Set("Cache-Control", "no-store, private")
	if h.PublicURL.Scheme == "https" {
		fixed.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), fixed)
		next.ServeHTTP(w, r)
	})
}

// checkHost serves the configured host alone, so that no link or redirect can be bent by a header.
// Health checks come by address and are exempt. The development default answers to every name
// of the loopback.
func (h *Handlers) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isHealth(r) && !h.serves(r.Host) {
			h.writeProblem(w, r, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isHealth(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }

func (h *Handlers) serves(host string) bool {
	if strings.EqualFold(host, h.PublicURL.Host) {
		return true
	}
	return isLoopback(h.PublicURL.Hostname()) && isLoopback(hostOf(host))
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// limitBody also refuses a body without a length: no browser sends a form like that, and where two
// lengths could be read, net/http has dropped one before we see it.
func (h *Handlers) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
			h.writeProblem(w, r, http.StatusBadRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		next.ServeHTTP(w, r)
	})
}

func (h *Handlers) denyCrossOrigin(w http.ResponseWriter, r *http.Request) {
	h.writeProblem(w, r, http.StatusForbidden)
}
