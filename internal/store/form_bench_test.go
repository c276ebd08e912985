package store_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"intake/internal/lead"
	"intake/internal/store/storetest"
)

// BenchmarkSaveForm saves leads with their draft and page, 64 at once: compare with BenchmarkSave.
func BenchmarkSaveForm(b *testing.B) {
	s := openNew(b, sqliteFile(b))
	leads, pages := make([]lead.Lead, b.N), make([]string, b.N)
	spread(64, b.N, func(i int) {
		d, p := storetest.Draft(), storetest.Page()
		d.Typed = lead.Keep(boxes)
		leads[i], pages[i] = storetest.Lead(lead.NewName()), p.ID
		leads[i].Draft, leads[i].Request = d.Handle, 1
		if err := s.StartDraft(b.Context(), d); err != nil {
			b.Error(err)
		}
		if err := s.KeepPage(b.Context(), d.Handle.Reveal(), p); err != nil {
			b.Error(err)
		}
	})
	b.ResetTimer()
	spread(64, b.N, func(i int) {
		r := storetest.Record()
		r.PageID = pages[i]
		if _, err := s.Save(b.Context(), leads[i], r); err != nil {
			b.Error(err)
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "leads/s")
}

// spread runs act for 0 to n-1, so many at once.
func spread(callers, n int, act func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				act(i)
			}
		})
	}
	all.Wait()
}

const boxes = "estimatedDebt=25000&firstName=Maria&lastName=Gonzalez&dateOfBirth-month=3&dateOfBirth-day=14&dateOfBirth-year=1979" +
	"&email=maria%40example.com&homePhone=512-555-0148&zipCode=78745&address1=4120+Bluebonnet+Ln&city=Austin&state=TX&residenceTypeId=1" +
	"&monthsAtAddress=24&monthlyRent=1200&incomeSourceId=1&payFrequencyId=1&monthlyIncome=5200&employerName=Example&monthsAtEmployer=36"
