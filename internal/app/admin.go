package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"time"

	"intake/alleviate"
	"intake/internal/config"
	"intake/internal/metrics"
	"intake/internal/store"
	"intake/internal/writelimit"
)

// adminWriteTimeout allows for a CPU profile of 30 s and more.
const adminWriteTimeout = 90 * time.Second

// openAdmin serves metrics, health and, where the settings say so, profiles on an address that the
// public cannot reach. closeAdmin stops it.
func openAdmin(cfg config.Config, routes http.Handler, meter http.Handler, log *slog.Logger) (closeAdmin func(), err error) {
	listener, err := net.Listen("tcp", string(cfg.AdminAddr))
	if err != nil {
		return nil, fmt.Errorf("INTAKE_ADMIN_ADDR: %w", err)
	}
	server := newServer(adminRoutes(cfg, routes, meter), log)
	server.WriteTimeout = adminWriteTimeout
	go func() {
		if err := server.Serve(writelimit.Listen(listener, server.WriteTimeout)); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", "cause", err.Error())
		}
	}()
	log.Info("metrics are served", "listening", listener.Addr().String(), "profiles", cfg.Pprof)
	return func() { _ = server.Close() }, nil // nothing else uses its listener
}

func adminRoutes(cfg config.Config, routes http.Handler, meter http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", meter)
	mux.Handle("GET /healthz", routes)
	mux.Handle("GET /readyz", routes)
	if cfg.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return refusePublicNames(mux)
}

// refusePublicNames answers to addresses and to names that no public name server has. A page whose own name was made to
// lead here (DNS rebinding) must not read our metrics in the browser of somebody inside.
func refusePublicNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isPrivateName(r.Host) {
			http.Error(w, "this address answers to IP addresses and to private names", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isPrivateName is true for an IP address, a name without a dot, and names below the domains that are reserved for
// private use, with or without a port.
func isPrivateName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return true
	}
	for _, domain := range []string{".internal", ".local", ".localhost", ".home.arpa", ".svc"} {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return false
}

func newMeter(leads *store.Store, client *alleviate.Client, secretEnds time.Time) *metrics.Meter {
	return metrics.New(metrics.Config{
		Leads:         leads,
		TokenFetched:  func() time.Time { return client.TokenState().Fetched },
		SecretExpires: secretEnds,
		Clock:         leads.Clock(),
	})
}
