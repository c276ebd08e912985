package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// BenchmarkSave compares one caller, whose every row is a commit of its own, with 64 callers
// that share commits.
func BenchmarkSave(b *testing.B) {
	engines := map[string]func(testing.TB) string{"sqlite": sqliteFile}
	engines["postgres"] = storetest.StartPostgres(b).Database
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d callers", engine, callers), func(b *testing.B) {
				save(b, openNew(b, engines[engine](b)), callers)
			})
		}
	}
}

// save lets callers store b.N leads in all, and reports the slowest hundredth.
func save(b *testing.B, s *store.Store, callers int) {
	leads := make(chan lead.Lead, b.N)
	for range b.N {
		leads <- storetest.Lead(lead.NewHandle())
	}
	close(leads)
	took := make([][]time.Duration, callers)
	var all sync.WaitGroup
	b.ResetTimer()
	for i := range callers {
		all.Go(func() {
			for l := range leads {
				begun := time.Now()
				if _, err := s.Save(b.Context(), l, storetest.Record()); err != nil {
					b.Error(err)
				}
				took[i] = append(took[i], time.Since(begun))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	sorted := slices.Concat(took...)
	slices.Sort(sorted)
	b.ReportMetric(float64(sorted[len(sorted)*99/100])/1e6, "p99-ms")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "leads/s")
}

// BenchmarkClaim takes, answers and leaves one lead after the other while 20,000 rest beside it.
func BenchmarkClaim(b *testing.B) {
	s := openNew(b, sqliteFile(b))
	resting := make(chan lead.Lead, 20_000)
	for range cap(resting) {
		l := storetest.Lead(lead.NewHandle())
		l.NextAttemptAt = time.Now().Add(time.Hour)
		resting <- l
	}
	close(resting)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for l := range resting {
				if _, err := s.Save(b.Context(), l, storetest.Record()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	if _, err := s.Save(b.Context(), storetest.Lead("key"), storetest.Record()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		claimed, err := s.Claim(b.Context(), lead.Send, 1, "courier", time.Now().Add(time.Minute))
		if err != nil || len(claimed) != 1 {
			b.Fatalf("%d leads, %v", len(claimed), err)
		}
		out := lead.Outcome{Event: lead.Postponed, Next: lead.Send}
		if err := s.Record(b.Context(), claimed[0].ID, claimed[0].Attempt, out); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFindDraft looks up one of 1,000 drafts, as the last post of a form does.
func BenchmarkFindDraft(b *testing.B) {
	s := openNew(b, sqliteFile(b))
	handles := make([]string, 1_000)
	for i := range handles {
		handles[i] = lead.NewHandle()
		d := lead.Draft{Handle: lead.Keep(handles[i]), Request: 1, Language: "en", Typed: lead.Keep("firstName=Maria&lastName=Example&email=maria%40example.com&city=Austin")}
		if err := s.StartDraft(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := s.FindDraft(b.Context(), handles[i%len(handles)]); err != nil {
			b.Fatal(err)
		}
	}
}
