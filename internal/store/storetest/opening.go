package storetest

import (
	"strings"
	"testing"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
)

var opening = map[string]func(*testing.T, *bench){
	"a database of another environment is refused": func(t *testing.T, b *bench) {
		b.exec(t, "update stamp set environment = 'sandbox'")
		b.wantRefused(t, `belongs to the environment "sandbox", and this is "simulator"`)
	},
	"other keys are refused": func(t *testing.T, b *bench) {
		var err error
		if b.options.Keys, err = seal.Generate(); err != nil {
			t.Fatal(err)
		}
		b.wantRefused(t, "the keys are not those of this database")
	},
	"a database without our tables is refused, and left as it is": func(t *testing.T, b *bench) {
		for _, table := range ourTables {
			b.exec(t, "drop table "+table)
		}
		b.options.Create = false
		b.wantRefused(t, "none of our tables")
		if _, err := b.behind(t).Exec("select count(*) from lead"); err == nil {
			t.Error("the refused database was given tables")
		}
	},
	"an interrupted set-up is refused, and finished by the next one": func(t *testing.T, b *bench) {
		b.exec(t, "delete from stamp")
		b.options.Create = false
		b.wantRefused(t, "never set up to its end")
		b.options.Create = true
		b.again(t)
	},
	"eight processes that start at once all open it": func(t *testing.T, b *bench) {
		for _, table := range ourTables {
			b.exec(t, "drop table "+table)
		}
		errs := make([]error, 8)
		stores := make([]*store.Store, 8)
		together(8, func(i int) { stores[i], errs[i] = store.Open(t.Context(), b.options) })
		for i, err := range errs {
			if err != nil {
				t.Errorf("start %d: %v", i, err)
				continue
			}
			if err := stores[i].Close(); err != nil {
				t.Error(err)
			}
		}
	},
	"a running store goes on while a newer program adds a column": func(t *testing.T, b *bench) {
		carry := func(key string) {
			l := b.save(t, key)
			l.Draft = lead.Keep(key)
			b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a"})
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Errorf("%s again: %v", key, err)
			}
		}
		carry("before") // every statement has been compiled now
		carry("before it again")
		for _, table := range []string{"lead", "lead_private", "lead_event"} {
			b.exec(t, "alter table "+table+" add column newer text not null default ''")
		}
		carry("after")
		b.wantCounts(t, map[lead.Status]int{lead.Created: 3})
	},
	"a closed store refuses work": func(t *testing.T, b *bench) {
		s := b.again(t)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(t.Context(), Lead("key"), Record()); err == nil {
			t.Error("saved in a closed store")
		}
		b.wantCounts(t, map[lead.Status]int{})
	},
}

// ourTables are in the order in which they can be dropped.
var ourTables = []string{"handoff", "handoff_guess", "disposition", "agent", "text_version", "opt_out", "lead_person", "lead_reference", "suppression", "chain_head", "page_private", "shown_page", "page_part", "draft",
	"erasure", "audit_counter", "audit_entry", "delivery_mark", "session", "chore", "prefill_use", "delivery", "lead_event", "consent_link", "lead_private", "lead",
	"source", "hourly_leads", "hourly_latency", "hourly_cursor", "stamp", "goose_db_version"}

func (b *bench) wantRefused(t *testing.T, words string) {
	t.Helper()
	s, err := store.Open(t.Context(), b.options)
	if err == nil {
		_ = s.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), words) {
		t.Errorf("got %q, want it to say %q", err, words)
	}
}
