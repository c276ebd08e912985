package web

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
)

// maxBodyBytes bounds the body of a request: twelve times the longest form that the tests send.
const maxBodyBytes = 64 << 10

// RecoverPanic answers a panic with 500. It logs the type of the panic's value and the stack, never the value,
// which may hold what a person typed.
func (b *Base) RecoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler {
				panic(value) // net/http's own way to drop a connection
			}
			b.Log.Error("panic", "request", RequestID(r), "type", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
			b.writeProblem(w, r, http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}

// SetHeaders gives every answer the same security headers. A handler may replace one on its own
// answer; none changes the values in place.
func (b *Base) SetHeaders(next http.Handler) http.Handler {
	fixed := http.Header{}
	fixed.Set("Content-Security-Policy", ContentPolicy)
	fixed.Set("Reporting-Endpoints", `csp="`+ReportPath+`"`)
	fixed.Set("Referrer-Policy", "same-origin") // "no-referrer" makes browsers send "Origin: null" on our own form
	fixed.Set("X-Content-Type-Options", "nosniff")
	fixed.Set("Cross-Origin-Opener-Policy", "same-origin")
	fixed.Set("Cross-Origin-Resource-Policy", "same-origin")
	fixed.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	fixed.Set("Cache-Control", "no-store, private")
	if b.PublicURL.Scheme == "https" {
		fixed.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), fixed)
		next.ServeHTTP(w, r)
	})
}

// CheckHost refuses every host but the configured one, so that no header can change where a link or redirect
// goes. A configured loopback host answers to every name of the loopback.
func (b *Base) CheckHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !b.ServesHost(r.Host) {
			b.writeProblem(w, r, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServesHost says whether a host, with or without a port, is ours.
func (b *Base) ServesHost(host string) bool {
	if strings.EqualFold(host, b.PublicURL.Host) {
		return true
	}
	return isLoopback(b.PublicURL.Hostname()) && isLoopback(withoutPort(host))
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

func withoutPort(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// RefuseCrossOrigin refuses cross-site request forgery: what another site makes a browser send.
func (b *Base) RefuseCrossOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.writeProblem(w, r, http.StatusForbidden)
	}))
	return protection.Handler(next)
}

// LimitBody bounds the length of the body. It refuses a body without a Content-Length: no browser sends a form
// so, and of two contradictory lengths net/http has dropped one before we see them (request smuggling).
func (b *Base) LimitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
			b.writeProblem(w, r, http.StatusBadRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		next.ServeHTTP(w, r)
	})
}
