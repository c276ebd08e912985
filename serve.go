package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"intake/alleviate"
	"intake/alleviate/simulator"
	"intake/handlers"
	"intake/handlers/apply"
	"intake/handlers/optout"
	"intake/internal/consent"
	"intake/internal/delivery"
	"intake/internal/health"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/upkeep"
	"intake/static"
	"intake/views/frame"
)

const (
	drainWithin = 20 * time.Second      // for requests that are being answered when we stop
	ledgerFile  = "data/simulator.json" // so that ids survive a restart
)

// serve takes leads and carries them until ctx ends.
func serve(ctx context.Context, in invocation) error {
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(in.stdout, &slog.HandlerOptions{Level: cfg.logLevel()}))
	log.Info("settings", "set", cfg)

	leads, err := openStore(ctx, cfg, cfg.Environment == simulated)
	if err != nil {
		return err
	}
	err = serveFrom(ctx, cfg, leads, log)
	return errors.Join(err, leads.Close())
}

// openStore opens the database under its keys. Only the simulator environment and intake init
// create what is missing: elsewhere a missing file is a misconfiguration, not a fresh start.
func openStore(ctx context.Context, cfg Config, create bool) (*store.Store, error) {
	keys, err := openKeys(cfg, create)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{
		URL: cfg.DatabaseURL.Reveal(), Environment: string(cfg.Environment), Create: create, Keys: keys, Now: time.Now,
		Pace: cfg.Pace.number(), DoubtHalt: cfg.DoubtHalt.number(), StateDir: cfg.stateDir(),
		SendLease: cfg.CreateTimeout + cfg.LeaseMargin, Longest: cfg.Longest,
	})
}

// openKeys reads the key set; with create it makes a missing one, and the folder for it.
func openKeys(cfg Config, create bool) (*seal.Keys, error) {
	keys, master := string(cfg.KeysetFile), string(cfg.MasterKeyFile)
	if _, err := os.Lstat(keys); !create || !errors.Is(err, fs.ErrNotExist) {
		return seal.Load(keys, master)
	}
	if err := os.MkdirAll(filepath.Dir(keys), 0o700); err != nil {
		return nil, err
	}
	return seal.Create(keys, master)
}

