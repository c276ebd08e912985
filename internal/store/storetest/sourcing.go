package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
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
			"tel-202-555-0143": "other", "ssn.219-09-9999": "other", "spring-20260302": "spring-20260302",
			strings.Repeat("a", 64): strings.Repeat("a", 64), strings.Repeat("a", 65): "other",
		} {
			if got := sourceOf(t, b.Store, db, lead.Keep(lead.Attribution{UTMSource: utm})); got != want {
				t.Errorf("%q: stored under %q, want %q", utm, got, want)
			}
		}
		if got := sourceOf(t, b.Store, db, lead.Private[lead.Attribution]{}); got != "direct" {
			t.Errorf("nothing is known: stored under %q", got)
		}
	},
	"a visitor who leaves loses neither the lead nor its source": func(t *testing.T, b *bench) {
		left, leave := context.WithCancel(t.Context())
		leave()
		l := from("radio", "")
		if _, err := b.Save(left, l, Record()); err != nil {
			t.Fatal(err)
		}
		b.wantSource(t, l, "radio")
	},
	"a lead is stored although its source cannot be": func(t *testing.T, b *bench) {
		known, unknown := from("radio", ""), from("news", "")
		if _, err := b.Save(t.Context(), known, Record()); err != nil {
			t.Fatal(err)
		}
		b.exec(t, "alter table source rename to gone")
		for _, l := range []lead.Lead{unknown, from("radio", "spring"), from("", "")} {
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Error(err)
			}
		}
		b.exec(t, "alter table gone rename to source")
		b.wantSource(t, unknown, "other")
		again := from("news", "")
		if _, err := b.Save(t.Context(), again, Record()); err != nil {
			t.Fatal(err)
		}
		b.wantSource(t, again, "news")
	},
	"a lead is stored while another transaction writes its source": func(t *testing.T, b *bench) {
		other, err := b.behind(t).Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer other.Rollback()
		if _, err := other.Exec("insert into source (key, name) values ('radio', 'radio')"); err != nil {
			t.Fatal(err)
		}
		want := "other"
		if b.onSQLite() { // where every write waits for the other to end
			want = "radio"
			if err := other.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		l := from("radio", "")
		if _, err := b.Save(t.Context(), l, Record()); err != nil {
			t.Fatal(err)
		}
		b.wantSource(t, l, want)
	},
	"a suspect lead adds no source and no campaign": func(t *testing.T, b *bench) {
		for _, l := range []lead.Lead{from("radio", "spring"), from("radio", "bot"), from("bot", "")} {
			if l.Origin.Reveal() != (lead.Attribution{UTMSource: "radio", UTMCampaign: "spring"}) {
				l.Status = lead.Suspect
			}
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
			b.wantSource(t, l, map[string]string{"radio": "radio", "bot": "other"}[l.Origin.Reveal().UTMSource])
		}
		b.wantCampaigns(t, "radio", "spring")
	},
	"two processes write a source and its campaigns once": func(t *testing.T, b *bench) {
		stores := []*store.Store{b.Store, b.again(t)}
		errs := make([]error, 40)
		together(40, func(i int) {
			_, errs[i] = stores[i%2].Save(t.Context(), from("radio", []string{"Spring-0", "spring-1", "SPRING-2", "spring 3", "2025550143"}[i%5]), Record())
		})
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		b.wantCampaigns(t, "radio", "spring-0", "spring-1", "spring-2")
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
			sourceOf(t, b.Store, db, lead.Keep(lead.Attribution{UTMSource: "s995"})), // which it had not read before
			sourceOf(t, other, db, lead.Keep(lead.Attribution{UTMSource: "s996"})),
			sourceOf(t, other, db, lead.Keep(lead.Attribution{UTMSource: "another"})),
		}
		if diff := cmp.Diff([]string{"other", "other", "s995", "s996", "other"}, got); diff != "" {
			t.Errorf("stored under (-want +got):\n%s", diff)
		}
		var n, campaigns int
		err := db.QueryRow("select count(*), max(length(campaigns)) from source").Scan(&n, &campaigns)
		if err != nil || n != 1000 || campaigns != 50*len("c100 ")-1 {
			t.Errorf("%d sources, the longest campaigns with %d characters, %v", n, campaigns, err)
		}
	},
}

// from is a lead of a source and a campaign.
func from(source, campaign string) lead.Lead {
	l := Lead(lead.NewHandle())
	l.Origin = lead.Keep(lead.Attribution{UTMSource: source, UTMCampaign: campaign})
	return l
}

// sourceOf saves a lead with an attribution and returns the key of its source.
func sourceOf(t *testing.T, s *store.Store, behind *sql.DB, from lead.Private[lead.Attribution]) (key string) {
	t.Helper()
	l := Lead(lead.NewHandle())
	l.Origin = from
	if _, err := s.Save(t.Context(), l, Record()); err != nil {
		t.Fatal(err)
	}
	return keyOf(t, behind, l)
}

func keyOf(t *testing.T, behind *sql.DB, l lead.Lead) (key string) {
	t.Helper()
	if err := behind.QueryRow("select key from lead join source on source.id = source_id where lead.id = $1", l.ID).Scan(&key); err != nil {
		t.Fatal(err)
	}
	return key
}

func (b *bench) wantSource(t *testing.T, l lead.Lead, want string) {
	t.Helper()
	if got := keyOf(t, b.behind(t), l); got != want {
		t.Errorf("stored under %q, want %q", got, want)
	}
}

func (b *bench) wantCampaigns(t *testing.T, key string, want ...string) {
	t.Helper()
	var campaigns string
	if err := b.behind(t).QueryRow("select campaigns from source where key = $1", key).Scan(&campaigns); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(strings.Fields(campaigns)))); diff != "" {
		t.Errorf("campaigns of %s (-want +got):\n%s", key, diff)
	}
}
