package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"intake/alleviate"
	"intake/internal/clock"
	"intake/internal/config"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/metrics"
	"intake/internal/store"
)

// openEnvironment returns the environment to call: that of the settings, or a simulator inside this process.
func (a *App) openEnvironment(clocks ClockControl) (alleviate.Environment, error) {
	cfg := a.cfg
	if cfg.Environment != config.Simulator || cfg.APIURL != "" {
		return EnvironmentOf(cfg), nil
	}
	server, err := StartSimulator(cfg, LedgerFile, clocks, a.log)
	if err != nil {
		return alleviate.Environment{}, err
	}
	a.onStop(func() error { StopSimulator(server, a.log); return nil })
	a.control = server.ControlURL()
	cfg.TokenURL, cfg.APIURL = config.Address(server.TokenURL()), config.Address(server.APIURL())
	return EnvironmentOf(cfg), nil
}

// EnvironmentOf returns the environment that the settings describe.
func EnvironmentOf(cfg config.Config) alleviate.Environment {
	return alleviate.Environment{
		Name: string(cfg.Environment), TenantID: string(cfg.TenantID), Scope: string(cfg.Scope), TokenURL: string(cfg.TokenURL), APIURL: string(cfg.APIURL),
	}
}

// NewClient makes a client of MLAS with the credentials of the settings.
func NewClient(cfg config.Config, environment alleviate.Environment, c *clock.Clock) (*alleviate.Client, error) {
	return alleviate.New(ClientConfig(cfg, environment, c))
}

// ClientConfig returns the settings of a client of Alleviate.
func ClientConfig(cfg config.Config, environment alleviate.Environment, c *clock.Clock) alleviate.Config {
	return alleviate.Config{
		Environment:  environment,
		ClientID:     string(cfg.ClientID),
		ClientSecret: cfg.ClientSecret,
		NextSecret:   cfg.NextSecret,
		Budgets:      alleviate.Budgets{Create: cfg.CreateTimeout, Submit: cfg.SubmitTimeout, Status: cfg.StatusTimeout},
		UserAgent:    "intake",
		Now:          c.Now,

		FieldChecksLast: cfg.FieldChecks == config.FieldChecksLast,
	}
}

func newCourier(cfg config.Config, queue *store.Store, backend delivery.Backend, log *slog.Logger) *delivery.Courier {
	return delivery.New(delivery.Config{
		Queue:       queue,
		Doubts:      queue,
		Holds:       queue,
		Backend:     backend,
		Owner:       processName(),
		Workers:     cfg.Workers,
		Budgets:     delivery.Budgets{Create: cfg.CreateTimeout, Submit: cfg.SubmitTimeout, Status: cfg.StatusTimeout},
		Margin:      cfg.LeaseMargin,
		ResendAfter: cfg.ResendDelay(),
		Path:        pathOf(cfg),
		SiteURL:     string(cfg.Site),

		AffiliateAppID: string(cfg.AffiliateAppID),
		Log:            log,
		Clock:          queue.Clock(),
	})
}

// processName names this process in leases.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// measuredBackend counts every call of the courier by how it ended, and measures how long it took by the machine's
// clock, which the simulator's movable clock does not affect.
type measuredBackend struct {
	delivery.Backend
	meter *metrics.Meter
}

func (m measuredBackend) CreateLead(ctx context.Context, in alleviate.LeadInput) (alleviate.CreatedLead, error) {
	start := time.Now()
	answer, err := m.Backend.CreateLead(ctx, in)
	m.meter.Called(lead.Send, classOf(err), time.Since(start))
	return answer, err
}

func (m measuredBackend) SubmitLead(ctx context.Context, in alleviate.SubmitLeadInput) (alleviate.SubmittedLead, error) {
	start := time.Now()
	answer, err := m.Backend.SubmitLead(ctx, in)
	m.meter.Called(lead.Submit, classOf(err), time.Since(start))
	return answer, err
}

func (m measuredBackend) LeadStatus(ctx context.Context, id alleviate.LeadID) (alleviate.LeadStatus, error) {
	start := time.Now()
	answer, err := m.Backend.LeadStatus(ctx, id)
	m.meter.Called(lead.Look, classOf(err), time.Since(start))
	return answer, err
}

// classOf is the metric's class of a call: "ok", or the kind of its error.
func classOf(err error) string { return cmp.Or(string(delivery.KindOf(err)), "ok") }

// pathOf is how a qualified lead gets to the CRM.
func pathOf(cfg config.Config) delivery.Path {
	return delivery.Path{Manual: cfg.CRM == config.Manual, WrittenFirst: cfg.ConsentTiming == config.AfterCreate}
}