// serveFrom wires the rooms, opens the door, and on the end of ctx closes the door first and lets
// the calls in flight end last.
func serveFrom(ctx context.Context, cfg Config, leads *store.Store, log *slog.Logger) error {
	environment, stopSimulator, err := openEnvironment(cfg, log)
	if err != nil {
		return err
	}
	defer stopSimulator()
	client, err := newClient(cfg, environment)
	if err != nil {
		return err
	}
	ends := health.SecretEnd{Day: cfg.SecretEnds.Time, Log: log, Now: time.Now}
	meter := newMeter(leads, client, cfg.SecretEnds)
	courier := newCourier(cfg, leads, measured{client, meter}, log)
	texts, err := loadTexts(cfg)
	if err != nil {
		return err
	}
	if err := useTexts(ctx, leads, texts); err != nil {
		return err
	}
	guard := newRestoreGuard(cfg, leads, log)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing() // after the last call
	if err := leads.Serving(serving); err != nil {
		return err
	}
	if err := guard.check(ctx); err != nil { // before the first claim
		return err
	}
	watch := health.New(log, meter, time.Now, signs(client, courier, leads, meter, ends)...)
	pages, err := newPages(cfg, texts, savingWakes{leads, courier}, meter, watch.Degraded, log)
	if err != nil {
		return err
	}
	routes, err := pages.Routes()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", string(cfg.Addr))
	if err != nil {
		return err
	}
	closeAdmin, err := openAdmin(cfg, routes, meter, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer closeAdmin()

	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	carried := runAll(func() { client.Run(background) }, func() { courier.Run(background) }, func() { watch.Run(background) }, func() { ends.Run(background) },
		func() { upkeep.Run(background, newUpkeep(cfg, leads, guard, meter, log)) })
	server := newServer(routes, log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(leaveStalled(listener, server.WriteTimeout)) }()
	greet(cfg, listener, log)

	select {
	case err = <-served: // the listener broke; Serve never ends otherwise
	case <-ctx.Done():
		log.Info("stopping")
		stopBackground() // and the calls in flight end beside the requests
		err = drain(context.WithoutCancel(ctx), pages, server, cfg.drainPause())
		<-served
	case <-leads.Lost(): // nothing can be written down any more: what is in flight ends as by a kill
		stopBackground()
		return leads.LostWhy()
	}
	stopBackground()
	<-carried
	return err
}

// door is what the pages do when the program stops.
type door interface {
	Drain()
	EndStreams()
}

// drain stops the door in this order: not ready, a pause in which load balancers see that and send
// visitors elsewhere, streams, requests that are being answered.
func drain(ctx context.Context, pages door, server interface{ Shutdown(context.Context) error }, pause time.Duration) error {
	pages.Drain()
	<-time.After(pause)
	pages.EndStreams()
	ctx, cancel := context.WithTimeout(ctx, drainWithin)
	defer cancel()
	return server.Shutdown(ctx)
}

// runAll runs each act and closes the channel when all have returned.
func runAll(acts ...func()) <-chan struct{} {
	var all sync.WaitGroup
	for _, act := range acts {
		all.Go(act)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		all.Wait()
	}()
	return done
}

func newRestoreGuard(cfg Config, leads *store.Store, log *slog.Logger) restoreGuard {
	return restoreGuard{leads, headFile{cfg.stateDir(), leads, log, time.Now}, string(cfg.ForgetFile), cfg.retention(), log}
}

func newUpkeep(cfg Config, leads *store.Store, guard restoreGuard, meter upkeep.Meter, log *slog.Logger) upkeep.Config {
	return upkeep.Config{
		Leads: leads, Drafts: leads, Keep: cfg.retention(), GuardIfOlder: guard.check, KeepHead: guard.head.keep, Log: log, Now: time.Now,
		Chains: []upkeep.Chain{{Name: "audit", Verify: leads.VerifyAudit}, {Name: "consent", Verify: leads.VerifyConsent}}, Meter: meter,
		ForgetFile: string(cfg.ForgetFile),
	}
}

// newServer has the time-outs that net/http lacks: a slow client costs a connection for seconds.
func newServer(routes http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           routes,
		ReadHeaderTimeout: 3 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// openEnvironment is where the client calls: the preset, or the simulator inside this process.
func openEnvironment(cfg Config, log *slog.Logger) (alleviate.Environment, func(), error) {
	if cfg.Environment != simulated || cfg.APIURL != "" {
		return givenEnvironment(cfg), func() {}, nil
	}
	twin, err := startSimulator(cfg, ledgerFile, log)
	if err != nil {
		return alleviate.Environment{}, nil, err
	}
	cfg.TokenURL, cfg.APIURL = address(twin.TokenURL()), address(twin.APIURL())
	return givenEnvironment(cfg), func() { stopSimulator(twin, log) }, nil
}

// givenEnvironment is what the settings say, presets filled in.
func givenEnvironment(cfg Config) alleviate.Environment {
	return alleviate.Environment{
		Name: string(cfg.Environment), TenantID: string(cfg.TenantID), Scope: string(cfg.Scope), TokenURL: string(cfg.TokenURL), APIURL: string(cfg.APIURL),
	}
}

func newClient(cfg Config, environment alleviate.Environment) (*alleviate.Client, error) {
	return alleviate.New(clientConfig(cfg, environment))
}

func clientConfig(cfg Config, environment alleviate.Environment) alleviate.Config {
	return alleviate.Config{
		Environment:  environment,
		ClientID:     string(cfg.ClientID),
		ClientSecret: cfg.ClientSecret,
		NextSecret:   cfg.NextSecret,
		Budgets:      alleviate.Budgets{Create: cfg.CreateTimeout, Submit: cfg.SubmitTimeout, Status: cfg.StatusTimeout},
		Now:          time.Now,

		DoubtFieldErrors: cfg.FieldChecksFirst == off,
	}
}

func newCourier(cfg Config, leads *store.Store, backend delivery.Backend, log *slog.Logger) *delivery.Courier {
	return delivery.New(delivery.Config{
		Queue:   leads,
		Backend: backend,
		Owner:   owner(),
		Workers: cfg.Workers,
		Budgets: delivery.Budgets{Create: cfg.CreateTimeout, Submit: cfg.SubmitTimeout, Look: cfg.StatusTimeout},
		Margin:  cfg.LeaseMargin,
		Settle:  cfg.settle(),
		Manual:  cfg.CRM == "manual",
		SiteURL: string(cfg.Site),
		Log:     log,
		Now:     time.Now,
	})
}

// owner names this process in leases, for whoever reads them.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// kept is all that the pages keep.
type kept interface {
	handlers.Leads
	apply.Drafts
	optout.OptOuts
}

func newPages(cfg Config, texts consent.Texts, leads kept, meter handlers.Meter, degraded func() bool, log *slog.Logger) (*handlers.Handlers, error) {
	recorder, err := cfg.recorder()
	if err != nil {
		return nil, err
	}
	look, err := static.Paint(string(cfg.Colour))
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(string(cfg.PublicURL))
	if err != nil {
		return nil, err
	}
	keys, err := seal.Load(string(cfg.KeysetFile), string(cfg.MasterKeyFile))
	if err != nil {
		return nil, err
	}
	return handlers.New(handlers.Config{
		Leads:     leads,
		Drafts:    leads,
		OptOuts:   leads,
		Meter:     meter,
		Texts:     texts,
		Recorder:  recorder,
		Site:      newSite(cfg, look),
		PublicURL: public,
		Proxies:   cfg.Proxies,
		Version:   version(),

		CreditOptional: cfg.RequireCredit == off,

		FormSecret:   keys.Derive("forms"),
		LimitsOff:    cfg.RateLimit == off,
		BotChecksOff: cfg.BotChecks == off,

		Degraded: degraded,

		Log: log,
		Now: time.Now,
	}), nil
}

// newSite is who we are on every page.
func newSite(cfg Config, look static.Look) frame.Site {
	return frame.Site{
		Brand: string(cfg.Brand), Seller: string(cfg.Seller), Phone: string(cfg.Phone), Environment: string(cfg.Environment),
		PublicURL: strings.TrimRight(string(cfg.PublicURL), "/"), Look: look, SSNKept: cfg.RetentionSSN,
		LoanFields: cfg.LoanFields == on,
	}
}

// version is the commit that the program was built from, as far as the build knew it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}

// savingWakes is the store as the pages see it: a saved lead wakes the courier.
type savingWakes struct {
	*store.Store
	courier *delivery.Courier
}

func (s savingWakes) Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error) {
	receipt, err := s.Store.Save(ctx, l, record)
	if err == nil {
		s.courier.Wake()
	}
	return receipt, err
}

// greet tells a newcomer what they need to know, one line for each thing.
func greet(cfg Config, listener net.Listener, log *slog.Logger) {
	log.Info("the page is open", "open", string(cfg.PublicURL), "listening", listener.Addr().String())
	if cfg.Environment != simulated {
		log.Info("leads go to Alleviate", "environment", cfg.Environment, "crm", cfg.CRM)
		return
	}
	log.Info("this is the simulator: nothing leaves this machine, enter invented people only")
	for _, a := range simulator.Archetypes() {
		log.Info("an e-mail address with a known outcome", "email", a.Email, "code", a.Code, "bid", a.Bid, "documented", a.Documented)
	}
}
