// Package storetest is what every engine of the store must do, as tests on real files and a real
// server, and the PostgreSQL server to run them on.
package storetest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/clock"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
)

// Engine makes databases that no other test uses, and returns their addresses.
type Engine interface {
	Database(t testing.TB) string              // an empty one
	Copy(t testing.TB, database string) string // of one that nobody has open
}

// Run runs the suite. Each test has a copy of one database that was set up once, with its key:
// setting up takes longer than most tests.
func Run(t *testing.T, engine Engine) {
	pristine := filepath.Join(t.TempDir(), "keys.json")
	if _, err := seal.Create(pristine, ""); err != nil {
		t.Fatal(err)
	}
	database := engine.Database(t)
	if err := newBench(t, database, pristine).Close(); err != nil {
		t.Fatal(err)
	}
	for _, group := range []map[string]func(*testing.T, *bench){saving, opening, claiming, recording, expiring, auditing, auditChaining, looking, lookingNow, pacing, deciding, resending, resealing, erasing, requesting, restoring, marking, forgetting, appending, amending, reindexing, drafting, showing, proving, draftExpiring, optingOut, chaining, texting, moving, keepingSessions, leasingChores, sourcing, following, counting, listing, typing, completing, handingOff, disposing, callingBack, usingPrefills, returning} {
		for story, test := range group {
			t.Run(story, func(t *testing.T) {
				t.Parallel()
				test(t, newBench(t, engine.Copy(t, database), pristine))
			})
		}
	}
}

// bench is an open store, and what is needed to open it once more or to look behind it.
type bench struct {
	*store.Store
	options store.Options
	clock   *stillClock
	keyFile string
}

// newBench opens the database with a copy of the keys in pristine.
func newBench(t *testing.T, url, pristine string) *bench {
	t.Helper()
	keyFile := filepath.Join(t.TempDir(), "keys.json")
	file, err := os.ReadFile(pristine)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, file, 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Load(keyFile, "")
	if err != nil {
		t.Fatal(err)
	}
	still := &stillClock{now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)}
	b := &bench{clock: still, keyFile: keyFile, options: store.Options{
		URL: url, Environment: "simulator", Create: true, Keys: keys, Clock: clock.At(still.Now), StateDir: t.TempDir(),
	}}
	b.Store = b.again(t)
	return b
}

// again opens the same database once more, as another process would.
func (b *bench) again(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), b.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// behind opens the database without the store.
func (b *bench) behind(t *testing.T) *sql.DB {
	t.Helper()
	driver, source := "pgx", b.options.URL
	if b.onSQLite() {
		driver = "sqlite"
		source = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(source) + "?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (b *bench) onSQLite() bool { return strings.HasPrefix(b.options.URL, "file:") }

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := b.behind(t).Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// stillClock stands still until it is moved.
type stillClock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time.
func (c *stillClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stillClock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Lead is a finished form of a made-up person, with every answer given.
func Lead(key string) lead.Lead {
	var a lead.Applicant
	texts := map[string]string{
		"firstName": "José", "lastName": "O'Brien", "dateOfBirth": "1979-03-14", "email": "jose@example.com",
		"homePhone": "2025550143", "cellPhone": "2025550144", "workPhone": "2025550145", "address1": "1 Main Street",
		"address2": "Apt 2", "city": "Springfield", "state": "IL", "zipCode": "62701", "employerName": "李 & Söhne",
		"coApplicant": "false", "socialSecurityNumber": "219099999",
	}
	for i, answer := range a.Answers() {
		text, ok := texts[answer.Name]
		if !ok {
			text = fmt.Sprint(i)
		}
		if err := answer.Set(text); err != nil {
			panic(err)
		}
	}
	return lead.Lead{
		ID: lead.NewPartnerID(), Draft: lead.Keep(key), Request: 1, Language: "es", Applicant: a,
		Permission: lead.Permission{Terms: true, CreditCheck: true, ClientIP: lead.Keep("198.51.100.7"), CertificateID: "454a35b802f3e7b6"},
	}
}

// Record is the evidence that goes with Lead.
func Record() consent.Record {
	return consent.Record{
		At: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC), Channel: "consumer-web", Language: "es",
		PageURL: "https://example.com/apply", Seller: "Example", FormVersion: "v1",
		PersonName: lead.Keep("José O'Brien"), Phone: lead.Keep("2025550143"),
		LandingURL: "https://example.com/es/", Referrer: "https://news.example", Viewport: "360x640", GPC: true,
		ClientIP: lead.Keep("198.51.100.7"), UserAgent: lead.Keep("Browser/1.0"), ProxyChain: lead.Keep("198.51.100.7, 203.0.113.9"),
		Zone:        lead.Keep("America/Chicago"),
		Certificate: consent.Certificate{State: "given", URL: lead.Keep("https://cert.trustedform.com/0a1b"), ID: "0a1b"},
		Acts: []consent.Act{{Purpose: consent.Terms, Given: true, TextID: "terms", Version: "3", Language: "es",
			SHA256: "00ff", Control: "Acepto", Shown: "unchecked"}},
	}
}

// handle is the handle of a lead's status page.
func (b *bench) handle(id lead.PartnerID) string {
	block, _ := id.Bytes()
	return b.options.Keys.Handle(block)
}

// save stores a new lead, filled in as the store does it.
func (b *bench) save(t *testing.T, key string) lead.Lead {
	t.Helper()
	l := Lead(key)
	if _, err := b.Save(t.Context(), l, Record()); err != nil {
		t.Fatal(err)
	}
	return b.find(t, l.ID)
}

func (b *bench) find(t *testing.T, id lead.PartnerID) lead.Lead {
	t.Helper()
	l, err := b.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// claim takes the one lead that waits for step, for a minute.
func (b *bench) claim(t *testing.T, step lead.Step) lead.Lead {
	t.Helper()
	leads, err := b.Claim(t.Context(), step, 1, "courier", b.clock.Now().Add(time.Minute))
	if err != nil || len(leads) != 1 {
		t.Fatalf("claim for %s: %d leads, %v, want 1", step, len(leads), err)
	}
	return leads[0]
}

func (b *bench) record(t *testing.T, l lead.Lead, out lead.Outcome) lead.Lead {
	t.Helper()
	if out.At.IsZero() {
		out.At = b.clock.Now()
	}
	if err := b.Record(t.Context(), l.ID, l.Attempt, out); err != nil {
		t.Fatal(err)
	}
	return b.find(t, l.ID)
}

func (b *bench) wantCounts(t *testing.T, want map[lead.Status]int) {
	t.Helper()
	got, err := b.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("leads by status (-want +got):\n%s", diff)
	}
}

// wantHistory compares the moves of a lead, each as "event: from → to", late ones marked.
func (b *bench) wantHistory(t *testing.T, id lead.PartnerID, want ...string) {
	t.Helper()
	events, err := b.History(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		line := fmt.Sprintf("%d %s: %s → %s", e.Attempt, e.Event, e.From, e.To)
		if e.Late {
			line += " (late)"
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// together runs act n times at once and waits for all.
func together(n int, act func(i int)) {
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			act(i)
		})
	}
	close(start)
	all.Wait()
}
