// Package app is the server: it opens and wires everything that Intake needs to take leads and carry
// them to Alleviate, runs it, and stops it in order. What other commands need of that, such as the store
// opened under its keys, is here too.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"intake/alleviate"
	"intake/handlers"
	"intake/handlers/signin"
	"intake/internal/config"
	"intake/internal/delivery"
	"intake/internal/health"
	"intake/internal/links"
	"intake/internal/live"
	"intake/internal/metrics"
	"intake/internal/store"
	"intake/internal/upkeep"
	"intake/internal/writelimit"
)

// drainTimeout is for requests that are being answered when the program stops.
const drainTimeout = 20 * time.Second

// App is a server that is ready to run.
type App struct {
	cfg      config.Config
	log      *slog.Logger
	store    *store.Store
	client   *alleviate.Client
	apiHost  string // of Alleviate, or of the simulator
	control  string // control page of the simulator inside this process
	signIn   *signin.Config
	hub      *live.Hub // tells open staff pages what changes
	courier  *delivery.Courier
	links    links.Links
	upkeep   *upkeep.Upkeep
	health   *health.Monitor
	secret   health.SecretExpiry
	pages    *handlers.Handlers
	server   *http.Server
	listener net.Listener

	exchanges exchanges      // the last requests to Alleviate
	stops     []func() error // in the order in which they were opened
}

// New opens everything that the settings name, and both addresses. After an error nothing is left open.
func New(ctx context.Context, cfg config.Config, log *slog.Logger) (*App, error) {
	a := &App{cfg: cfg, log: log}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Stop())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) error {
	keys, err := OpenKeys(a.cfg, a.cfg.Environment == config.Simulator)
	if err != nil {
		return err
	}
	if a.store, err = openStore(ctx, a.cfg, keys, a.cfg.Environment == config.Simulator); err != nil {
		return err
	}
	a.onStop(a.store.Close)
	if err := a.openDelivery(); err != nil {
		return err
	}
	meter := newMeter(a.store, a.client, a.secret.Day)
	a.courier = newCourier(a.cfg, a.store, measuredBackend{a.client, meter}, a.log)
	texts, err := openTexts(ctx, a.cfg, a.store)
	if err != nil {
		return err
	}
	if err := a.openUpkeep(ctx, meter); err != nil {
		return err
	}
	a.health = health.New(a.log, meter, a.store.Clock(), degradedConditions(a.client, a.courier, a.store, a.upkeep, meter, a.secret)...)
	if a.signIn, err = newSignIn(a.cfg, keys, a.store, a.log); err != nil {
		return err
	}
	if a.links, err = links.New(a.cfg, a.store, a.log); err != nil {
		return err
	}
	a.hub = live.New(changedLeads{a.store}, a.log)
	staffPages, err := newStaffLeads(staffLeads{Store: a.store, keep: Retention(a.cfg), wake: a.courier.Wake}, a.links, a.hub)
	if err != nil {
		return err
	}
	a.pages, err = newPages(a.cfg, pageDependencies{
		signIn: a.signIn, apiHost: a.apiHost, staffLeads: staffPages, prefillUses: a.store.PrefillUses(),
		keys: keys, texts: texts, leads: wakingStore{a.store, a.courier}, meter: meter, degraded: a.health.Degraded, clock: a.store.Clock(), log: a.log,
	})
	if err != nil {
		return err
	}
	return a.listen(meter)
}

// onStop has stop run by Stop, before what was opened earlier.
func (a *App) onStop(stop func() error) { a.stops = append(a.stops, stop) }

// Stop closes what New opened. Call it once, after Run has returned.
func (a *App) Stop() error {
	var errs []error
	for _, stop := range slices.Backward(a.stops) {
		errs = append(errs, stop())
	}
	return errors.Join(errs...)
}

