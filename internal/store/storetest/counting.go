package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/stats"
)

var counting = map[string]func(*testing.T, *bench){
	"figures equal the leads although folding is stopped anywhere, by two processes at once": func(t *testing.T, b *bench) {
		const rounds, leads = 8, 60
		random := rand.New(rand.NewPCG(1, 2))
		stores := []*store.Store{b.Store, b.again(t)}
		for range rounds {
			ctx, stop := context.WithCancel(t.Context())
			var folding sync.WaitGroup
			for _, s := range stores {
				folding.Go(func() {
					for ctx.Err() == nil {
						if _, err := s.Stats().Fold(ctx); err != nil && !errors.Is(err, context.Canceled) {
							t.Error(err)
							return
						}
					}
				})
			}
			b.live(t, random, leads)
			stop()
			folding.Wait()
		}
		b.exec(t, "alter table hourly_latency rename to gone")
		b.live(t, random, leads)
		if _, err := b.Stats().Fold(t.Context()); err == nil {
			t.Error("folded into a table that is not there")
		}
		b.exec(t, "alter table gone rename to hourly_latency")
		b.fold(t)
		b.wantCounts(t, b.countBySum(t))
		b.wantFigures(t)
		b.wantLatencies(t)
	},
	"a month is summed by any dimensions": func(t *testing.T, b *bench) {
		b.exec(t, `insert into hourly_leads (hour, source_id, agent_id, result_code, status, leads)
			with recursive h (i) as (select 0 union all select i + 1 from h where i < 719),
				s (i) as (select 1 union all select i + 1 from s where i < 10), k (i) as (select 0 union all select i + 1 from k where i < 5)
			select cast(h.i as bigint) * 3600000, s.i, 0, 1010 + k.i, 'status ' || k.i, 7 from h cross join s cross join k`)
		const hours = 700 // the others are not asked for
		for _, tt := range []struct {
			by      []stats.Dimension
			figures int
		}{{[]stats.Dimension{stats.Source, stats.Status}, 10 * 6}, {[]stats.Dimension{stats.Hour, stats.Code}, hours * 6}, {[]stats.Dimension{stats.Status}, 6}, {nil, 1}} {
			begun := time.Now()
			figures, err := b.Stats().Leads(t.Context(), time.UnixMilli(0), time.UnixMilli(0).Add(hours*time.Hour), tt.by...)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("43,200 rows by %v in %s", tt.by, time.Since(begun))
			sum := 0
			for _, f := range figures {
				sum += f.Leads
			}
			if len(figures) != tt.figures || sum != 7*hours*10*6 {
				t.Errorf("%d figures of %d leads by %v, want %d of %d", len(figures), sum, tt.by, tt.figures, 7*hours*10*6)
			}
		}
	},
}

// fold waits until everything that was committed can be told, and folds it.
func (b *bench) fold(t *testing.T) int {
	t.Helper()
	b.awaitEarlier(t)
	return b.foldNow(t)
}

// earlierSQL counts what is committed and not told yet, because of transactions that began before it. Those of tests that
// use other databases of the server count too.
const earlierSQL = `select (select count(*) from lead where xid >= x) + (select count(*) from lead_event where xid >= x)
	from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as x) as running`

func (b *bench) awaitEarlier(t *testing.T) {
	t.Helper()
	if b.onSQLite() {
		return
	}
	db, deadline := b.behind(t), time.After(followLimit)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		var left int
		if err := db.QueryRow(earlierSQL).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("earlier transactions keep back %d changes", left)
		}
	}
}

