package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/proof"
	"intake/internal/store/restore"
)

var draftExpiring = map[string]func(*testing.T, *bench){
	"the number goes after an hour, the draft after 72, each at its time": func(t *testing.T, b *bench) {
		d := b.start(t)
		b.show(t, d)
		b.clock.forward(time.Hour - time.Millisecond)
		b.wantDraftsExpired(t, 0)
		b.clock.forward(time.Millisecond)
		b.wantDraftsExpired(t, 1)
		if n := b.count(t, "select count(ssn) + count(ssn_until) from draft"); n != 0 {
			t.Errorf("%d values of the number are left", n)
		}
		if n := b.count(t, "select count(typed) from draft"); n != 1 {
			t.Error("the other boxes went too")
		}
		b.clock.forward(71*time.Hour - time.Millisecond)
		b.wantDraftsExpired(t, 0)
		b.clock.forward(time.Millisecond)
		b.wantDraftsExpired(t, 1)
		if n := b.count(t, "select count(*) from draft") + b.count(t, "select count(*) from shown_page"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		b.wantDraftsExpired(t, 0)
	},
	"a page that a consent record names stays, the others go with their draft": func(t *testing.T, b *bench) {
		d := b.start(t)
		seen, first := b.show(t, d), b.show(t, d)
		b.send(t, d, first.ID)
		again := b.show(t, d)
		b.send(t, b.change(t, d, func(d *lead.Draft) { d.Request = 2 }), again.ID)
		other := b.start(t)
		others := b.show(t, other)
		b.clock.forward(time.Hour)
		b.change(t, other, func(*lead.Draft) {})
		b.clock.forward(72*time.Hour - time.Minute)
		if _, err := b.ExpireDrafts(t.Context(), b.clock.Now()); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{first.ID, again.ID, others.ID} {
			if _, err := b.FindPage(t.Context(), id); err != nil {
				t.Errorf("a page that is needed: %v", err)
			}
		}
		if _, err := b.FindPage(t.Context(), seen.ID); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("a page that nobody accepted: %v", err)
		}
		b.chain(t)
		b.wantChain(t, proof.ChainReport{Linked: 2, Pages: 2})
	},
	"a number that expires while its draft is changed does not come back": func(t *testing.T, b *bench) {
		d := b.start(t)
		var once bool
		got := b.change(t, d, func(d *lead.Draft) {
			if !once {
				once = true
				b.clock.forward(time.Hour)
				b.wantDraftsExpired(t, 1)
			}
			d.Language = "en"
		})
		if got.SSN.Given() || b.count(t, "select count(ssn) from draft") != 0 {
			t.Error("it is there again")
		}
	},
	"many expire in one go, and a run that was broken off is finished by the next": func(t *testing.T, b *bench) {
		for i := range 210 {
			d := Draft()
			if i%2 == 0 {
				d.SSN = lead.Private[string]{}
			}
			if err := b.StartDraft(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		b.clock.forward(73 * time.Hour)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if n, err := b.ExpireDrafts(ctx, b.clock.Now()); err == nil || n != 0 {
			t.Errorf("%d went after the end, %v", n, err)
		}
		other, counts := b.again(t), make([]int, 2)
		together(2, func(i int) {
			s := []*store.Store{b.Store, other}[i]
			var err error
			if counts[i], err = s.ExpireDrafts(t.Context(), b.clock.Now()); err != nil {
				t.Error(err)
			}
		})
		b.wantDraftsExpired(t, 0)
		if sum := counts[0] + counts[1]; sum != 210+105 {
			t.Errorf("%d went, want %s", sum, fmt.Sprint(210, " drafts and 105 numbers"))
		}
	},
	"sealing anew covers drafts, pages, acts and chained records, and the old key is free": func(t *testing.T, b *bench) {
		d := b.start(t)
		page := b.show(t, d)
		l, receipt := b.send(t, d, page.ID)
		b.chain(t)
		b.optOut(t, lead.OptOut{Channel: "web", Email: lead.Keep("jose@example.com")})
		second := b.start(t)
		old, next := b.options.Keys.Primary(), b.promoted(t)
		b.wantResealed(t, 5) // a lead, two drafts, a page, an act
		b.wantKeyUse(t, map[uint32]int{next: 6})
		if err := seal.Disable(b.keyFile, "", old, b.clock.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		b.reload(t)
		b.Store = b.again(t)
		if got := b.draft(t, second); !got.SSN.Equal(second.SSN) || !got.Typed.Equal(second.Typed) || !got.Origin.Equal(second.Origin) {
			t.Error("a draft reads otherwise")
		}
		if got := b.draft(t, d); got.Sent != receipt {
			t.Error("a receipt reads otherwise")
		}
		if got, err := b.FindPage(t.Context(), page.ID); err != nil || string(got.Bytes()) != string(page.Bytes()) {
			t.Errorf("a page reads otherwise: %v", err)
		}
		b.prove(t, l.ID)
		b.wantChain(t, proof.ChainReport{Linked: 1, Pages: 1})
	},
	"a restored database keeps drafts and pages, and nothing of them that is too old": func(t *testing.T, b *bench) {
		d := b.start(t)
		page := b.show(t, d)
		b.clock.forward(2 * time.Hour)
		b.wantGuarded(t, restore.Doubts{})
		if got := b.draft(t, d); got.SSN.Given() || !got.Typed.Equal(d.Typed) {
			t.Errorf("number given %v", got.SSN.Given())
		}
		if _, err := b.FindPage(t.Context(), page.ID); err != nil {
			t.Error(err)
		}
	},
}

func (b *bench) wantDraftsExpired(t *testing.T, want int) {
	t.Helper()
	if n, err := b.ExpireDrafts(t.Context(), b.clock.Now()); err != nil || n != want {
		t.Errorf("%d numbers and drafts went, %v, want %d", n, err, want)
	}
}
