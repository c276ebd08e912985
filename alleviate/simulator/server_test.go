package simulator

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestStart_RefusesWhatIsNotLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1", "nonsense"} {
		s, err := Start(Config{ClientID: "c", Secrets: []string{"s"}, Addr: addr})
		if err == nil {
			t.Errorf("%s: it listens on %s", addr, s.Addr())
			_ = s.Close(t.Context()) // it should not have started
		}
	}
}

func TestStart_NeverOpensAWildcard(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "example.com:0"} {
		if _, err := Start(Config{ClientID: "c", Secrets: []string{"s"}, Addr: addr}); err == nil || !strings.Contains(err.Error(), "never served to a network") {
			t.Errorf("%s: %v, want a refusal before it listens", addr, err)
		}
	}
}

func TestStart_ListensOnLoopbackByDefault(t *testing.T) {
	host, _, err := net.SplitHostPort(start(t).Addr())
	if err != nil || host != "127.0.0.1" {
		t.Errorf("listens on %s (%v)", host, err)
	}
}

func TestStart_RefusesMissingCredentials(t *testing.T) {
	for name, cfg := range map[string]Config{
		"nothing": {}, "no secret": {ClientID: "c"}, "no client": {Secrets: []string{"s"}}, "an empty secret": {ClientID: "c", Secrets: []string{"s", ""}},
	} {
		if _, err := Start(cfg); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}

func TestStart_SaysItsSeedAndWhereItsAssumptionsAre(t *testing.T) {
	var log syncBuffer
	s := start(t, func(cfg *Config) {
		cfg.Seed = 0
		cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	if s.Seed() == 0 || !strings.Contains(log.String(), "seed=") {
		t.Error("no seed was picked or logged")
	}
	if want := fmt.Sprintf("control=%s assumptions=%d ", s.ControlURL(), len(s.Ledger().Assumptions)); !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %q", want)
	}
	answer, err := http.Get(s.ControlURL())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, _ := io.ReadAll(answer.Body)
	for _, a := range s.Ledger().Assumptions {
		if !strings.Contains(string(page), a.Name) {
			t.Errorf("%s is not on the control page", a.Name)
		}
		if a.Value == "" {
			t.Errorf("%s has no value", a.Name)
		}
	}
}

func TestClose_EndsWaitsAndMayBeCalledAgain(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	ended := make(chan reply)
	go func() { ended <- c.create(person("1"), "slow; delay=1h") }()
	for len(s.Ledger().Calls(opCreate)) == 0 { // it has arrived, and an hour is before it
		select {
		case r := <-ended:
			t.Fatalf("the call did not wait: %d %v", r.status, r.err)
		default:
			runtime.Gosched()
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	if r := <-ended; r.status != http.StatusOK {
		t.Errorf("the call in flight got %d %v", r.status, r.err)
	}
	if err := s.Close(ctx); err != nil {
		t.Errorf("close again: %v", err)
	}
	if r := send(t, http.MethodGet, s.ControlURL(), "", nil); r.err == nil {
		t.Error("it still serves")
	}
}

func TestCreate_GoesOnWhenTheCallerLeaves(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.APIURL(), strings.NewReader(
		`{"query":"mutation($i: LeadInput!) { createLead(input: $i) { id } }","variables":{"i":{"firstName":"A","lastName":"B","email":"a@example.com","homePhone":"4028319225","address1":"1","city":"D","state":"OH","zipCode":"65542"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(faultHeader, "slow; delay=100ms")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if res, err := direct().Do(req); err == nil {
			_ = res.Body.Close() // not expected
		}
	}()
	for len(s.Ledger().Calls(opCreate)) == 0 {
		runtime.Gosched()
	}
	cancel()
	<-gone
	for s.Ledger().Calls(opCreate)[0].Status == 0 {
		runtime.Gosched()
	}
	if got := len(s.Ledger().Leads); got != 1 {
		t.Errorf("%d leads, want 1", got)
	}
}

func TestCreate_TakesTheWorkflowsTime(t *testing.T) {
	s := start(t, func(cfg *Config) { cfg.Latency = 60 * time.Millisecond })
	c := call1(t, s)
	began := time.Now()
	id := c.create(person("1"), "").payload(t).ID
	created := time.Since(began)
	c.look(id, "")
	if looked := time.Since(began) - created; created < 60*time.Millisecond || looked > created {
		t.Errorf("createLead took %v, getLeadStatus %v", created, looked)
	}
}
