package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store"
)

var listing = map[string]func(*testing.T, *bench){
	"a list is read page by page, each lead once and in order": func(t *testing.T, b *bench) {
		var want []lead.PartnerID
		for moment := range 3 { // three at the same moment, which a page of two splits
			at := []lead.PartnerID{b.parked(t, fmt.Sprint(moment, " a")).ID, b.parked(t, fmt.Sprint(moment, " b")).ID, b.parked(t, fmt.Sprint(moment, " c")).ID}
			slices.Sort(at)
			want = append(want, at...)
			b.clock.forward(time.Second)
		}
		got := b.idsByPages(t, store.Parked)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	},
	"leads that are overdue since the same moment are listed page by page": func(t *testing.T, b *bench) {
		want := []lead.PartnerID{b.save(t, "a").ID, b.save(t, "b").ID, b.save(t, "c").ID, b.save(t, "d").ID, b.save(t, "e").ID}
		slices.Sort(want)
		b.clock.forward(2 * time.Hour)
		got := b.idsByPages(t, store.Stuck)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	},
	"stuck leads of all kinds are in one list, page by page": func(t *testing.T, b *bench) {
		leased := b.save(t, "leased")
		b.claim(t, lead.Send)
		due := b.save(t, "due")
		b.clock.forward(2 * time.Hour)
		lost := b.save(t, "lost")
		b.exec(t, "update lead set step = '', next_attempt_at = null where id = $1", lost.ID)
		after := lead.Cursor{}
		for _, want := range []lead.PartnerID{due.ID, leased.ID, lost.ID} {
			leads, err := b.Leads(t.Context(), store.Stuck, lead.Page{After: after, Size: 1})
			wantIDs(t, "stuck", leads, err, []lead.PartnerID{want})
			after = leads[0].Cursor()
		}
		leads, err := b.Leads(t.Context(), store.Stuck, lead.Page{After: after, Size: 9})
		wantIDs(t, "behind the last", leads, err, nil)
	},
	"a list shows what the lead is, and nothing of the person": func(t *testing.T, b *bench) {
		l := b.parked(t, "key")
		leads, err := b.Leads(t.Context(), store.Parked, lead.Page{Size: 9})
		if err != nil || len(leads) != 1 {
			t.Fatalf("%d leads, %v", len(leads), err)
		}
		want := l.Summary()
		want.ListedAt = l.ChangedAt
		if diff := cmp.Diff(want, leads[0]); diff != "" || !leads[0].Certificate {
			t.Errorf("summary (-want +got):\n%s", diff)
		}
	},
	"every status is a list, and another word is none": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.wantList(t, store.Received, 9, l.ID)
		for status := range map[store.List]bool{store.Sending: true, store.Created: true, store.Submitting: true, store.Submitted: true, store.Refused: true, store.Suspect: true, store.Closed: true} {
			b.exec(t, "update lead set status = $1", string(status))
			b.wantList(t, status, 9, l.ID)
			b.wantList(t, store.Received, 9)
		}
		if _, err := b.Leads(t.Context(), "park", lead.Page{Size: 9}); err == nil || !strings.Contains(err.Error(), `"parked"`) {
			t.Errorf("got %v, want an error that names the lists", err)
		}
	},
	"a lead is found by phone and reference before it is in the chain, and after": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		for range 2 {
			b.wantLeadsOf(t, "2025550143", "jose@example.com", l.ID)
			found, err := b.ByReference(t.Context(), l.ID.Reference())
			wantIDs(t, "by reference", found, err, []lead.PartnerID{l.ID})
			if _, _, err := b.Chain(t.Context(), 9); err != nil {
				t.Fatal(err)
			}
		}
		b.wantRows(t, 1, "select count(*) from lead_reference where reference = $1", string(l.ID.Reference()))
	},
	"a person's leads are read page by page": func(t *testing.T, b *bench) {
		want := []lead.PartnerID{b.save(t, "key 1").ID, b.save(t, "key 2").ID, b.save(t, "key 3").ID, b.save(t, "key 4").ID}
		if _, _, err := b.Chain(t.Context(), 2); err != nil { // so half of them are in lead_person
			t.Fatal(err)
		}
		after := lead.Cursor{}
		for _, id := range slices.Sorted(slices.Values(want)) {
			leads, err := b.LeadsOf(t.Context(), "2025550143", "jose@example.com", lead.Page{After: after, Size: 1})
			wantIDs(t, "leads of a person", leads, err, []lead.PartnerID{id})
			after = leads[0].Cursor()
		}
		leads, err := b.LeadsOf(t.Context(), "2025550143", "jose@example.com", lead.Page{After: after, Size: 1})
		wantIDs(t, "behind the last", leads, err, nil)
	},
	"what is at its end is not counted as open": func(t *testing.T, b *bench) {
		answered := func(key string, out lead.Outcome) {
			b.save(t, key)
			out.Event, out.AlleviateID = lead.Answered, "a"
			b.record(t, b.claim(t, lead.Send), out)
		}
		answered("final", lead.Outcome{ResultCode: 1018})
		answered("looked at", lead.Outcome{ResultCode: 1000, Next: lead.Look})
		answered("to be submitted", lead.Outcome{ResultCode: 1015, Next: lead.Submit})
		b.parked(t, "parked")
		b.save(t, "received")
		got, err := b.CountOpen(t.Context())
		if diff := cmp.Diff(map[lead.Status]int{lead.Created: 2, lead.Parked: 1, lead.Received: 1}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Created: 3, lead.Parked: 1, lead.Received: 1})
	},
}

// idsByPages walks through a list by pages of two, with cursors as a person passes them on.
func (b *bench) idsByPages(t *testing.T, list store.List) (ids []lead.PartnerID) {
	t.Helper()
	for page := (lead.Page{Size: 2}); ; {
		leads, err := b.Leads(t.Context(), list, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range leads {
			ids = append(ids, l.ID)
		}
		if len(leads) < page.Size {
			return ids
		}
		if page.After, err = lead.ParseCursor(leads[len(leads)-1].Cursor().String()); err != nil {
			t.Fatal(err)
		}
	}
}
