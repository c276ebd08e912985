package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"intake/alleviate"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/metrics"
	"intake/internal/store"
)

// adminWriteWithin lets a CPU profile of 30 s and more come out.
const adminWriteWithin = 90 * time.Second

// openAdmin serves metrics, health and, where the settings say so, profiles on an address that the
// public cannot reach. close ends it.
func openAdmin(cfg Config, routes http.Handler, meter http.Handler, log *slog.Logger) (closeAdmin func(), err error) {
	listener, err := net.Listen("tcp", string(cfg.AdminAddr))
	if err != nil {
		return nil, fmt.Errorf("INTAKE_ADMIN_ADDR: %w", err)
	}
	server := newServer(adminRoutes(cfg, routes, meter), log)
	server.WriteTimeout = adminWriteWithin
	go func() {
		if err := server.Serve(leaveStalled(listener, server.WriteTimeout)); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", "cause", err.Error())
		}
	}()
	log.Info("metrics are served", "listening", listener.Addr().String(), "profiles", cfg.Pprof)
	return func() { _ = server.Close() }, nil // its listener was ours alone
}

func adminRoutes(cfg Config, routes http.Handler, meter http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", meter)
	mux.Handle("GET /healthz", routes)
	mux.Handle("GET /readyz", routes)
	if cfg.Pprof == on {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func newMeter(leads *store.Store, client *alleviate.Client, ends day) *metrics.Meter {
	return metrics.New(metrics.Config{
		Leads:        leads,
		TokenFetched: func() time.Time { return client.TokenState().Fetched },
		SecretEnds:   ends.Time,
		Now:          time.Now,
	})
}

// measured is Alleviate as the courier sees it: every call is counted by how it ended.
type measured struct {
	delivery.Backend
	meter *metrics.Meter
}

func (m measured) CreateLead(ctx context.Context, in alleviate.LeadInput) (alleviate.CreatedLead, error) {
	begun := time.Now()
	answer, err := m.Backend.CreateLead(ctx, in)
	m.meter.Called(lead.Send, classOf(err), time.Since(begun))
	return answer, err
}

func (m measured) SubmitLead(ctx context.Context, in alleviate.SubmitLeadInput) (alleviate.SubmittedLead, error) {
	begun := time.Now()
	answer, err := m.Backend.SubmitLead(ctx, in)
	m.meter.Called(lead.Submit, classOf(err), time.Since(begun))
	return answer, err
}

func (m measured) LeadStatus(ctx context.Context, id alleviate.LeadID) (alleviate.LeadStatus, error) {
	begun := time.Now()
	answer, err := m.Backend.LeadStatus(ctx, id)
	m.meter.Called(lead.Look, classOf(err), time.Since(begun))
	return answer, err
}

// classOf is the class of a call's end, one of the few words that a label may be.
func classOf(err error) string {
	if err == nil || errors.Is(err, alleviate.ErrUnknownLead) {
		return "ok"
	}
	if failure, ok := errors.AsType[*alleviate.Error](err); ok {
		return string(failure.Kind)
	}
	return "cancelled"
}
