package storetest

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store"
)

var sourcing = map[string]func(*testing.T, *bench){
	"a lead stands under the source that it came from": func(t *testing.T, b *bench) {
		db := b.behind(t)
		for utm, want := range map[string]string{
			"": "direct", " ": "direct", "Google ": "google", "news.example_1-a": "news.example_1-a", "jose@example.com": "other",
			"a source": "other", "été": "other", "2025550143": "other", "other": "other", "direct": "direct",
			"a234567890123456789012345678901234567890123456789012345678901234":  "a234567890123456789012345678901234567890123456789012345678901234",
			"a2345678901234567890123456789012345678901234567890123456789012345": "other",
		} {
			if got := sourceOf(t, b.Store, db, lead.Keep(lead.Attribution{UTMSource: utm})); got != want {
				t.Errorf("%q: stored under %q, want %q", utm, got, want)
			}
		}
		if got := sourceOf(t, b.Store, db, lead.Private[lead.Attribution]{}); got != "direct" {
			t.Errorf("nothing is known: stored under %q", got)
		}
	},
	"two processes write a source and its campaigns once": func(t *testing.T, b *bench) {
		stores := []*store.Store{b.Store, b.again(t)}
		errs := make([]error, 40)
		together(40, func(i int) {
			l := Lead(fmt.Sprint("key ", i))
			l.Origin = lead.Keep(lead.Attribution{UTMSource: "radio", UTMCampaign: fmt.Sprint("Spring-", i%4)})
			_, errs[i] = stores[i%2].Save(t.Context(), l, Record())
		})
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		db := b.behind(t)
		var campaigns []string
		rows, err := db.Query("select campaigns from source where key = 'radio'")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			campaigns = append(campaigns, text)
		}
		if err := rows.Err(); err != nil || len(campaigns) != 1 || len(campaigns[0]) != len(`["spring-0","spring-1","spring-2","spring-3"]`) {
			t.Errorf("sources called radio, by their campaigns: %q, %v", campaigns, err)
		}
	},
	"the number of sources and of their campaigns is limited": func(t *testing.T, b *bench) {
		db := b.behind(t)
		for i := range 60 {
			sourceOf(t, b.Store, db, lead.Keep(lead.Attribution{UTMSource: "radio", UTMCampaign: fmt.Sprint("c", 100+i)}))
		}
		b.exec(t, "insert into source (key, name) with recursive n (i) as (select 0 union all select i + 1 from n where i < 996) select 's' || i, 's' || i from n")
		other := b.again(t)
		got := []string{
			sourceOf(t, b.Store, db, lead.Keep(lead.Attribution{UTMSource: "one-too-many", UTMCampaign: "c"})),
			sourceOf(t, b.Store, db, lead.Keep(lead.Attribution{UTMSource: "another", UTMCampaign: "c"})),
			sourceOf(t, other, db, lead.Keep(lead.Attribution{UTMSource: "s996"})),
			sourceOf(t, other, db, lead.Keep(lead.Attribution{UTMSource: "another"})),
		}
		if diff := cmp.Diff([]string{"other", "other", "s996", "other"}, got); diff != "" {
			t.Errorf("stored under (-want +got):\n%s", diff)
		}
		var n, campaigns int
		err := db.QueryRow("select count(*), max(length(campaigns)) from source").Scan(&n, &campaigns)
		if err != nil || n != 1000 || campaigns != 50*len(`"c100",`)+1 {
			t.Errorf("%d sources, the longest campaigns with %d characters, %v", n, campaigns, err)
		}
	},
}

// sourceOf saves a lead with an attribution and returns the key of its source.
func sourceOf(t *testing.T, s *store.Store, behind *sql.DB, from lead.Private[lead.Attribution]) (key string) {
	t.Helper()
	l := Lead(lead.NewHandle())
	l.Origin = from
	if _, err := s.Save(t.Context(), l, Record()); err != nil {
		t.Fatal(err)
	}
	if err := behind.QueryRow("select key from lead join source on source.id = source_id where lead.id = $1", l.ID).Scan(&key); err != nil {
		t.Fatal(err)
	}
	return key
}
