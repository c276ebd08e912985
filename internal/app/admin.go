package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"intake/alleviate"
	"intake/internal/config"
	"intake/internal/metrics"
	"intake/internal/store"
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
		if err := server.Serve(limitWrites(listener, server.WriteTimeout)); !errors.Is(err, http.ErrServerClosed) {
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
	return mux
}

func newMeter(leads *store.Store, client *alleviate.Client, secretEnds time.Time) *metrics.Meter {
	return metrics.New(metrics.Config{
		Leads:         leads,
		TokenFetched:  func() time.Time { return client.TokenState().Fetched },
		SecretExpires: secretEnds,
		Clock:         leads.Clock(),
	})
}