// openDelivery makes the client of Alleviate, or of the simulator inside this process.
func (a *App) openDelivery() error {
	environment, err := a.openEnvironment(ClockControl{a.store.Clock(), func(ctx context.Context, d time.Duration) error {
		return MoveClock(ctx, a.store, d)
	}})
	if err != nil {
		return err
	}
	a.secret = health.SecretExpiry{Day: a.cfg.SecretEnds.Time, Log: a.log, Clock: a.store.Clock()}
	a.apiHost = apiHost(environment.APIURL)
	settings := ClientConfig(a.cfg, environment, a.store.Clock())
	settings.Log, settings.Observe = a.log, a.exchanges.record
	if a.client, err = alleviate.New(settings); err != nil {
		return err
	}
	a.onStop(a.client.Close)
	return nil
}

// Exchanges returns the last requests to Alleviate, the oldest first, for whoever shows them. No token, no secret and no
// answer of an applicant is in them.
func (a *App) Exchanges() []alleviate.Exchange { return a.exchanges.list() }

// openUpkeep registers this process with the database and checks whether the database came from a backup, before the
// first lead is claimed.
func (a *App) openUpkeep(ctx context.Context, meter *metrics.Meter) error {
	guard := newBackupGuard(a.cfg, a.store, a.log)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	a.onStop(func() error { stopServing(); return nil }) // after the last call
	if err := a.store.Serving(serving); err != nil {
		return err
	}
	a.upkeep = newUpkeep(a.cfg, a.store, a.courier, guard, meter, a.log)
	return guard.check(ctx)
}

// listen opens the public address and the admin address.
func (a *App) listen(meter *metrics.Meter) error {
	routes, err := a.pages.Routes()
	if err != nil {
		return err
	}
	if a.listener, err = net.Listen("tcp", string(a.cfg.Addr)); err != nil {
		return err
	}
	a.server = newServer(routes, a.log)
	a.onStop(func() error { _ = a.listener.Close(); return nil }) // Run has closed it already
	closeAdmin, err := openAdmin(a.cfg, routes, meter, a.log)
	if err != nil {
		return err
	}
	a.onStop(func() error { closeAdmin(); return nil })
	return nil
}

// Run takes leads and carries them until ctx ends. Then it stops taking requests first and lets the calls
// in flight end last.
func (a *App) Run(ctx context.Context) error {
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	ended := runAll(background, a.client.Run, a.courier.Run, a.health.Run, a.secret.Run, a.followClock, a.upkeep.Run, a.hub.Run, a.links.Run)
	served := make(chan error, 1)
	go func() { served <- a.server.Serve(writelimit.Listen(a.listener, a.server.WriteTimeout)) }()
	if a.cfg.LogFormat != config.LogText {
		a.Welcome().log(a.log)
	}

	var err error
	select {
	case err = <-served: // the listener failed; Serve never returns otherwise
	case <-ctx.Done():
		a.log.Info("stopping")
		stopBackground() // while requests end, calls in flight end too
		err = drain(context.WithoutCancel(ctx), a.pages, a.server, a.cfg.DrainPause())
		<-served
	case <-a.store.Writable().Done(): // nothing can be stored any more: calls in flight are cut off as by a kill
		return context.Cause(a.store.Writable())
	}
	stopBackground()
	<-ended
	return err
}

// drainer is what the pages do when the program stops.
type drainer interface {
	Drain()
	EndStreams()
}

// drain stops serving in this order: not ready, a pause in which load balancers see that and send
// visitors elsewhere, streams, requests that are being answered.
func drain(ctx context.Context, pages drainer, server interface{ Shutdown(context.Context) error }, pause time.Duration) error {
	pages.Drain()
	<-time.After(pause)
	pages.EndStreams()
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	return server.Shutdown(ctx)
}

// runAll runs all functions with ctx and closes the channel when all have returned.
func runAll(ctx context.Context, functions ...func(context.Context)) <-chan struct{} {
	var all sync.WaitGroup
	for _, run := range functions {
		all.Go(func() { run(ctx) })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		all.Wait()
	}()
	return done
}

// newServer has time limits, which net/http lacks by default: a slow client holds a connection for seconds only.
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
