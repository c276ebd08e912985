package simulator

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	graphql "github.com/graph-gophers/graphql-go"
)

// Documented sandbox values, taken where Config leaves the field empty. Source: /getting-started/postman.
const (
	sandboxTenant = "8797fa3f-ba90-4187-97fb-6ab892ea9035"
	sandboxScope  = "api://aba793eb-f395-4f86-be59-7a7d0c1bfdb0/.default"
)

// Config says who may call the twin and how it behaves. ClientID and Secrets are required; every other zero
// value works.
type Config struct {
	Addr        string        // a loopback address, "127.0.0.1:0" when empty; any other is refused
	ClientID    string        // the one client that may ask for tokens
	Secrets     []string      // the client secrets that are accepted
	TenantID    string        // in the token endpoint's path; the documented sandbox tenant when empty
	Scope       string        // the scope that must be asked for; the documented sandbox scope when empty
	State       string        // file of the ledger; "" keeps it in memory only
	Seed        uint64        // of the random faults; 0 picks one, which is logged
	Faults      bool          // misbehave unasked, as storms and soaks need it
	Latency     time.Duration // how long the workflow behind each createLead takes
	Assumptions Assumptions   // the choices where the documentation is silent
	Log         *slog.Logger  // nothing is logged when nil
	Now         func() time.Time

	// MoveClock moves the clock of whoever runs the twin, and with it Now, forward; nil when it cannot be moved
	// from the control page.
	MoveClock func(ctx context.Context, forward time.Duration) error
}

// Server is a running twin. All its methods may be called from several goroutines.
type Server struct {
	cfg      Config
	listener net.Listener
	http     *http.Server
	served   chan struct{} // closed when the serving goroutine has ended
	stopping chan struct{} // closed by Close: whoever waits, stops waiting
	stopOnce sync.Once
	calls    sync.WaitGroup // the handlers that run

	schema *graphql.Schema
	credit *graphql.Schema
	page   *template.Template
	tokens *tokens
	book   *book
	script *script
	pace   *pace
	assume *assume
}

// Start listens on cfg.Addr, reads the ledger left by an earlier run, and serves until Close. It refuses an
// address that is not loopback, missing credentials, and a ledger file that it cannot read in full.
func Start(cfg Config) (*Server, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	s := &Server{
		cfg:      cfg,
		served:   make(chan struct{}),
		stopping: make(chan struct{}),
		tokens:   newTokens(),
		script:   newScript(cfg.Seed, cfg.Faults),
		pace:     &pace{},
		assume:   &assume{now: cfg.Assumptions},
	}
	if s.schema, err = parseSchema(&root{s}); err != nil {
		return nil, fmt.Errorf("start simulator: schema: %w", err)
	}
	if s.credit, err = parseCredit(); err != nil {
		return nil, fmt.Errorf("start simulator: credit schema: %w", err)
	}
	if s.page, err = parseControl(); err != nil {
		return nil, fmt.Errorf("start simulator: control page: %w", err)
	}
	if s.book, err = openBook(cfg.State); err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	if s.listener, err = listen(cfg.Addr); err != nil {
		_ = s.book.close() // nothing was written yet
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	s.serve()
	s.announce()
	return s, nil
}

func (s *Server) serve() {
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.cfg.Log.Error("simulator stopped serving", "error", err)
		}
	}()
}

func (s *Server) announce() {
	log := s.cfg.Log
	log.Info("simulator listens; its control page lists what it assumes where Alleviate's documents are silent, and the addresses with a known outcome",
		"addr", s.Addr(), "control", s.ControlURL(), "assumptions", len(s.assume.get().Describe()), "seed", s.cfg.Seed, "faults", s.cfg.Faults)
}

// Close stops accepting, cuts every wait short, lets calls in flight end until ctx is done, and closes the
// ledger. It returns when no goroutine of the server is left; it may be called again.
func (s *Server) Close(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stopping) })
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-s.served
	s.calls.Wait()
	return errors.Join(err, s.book.close())
}

// Addr returns host and port that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// TokenURL returns the address of the token endpoint, in the form that Entra ID uses.
func (s *Server) TokenURL() string {
	return "http://" + s.Addr() + "/" + s.cfg.TenantID + "/oauth2/v2.0/token"
}

// APIURL returns the address of the GraphQL endpoint.
func (s *Server) APIURL() string { return "http://" + s.Addr() + "/graphql" }

// ControlURL returns the address of the control page.
func (s *Server) ControlURL() string { return "http://" + s.Addr() + "/control" }

// Seed returns the seed of the random faults. The same seed and the same calls bring the same faults.
func (s *Server) Seed() uint64 { return s.cfg.Seed }

func (cfg Config) complete() (Config, error) {
	if cfg.ClientID == "" || len(cfg.Secrets) == 0 {
		return cfg, errors.New("a client id and at least one secret are needed")
	}
	for _, secret := range cfg.Secrets {
		if secret == "" {
			return cfg, errors.New("an empty client secret cannot be accepted")
		}
	}
	cfg.Addr = orElse(cfg.Addr, "127.0.0.1:0")
	cfg.TenantID = orElse(cfg.TenantID, sandboxTenant)
	cfg.Scope = orElse(cfg.Scope, sandboxScope)
	if cfg.Seed == 0 {
		cfg.Seed = randomSeed()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Assumptions = cfg.Assumptions.complete()
	return cfg, cfg.Assumptions.check()
}

// listen refuses by name before it opens, and by address after: a name may resolve to anywhere.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address: %w", err)
	}
	if !loopback(host) {
		return nil, fmt.Errorf("address %q is not loopback; the simulator is never served to a network", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		_ = l.Close() // refused below; there is nobody to serve
		return nil, fmt.Errorf("address %q resolved to something that is not loopback", addr)
	}
	return l, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func randomSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return binary.BigEndian.Uint64(b[:]) | 1
}
