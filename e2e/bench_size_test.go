package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// sizes are how many leads are there already: a small database, and one after years.
var sizes = []int{1_000, 1_000_000}

// sized is what was measured on a database of one size.
type sized struct {
	ready  time.Duration // from the start of the process to the first good answer of /readyz
	accept load
	claim  time.Duration // of one lead: claimed, answered, due again; the median
}

// BenchmarkSize is the same accepts, claims and starts with few leads and with a million. It makes
// its million once, whatever b.N is.
func BenchmarkSize(b *testing.B) {
	var small, large sized
	for b.Loop() {
		small, large = measureSize(b, sizes[0]), measureSize(b, sizes[1])
	}
	b.ReportMetric(small.accept.p99.Seconds()*1e3, "small-p99-ms")
	b.ReportMetric(large.accept.p99.Seconds()*1e3, "large-p99-ms")
	b.ReportMetric(float64(large.accept.p99)/float64(small.accept.p99), "large/small-p99")
	b.ReportMetric(float64(large.claim)/float64(small.claim), "large/small-claim")
	b.ReportMetric(large.claim.Seconds()*1e3, "large-claim-ms")
	b.ReportMetric(small.ready.Seconds()*1e3, "small-ready-ms")
	b.ReportMetric(large.ready.Seconds()*1e3, "large-ready-ms")
}

func measureSize(b *testing.B, leads int) sized {
	b.Helper()
	tw := startTwin(b, "INTAKE_LOG=error")
	p := newProgram(b, append(tw.addresses(), "INTAKE_LOG=error", "ALLEVIATE_PACE=90")...)
	p.start() // makes the database
	p.stop()
	p.fill(b, leads)

	var m sized
	m.claim = p.measureClaims(b, 300)
	begun := time.Now()
	p.start()
	m.ready = time.Since(begun)
	posts := p.finishedForms(b, 6_000)
	m.accept = measureLoad(b, len(posts), http.StatusSeeOther, func(i int) *http.Request { return posts[i].request(p.url) })
	p.stop()
	return m
}

// fill stores leads that wait for nobody but a person.
func (p *program) fill(b *testing.B, n int) {
	b.Helper()
	s := p.stored()
	defer s.Close()
	var all sync.WaitGroup
	next := make(chan struct{}, n)
	for range n {
		next <- struct{}{}
	}
	close(next)
	for range connections {
		all.Go(func() {
			for range next {
				l := storetest.Lead(lead.NewName())
				l.Status, l.Reason = lead.Suspect, "filled in within 3 s"
				if _, err := s.Save(b.Context(), l, storetest.Record()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// measureClaims takes, answers and leaves one due lead n times, and returns the median.
func (p *program) measureClaims(b *testing.B, n int) time.Duration {
	b.Helper()
	s := p.stored()
	defer s.Close()
	_, err := s.Save(b.Context(), storetest.Lead(lead.NewName()), storetest.Record())
	must(b, err)
	took := make([]time.Duration, n)
	for i := range took {
		begun := time.Now()
		must(b, claimOnce(b, s))
		took[i] = time.Since(begun)
	}
	slices.Sort(took)
	return took[n/2]
}

func claimOnce(b *testing.B, s *store.Store) error {
	claimed, err := s.Claim(b.Context(), lead.Send, 1, "benchmark", time.Now().Add(time.Minute))
	if err != nil || len(claimed) != 1 {
		return fmt.Errorf("claimed %d leads, %w", len(claimed), err)
	}
	return s.Record(b.Context(), claimed[0].ID, claimed[0].Attempt, lead.Outcome{Event: lead.Postponed, Next: lead.Send})
}