func (b *bench) foldNow(t *testing.T) int {
	t.Helper()
	n, err := b.Stats().Fold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// live saves leads and takes them through random outcomes, while the clock moves on.
func (b *bench) live(t *testing.T, random *rand.Rand, leads int) {
	t.Helper()
	together(leads, func(i int) {
		l := Lead(lead.NewHandle())
		l.Origin = lead.Keep(lead.Attribution{UTMSource: []string{"", "radio", "news", "a b"}[i%4]})
		l.Status = []lead.Status{lead.Received, lead.Suspect}[i%20/19]
		_, err := b.Save(t.Context(), l, Record())
		for err != nil && errors.Is(err, context.DeadlineExceeded) {
			_, err = b.Save(t.Context(), l, Record())
		}
		if err != nil {
			t.Error(err)
		}
	})
	for _, step := range []lead.Step{lead.Send, lead.Look, lead.Submit, lead.Look} {
		b.clock.forward(10*time.Second + time.Duration(random.IntN(1_200_000))*time.Millisecond)
		claimed, err := b.Claim(t.Context(), step, 90, "courier", b.clock.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		outcomes := make([]lead.Outcome, len(claimed))
		for i := range claimed {
			outcomes[i] = outcome(random, step)
			outcomes[i].At = b.clock.Now().Add(time.Duration(random.IntN(9000)) * time.Millisecond)
		}
		together(min(8, len(claimed)), func(worker int) {
			for i := worker; i < len(claimed); i += 8 {
				if err := b.Record(t.Context(), claimed[i].ID, claimed[i].Attempt, outcomes[i]); err != nil {
					t.Error(err)
				}
				if err := b.Record(t.Context(), claimed[i].ID, claimed[i].Attempt-1, outcomes[i]); !errors.Is(err, lead.ErrFenced) {
					t.Errorf("an answer to an earlier attempt: %v", err)
				}
			}
		})
	}
}

// outcome is one that a step may have.
func outcome(random *rand.Rand, step lead.Step) lead.Outcome {
	pick := func(outcomes ...lead.Outcome) lead.Outcome { return outcomes[random.IntN(len(outcomes))] }
	switch step {
	case lead.Send:
		return pick(lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1000, Next: lead.Look},
			lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015, Next: lead.Submit}, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1003},
			lead.Outcome{Event: lead.Postponed, Next: lead.Send, Failed: true}, lead.Outcome{Event: lead.Rejected}, lead.Outcome{Event: lead.Ambiguous})
	case lead.Look:
		return pick(lead.Outcome{Event: lead.Looked, ResultCode: 1013, Next: lead.Submit}, lead.Outcome{Event: lead.Looked, ResultCode: 1004},
			lead.Outcome{Event: lead.Looked, Next: lead.Look}, lead.Outcome{Event: lead.Unresolved})
	}
	return pick(lead.Outcome{Event: lead.WasSubmitted, SubmitStatus: 200}, lead.Outcome{Event: lead.WasRefused, SubmitStatus: 422},
		lead.Outcome{Event: lead.Postponed, Next: lead.Submit}, lead.Outcome{Event: lead.UnknownStatus})
}

// countBySum is Counts by the figures.
func (b *bench) countBySum(t *testing.T) map[lead.Status]int {
	t.Helper()
	counts := map[lead.Status]int{}
	for _, f := range b.figures(t, stats.Status) {
		counts[f.Status] = f.Leads
	}
	return counts
}

func (b *bench) figures(t *testing.T, by ...stats.Dimension) []stats.Figure {
	t.Helper()
	figures, err := b.Stats().Leads(t.Context(), time.UnixMilli(0), b.clock.Now().Add(time.Hour), by...)
	if err != nil {
		t.Fatal(err)
	}
	return figures
}

// wantFigures compares the figures with the leads themselves.
func (b *bench) wantFigures(t *testing.T) {
	t.Helper()
	rows, err := b.behind(t).Query(`select received_at - received_at % 3600000, source.key, result_code, status, count(*)
		from lead join source on source.id = source_id group by 1, 2, 3, 4`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want, got := map[string]int{}, map[string]int{}
	for rows.Next() {
		var hour int64
		var source, status string
		var code, n int
		if err := rows.Scan(&hour, &source, &code, &status, &n); err != nil {
			t.Fatal(err)
		}
		want[fmt.Sprint(hour, source, code, status)] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, f := range b.figures(t, stats.Hour, stats.Source, stats.Code, stats.Status) {
		got[fmt.Sprint(f.Hour.UnixMilli(), f.Source, f.Code, f.Status)] = f.Leads
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("figures (-leads +figures):\n%s", diff)
	}
}

// wantLatencies compares the histograms with the events.
func (b *bench) wantLatencies(t *testing.T) {
	t.Helper()
	rows, err := b.behind(t).Query(`select to_status, min(at) - min(received_at) from lead_event join lead on lead.id = lead_id
		where to_status in ('created', 'submitted') and late = 0 group by lead_id, to_status`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want, got := map[string]int{}, map[string]int{}
	for rows.Next() {
		var status string
		var millis, bound int
		if err := rows.Scan(&status, &millis); err != nil {
			t.Fatal(err)
		}
		for _, b := range []int{250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000} {
			if bound == 0 && millis <= b {
				bound = b
			}
		}
		want[fmt.Sprint(status, " ", bound)]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	figures, err := b.Stats().Latencies(t.Context(), time.UnixMilli(0), b.clock.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		got[fmt.Sprint(f.Status, " ", f.AtMost.Milliseconds())] = f.Leads
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) < 4 {
		t.Errorf("latencies (-events +figures):\n%s", diff)
	}
}
