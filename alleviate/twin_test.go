package alleviate_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"intake/alleviate"
	"intake/alleviate/simulator"
)

// faulty is a twin that does one thing wrong, and a client whose every word is searched for canaries.
type faulty struct {
	*simulator.Server
	client *alleviate.Client
	logged bytes.Buffer
}

func startTwin(t *testing.T, change func(*alleviate.Config)) *faulty {
	t.Helper()
	sim, err := simulator.Start(simulator.Config{ClientID: "client", Secrets: []string{secretCanary, nextSecretCanary}})
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{Server: sim}
	t.Cleanup(func() {
		_ = f.client.Close()                // it has nothing to report
		_ = sim.Close(context.Background()) // the same
	})
	f.connect(t, change)
	return f
}

// connect makes a client that has met no fault yet.
func (f *faulty) connect(t *testing.T, change func(*alleviate.Config)) {
	t.Helper()
	cfg := config(alleviate.Loopback(f.TokenURL(), f.APIURL()))
	cfg.Observe = func(x alleviate.Exchange) { noCanary(t, x) }
	cfg.Log = slog.New(slog.NewTextHandler(&f.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	change(&cfg)
	client, err := alleviate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.client = client
}

// twinRow is a row of the error taxonomy, as the twin plays it.
type twinRow struct {
	story         string
	fault         simulator.Fault
	create, other alleviate.Kind // what createLead, and what the other two make of it
	calls         int            // with the repeat after a refused token
}

func named(names string, create, other alleviate.Kind, calls int, spoil func(*simulator.Fault)) (rows []twinRow) {
	for name := range strings.FieldsSeq(names) {
		f := simulator.Fault{Name: name}
		spoil(&f)
		rows = append(rows, twinRow{f.String(), f, create, other, calls})
	}
	return rows
}

func plain(*simulator.Fault) {}

func saying(body string) func(*simulator.Fault) {
	return func(f *simulator.Fault) { f.Body = body }
}

// shapes are the four that an error with a code comes in: alone, with the operation's path, with the path beside
// null, and beside null. Only the first proves that nothing was executed.
func shapes(code string, alone alleviate.Kind, calls int, ranCreate, ranOther alleviate.Kind) []twinRow {
	row := func(kind string, create, other alleviate.Kind, calls int) twinRow {
		return twinRow{code + " as " + kind, simulator.Fault{Name: kind, Value: code}, create, other, calls}
	}
	return []twinRow{
		row("errors", alone, alone, calls),
		row("path", ranCreate, ranOther, 1),
		row("path-null", ranCreate, ranOther, 1),
		row("data-null", ranCreate, ranOther, 1),
	}
}

func twinRows() []twinRow {
	var rows []twinRow
	add := func(more ...twinRow) { rows = append(rows, more...) }
	// HTTP: lost or timed out after any byte
	add(named("cut cut-body", ambiguous, transient, 1, plain)...)
	add(named("slow slow-body", ambiguous, transient, 1, func(f *simulator.Fault) { f.Delay = "16s" })...)
	// HTTP: 401 and its words, in each shape
	add(named("401", credentials, credentials, 2, plain)...)
	add(named("401", credentials, credentials, 2, saying("empty"))...)
	for _, code := range []string{"UNAUTHENTICATED", "UNAUTHORIZED", "AUTH_NOT_AUTHENTICATED"} {
		add(shapes(code, credentials, 2, ambiguous, transient)...)
	}
	// HTTP: 403 with JSON, and its words
	add(named("403", credentials, credentials, 1, plain)...)
	for _, code := range []string{"FORBIDDEN", "AUTH_NOT_AUTHORIZED"} {
		add(shapes(code, credentials, 1, ambiguous, transient)...)
	}
	// HTTP: a firewall, or a limit on the way
	add(named("403 400 413 422", transient, transient, 1, saying("html"))...)
	add(named("400 413 422", transient, transient, 1, saying("plain"))...)
	add(named("400 413 422", transient, transient, 1, saying("empty"))...)
	add(named("echo", transient, transient, 1, plain)...)
	// HTTP: our address or request is wrong
	add(named("301 302 303 307 308 404 405 406 410 415", credentials, credentials, 1, plain)...)
	// HTTP: 429, and its word
	add(named("429", throttled, throttled, 1, func(f *simulator.Fault) { f.RetryAfter = "7" })...)
	add(named("429", throttled, throttled, 1, saying("plain"))...)
	add(shapes("RATE_LIMITED", throttled, 1, ambiguous, transient)...)
	// HTTP: 503 with a time, and every other failure
	add(named("503", transient, transient, 1, func(f *simulator.Fault) { f.RetryAfter = "7" })...)
	add(named("503 408 409 500 502 504 520 599", ambiguous, transient, 1, plain)...)
	add(named("503 500 502", ambiguous, transient, 1, saying("html"))...)
	add(named("500 503", ambiguous, transient, 1, saying("graphql"))...)
	// HTTP: 2xx that cannot be read
	add(named("empty plain html truncated huge endless wrong-type encoding", ambiguous, transient, 1, plain)...)
	// GraphQL
	add(named("errors-beside 294 bom gzip shuffled extra duplicate-keys", done, done, 1, plain)...)
	add(shapes("INTERNAL_SERVER_ERROR", ambiguous, 1, ambiguous, transient)...)
	rows[len(rows)-4].other = transient
	add(named("data-null", ambiguous, transient, 1, plain)...) // no error either
	for _, code := range []string{"BAD_USER_INPUT", "VALIDATION_ERROR"} {
		add(shapes(code, rejected, 1, rejected, rejected)...)
	}
	return rows
}

func TestTwin_EveryUpstreamRow(t *testing.T) {
	f := startTwin(t, func(*alleviate.Config) {})
	for _, row := range twinRows() {
		for _, when := range []string{"before", "after"} {
			t.Run(row.story+"/"+when, func(t *testing.T) {
				row.fault.When, row.fault.Mode = when, "always"
				f.playRow(t, row)
			})
		}
	}
	for _, c := range canaries {
		if strings.Contains(f.logged.String(), c) {
			t.Errorf("the log has %q", c)
		}
	}
	if !strings.Contains(f.logged.String(), "operation=createLead") {
		t.Error("the log has no call")
	}
}

func (f *faulty) playRow(t *testing.T, row twinRow) {
	t.Helper()
	if err := errors.Join(f.Reset(), f.Script(simulator.Fault{Name: "code", Value: "1015"})); err != nil {
		t.Fatal(err)
	}
	f.connect(t, func(*alleviate.Config) {})
	lead, err := f.client.CreateLead(t.Context(), applicant())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Script(row.fault); err != nil {
		t.Fatal(err)
	}
	defer f.ClearFaults()
	another := applicant()
	another.Email, another.HomePhone, another.PartnerLeadID = alleviate.Of("another."+emailCanary), alleviate.Of("4028319226"), "partner-2"
	for op, call := range map[string]func() error{
		"createLead": func() error { _, err := f.client.CreateLead(t.Context(), another); return err },
		"submitLead": func() error {
			_, err := f.client.SubmitLead(t.Context(), alleviate.SubmitLeadInput{LeadID: lead.ID})
			return err
		},
		"getLeadStatus": func() error { _, err := f.client.LeadStatus(t.Context(), lead.ID); return err },
	} {
		before := len(f.Ledger().Calls(op))
		want := row.other
		if op == "createLead" {
			want = row.create
		}
		f.connect(t, func(cfg *alleviate.Config) { // its token has met nothing
			if row.fault.Delay != "" {
				cfg.Budgets = alleviate.Budgets{Create: 300 * time.Millisecond, Submit: 300 * time.Millisecond, Status: 300 * time.Millisecond}
			}
		})
		err := call()
		if got := kindOf(t, err); got != want {
			t.Errorf("%s is %q, want %q: %v", op, got, want, err)
		}
		if got := len(f.Ledger().Calls(op)) - before; got != row.calls {
			t.Errorf("%s arrived %d times, want %d", op, got, row.calls)
		}
	}
	if processed := len(f.Ledger().Leads) - 1; row.calls == 1 && processed > 1 {
		t.Errorf("%d leads were processed, want one at most", processed)
	}
}
