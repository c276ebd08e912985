package harness

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
	"intake/internal/audit"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

var waiting = flag.Int("waiting", 1_000, "outage: leads that come in while Alleviate is away")

const (
	outageLasts   = 24 * time.Hour
	outagePace    = 90 // calls a minute
	outageBurst   = 3  // extra calls after a pause
	outageHalt    = 10 // doubts an hour before createLead is halted
	outageWorkers = 16
	outageBudget  = 2 * time.Minute // of one createLead
	shutAfter     = 3               // failed calls in a row that close the gate
)

func TestOutage_OfADayEveryLeadIsAcceptedAndDeliveredInOrder(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fail   func(context.Context) error
		doubts int // at most
	}{
		{"nothing gets through", func(context.Context) error {
			return &alleviate.Error{Op: "createLead", Kind: alleviate.Transient}
		}, 0},
		{"what gets through is swallowed", func(ctx context.Context) error {
			<-ctx.Done()
			return &alleviate.Error{Op: "createLead", Kind: alleviate.Ambiguous}
		}, shutAfter + outageWorkers},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { runOutage(t, dir, tt.fail, tt.doubts) })
		})
	}
}

// runOutage accepts leads throughout a day without Alleviate and then lets the courier deliver them, with a real
// store and a clock that jumps.
func runOutage(t *testing.T, dir string, fail func(context.Context) error, mostDoubts int) {
	keys, err := seal.Generate()
	must(t, err)
	s, err := store.Open(t.Context(), store.Options{
		URL: "file:" + filepath.Join(dir, "intake.db"), Environment: "simulator", Create: true, Keys: keys,
		Pace: outagePace, DoubtHalt: outageHalt,
	})
	must(t, err)
	backend := newFailingUntil(time.Now().Add(outageLasts), fail)
	courier := delivery.New(delivery.Config{
		Queue: s, Doubts: s, Holds: s, Backend: backend, Owner: "outage", Workers: outageWorkers, Margin: 30 * time.Second,
		Budgets: delivery.Budgets{Create: outageBudget, Submit: time.Minute, Status: time.Minute},
		Log:     slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { courier.Run(ctx) })

	crowd := *waiting / 50 // arrive at the start, one a millisecond: of one moment none has waited longer; the others one by one
	for i := range *waiting {
		l := storetest.Lead(fmt.Sprint("key ", i))
		backend.expect(alleviate.PartnerLeadID(l.ID))
		_, err := s.Save(ctx, l, storetest.Record())
		must(t, err)
		courier.Wake()
		pause := time.Millisecond
		if i >= crowd {
			pause = outageLasts / time.Duration(*waiting)
		}
		<-time.After(pause)
	}
	<-time.After(time.Until(backend.until))
	resumeIfHalted(t, s)
	<-time.After(time.Duration(*waiting/outagePace+20) * time.Minute)
	stop()
	running.Wait()

	counts, err := s.Counts(t.Context())
	must(t, err)
	doubts, created := counts[lead.InDoubt], counts[lead.Created]
	if doubts > mostDoubts || doubts+created != *waiting {
		t.Errorf("%d in doubt, %d created, all: %v; want at most %d in doubt and the others of %d created", doubts, created, counts, mostDoubts, *waiting)
	}
	backend.check(t, created)
	must(t, s.Close())
	t.Logf("%d leads came in within a day, %d in doubt, %d delivered within %s afterwards", *waiting, doubts, created, backend.last.Sub(backend.until).Round(time.Minute))
}

// resumeIfHalted does what an operator does when Alleviate is back.
func resumeIfHalted(t *testing.T, s *store.Store) {
	t.Helper()
	since, _, err := s.Halted(t.Context())
	must(t, err)
	if !since.IsZero() {
		must(t, s.Resume(t.Context(), audit.Entry{At: time.Now(), Who: "operator", Reason: "Alleviate is back"}))
	}
}

// failingUntil is an Alleviate that fails in one way until then and records the calls that come later.
type failingUntil struct {
	until time.Time
	fail  func(context.Context) error

	mu      sync.Mutex
	arrived map[alleviate.PartnerLeadID]int // in which order leads were accepted
	tried   map[alleviate.PartnerLeadID]bool
	created map[alleviate.PartnerLeadID]int
	order   []alleviate.PartnerLeadID
	begun   []time.Time // calls after the outage
	last    time.Time
}

func newFailingUntil(until time.Time, fail func(context.Context) error) *failingUntil {
	return &failingUntil{
		until: until, fail: fail,
		arrived: map[alleviate.PartnerLeadID]int{}, tried: map[alleviate.PartnerLeadID]bool{}, created: map[alleviate.PartnerLeadID]int{},
	}
}

func (a *failingUntil) expect(id alleviate.PartnerLeadID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.arrived[id] = len(a.arrived)
}

func (a *failingUntil) isDown() bool { return time.Now().Before(a.until) }

func (a *failingUntil) Ready(context.Context) error { return nil }

func (a *failingUntil) Probe(context.Context) error {
	if a.isDown() {
		return &alleviate.Error{Op: "getLeadStatus", Kind: alleviate.Transient}
	}
	return nil
}

func (a *failingUntil) CreateLead(ctx context.Context, in alleviate.LeadInput) (alleviate.CreatedLead, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.isDown() {
		a.tried[in.PartnerLeadID] = true
		a.mu.Unlock()
		err := a.fail(ctx)
		a.mu.Lock()
		return alleviate.CreatedLead{}, err
	}
	a.last = time.Now()
	a.begun = append(a.begun, a.last)
	a.order = append(a.order, in.PartnerLeadID)
	a.created[in.PartnerLeadID]++
	return alleviate.CreatedLead{ID: alleviate.LeadID(in.PartnerLeadID), Code: 1018}, nil
}

func (a *failingUntil) SubmitLead(context.Context, alleviate.SubmitLeadInput) (alleviate.SubmittedLead, error) {
	panic("nothing is submitted here")
}

func (a *failingUntil) LeadStatus(context.Context, alleviate.LeadID) (alleviate.LeadStatus, error) {
	panic("nothing is looked up here")
}

// check checks the calls: each lead once, the longest wait first, within the pace.
func (a *failingUntil) check(t *testing.T, created int) {
	t.Helper()
	if len(a.created) != created || len(a.order) != created {
		t.Errorf("%d leads in %d calls came, want %d in as many", len(a.created), len(a.order), created)
	}
	latest := 0
	for _, id := range a.order {
		at := a.arrived[id]
		if a.tried[id] {
			continue // its back-off after the first try changes its place
		}
		if latest-at >= outageWorkers {
			t.Errorf("number %d came after number %d, which waited less", at, latest)
		}
		latest = max(latest, at)
	}
	for i, at := range a.begun {
		if n := outagePace + outageBurst; i >= n && at.Sub(a.begun[i-n]) < time.Minute {
			t.Errorf("more than %d calls within the minute before %s", n, at.Sub(a.until))
			return
		}
	}
}
