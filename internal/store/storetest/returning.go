package storetest

import (
	"errors"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"intake/internal/lead"
)

var returning = map[string]func(*testing.T, *bench){
	"a return link leads to its draft for as long as was asked for, and to no number": func(t *testing.T, b *bench) {
		d := b.linked(t)
		if !regexp.MustCompile(`^[A-Z2-7]{26}$`).MatchString(d.Return.Reveal()) {
			t.Error("the token has not 26 letters and digits")
		}
		b.clock.forward(time.Hour) // a later change keeps the draft for longer, and not the link
		b.change(t, d, func(d *lead.Draft) { d.Language, d.SSN = "en", lead.Keep("219-09-9998") })
		b.clock.forward(lead.ReturnKept - time.Hour - time.Millisecond)
		got, err := b.again(t).FindByReturn(t.Context(), d.Return.Reveal())
		if err != nil || !got.Typed.Equal(d.Typed) || got.Language != "en" || got.SSN.Given() || got.Handle.Given() {
			t.Errorf("%v, language %q, number given %v, handle given %v", err, got.Language, got.SSN.Given(), got.Handle.Given())
		}
		b.clock.forward(time.Millisecond)
		b.wantNoReturn(t, d)
		if got := b.draft(t, d); got.Return.Given() || !got.ReturnUntil.IsZero() {
			t.Errorf("the draft has an ended link, until %v", got.ReturnUntil)
		}
	},
	"what is no token leads nowhere": func(t *testing.T, b *bench) {
		d := b.linked(t)
		l, _ := b.send(t, b.start(t), "")
		for _, wrong := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAA", d.Handle.Reveal(), d.Return.Reveal() + "A", l.Handle.Reveal()} {
			if _, err := b.FindByReturn(t.Context(), wrong); !errors.Is(err, lead.ErrNotFound) {
				t.Errorf("%d characters: %v", len(wrong), err)
			}
			if _, err := b.MoveDraft(t.Context(), wrong, lead.NewHandle()); !errors.Is(err, lead.ErrNotFound) {
				t.Errorf("%d characters: moved, %v", len(wrong), err)
			}
		}
		if _, err := b.FindByHandle(t.Context(), d.Return.Reveal()); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("it leads to a status page: %v", err)
		}
	},
	"another link ends the first, the same end keeps it": func(t *testing.T, b *bench) {
		d := b.linked(t)
		if same := b.change(t, d, func(d *lead.Draft) { d.Language = "en" }); !same.Return.Equal(d.Return) {
			t.Error("a change of something else made another link")
		}
		b.clock.forward(time.Minute)
		next := b.change(t, d, func(d *lead.Draft) { d.ReturnUntil = b.clock.Now().Add(lead.ReturnKept) })
		b.wantNoReturn(t, d)
		if _, err := b.FindByReturn(t.Context(), next.Return.Reveal()); err != nil {
			t.Error(err)
		}
	},
	"a link of the first save leads to it too": func(t *testing.T, b *bench) {
		d := Draft()
		d.ReturnUntil = b.clock.Now().Add(lead.ReturnKept)
		if err := b.StartDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if _, err := b.FindByReturn(t.Context(), b.draft(t, d).Return.Reveal()); err != nil {
			t.Error(err)
		}
	},
	"a move gives the draft another handle, erases its number, and can be repeated": func(t *testing.T, b *bench) {
		d := b.linked(t)
		b.change(t, d, func(d *lead.Draft) { d.SSN = lead.Keep("219-09-9998") })
		page := b.show(t, d)
		b.clock.forward(time.Hour / 2)
		for range 2 {
			before := d
			d.Handle = lead.Keep(lead.NewHandle())
			got, err := b.MoveDraft(t.Context(), d.Return.Reveal(), d.Handle.Reveal())
			if err != nil {
				t.Fatal(err)
			}
			b.wantNoDraft(t, before)
			kept := b.draft(t, d)
			if !kept.Typed.Equal(d.Typed) || !kept.Origin.Equal(d.Origin) || kept.SSN.Given() || !kept.Return.Equal(d.Return) || !kept.ReturnUntil.Equal(d.ReturnUntil) ||
				!kept.StartedAt.Equal(d.StartedAt) || !kept.ExpiresAt.Equal(b.clock.Now().Add(lead.DraftKept)) || !got.Handle.Equal(d.Handle) {
				t.Errorf("another draft than was moved: number given %v, until %v", kept.SSN.Given(), kept.ExpiresAt)
			}
		}
		if n := b.count(t, "select count(*) from draft"); n != 1 {
			t.Errorf("%d drafts", n)
		}
		if n := b.count(t, "select count(ssn) from draft"); n != 0 {
			t.Error("the number is in the database")
		}
		if _, err := b.FindPage(t.Context(), page.ID); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("a page of the handle that it had: %v", err)
		}
	},
	"a move and a change at once lose nothing": func(t *testing.T, b *bench) {
		d, to := b.linked(t), lead.NewHandle()
		var done atomic.Int64
		together(20, func(i int) {
			if i == 0 {
				if _, err := b.MoveDraft(t.Context(), d.Return.Reveal(), to); err != nil {
					t.Error(err)
				}
				return
			}
			switch _, err := b.ChangeDraft(t.Context(), d.Handle.Reveal(), func(d *lead.Draft) { d.Typed = lead.Keep(d.Typed.Reveal() + "x") }); {
			case err == nil:
				done.Add(1)
			case !errors.Is(err, lead.ErrNotFound):
				t.Error(err)
			}
		})
		moved, err := b.FindDraft(t.Context(), to)
		if kept := len(moved.Typed.Reveal()) - len(d.Typed.Reveal()); err != nil || kept != int(done.Load()) {
			t.Errorf("%v: %d of %d changes moved", err, kept, done.Load())
		}
	},
	"a draft that was sent says so by its link, and stays": func(t *testing.T, b *bench) {
		d := b.linked(t)
		_, receipt := b.send(t, d, "")
		b.change(t, d, func(d *lead.Draft) { d.Typed, d.Request = lead.Keep("firstName=Ana"), 2 })
		to := lead.NewHandle()
		moved, err := b.MoveDraft(t.Context(), d.Return.Reveal(), to)
		if err != nil || moved.Sent != receipt {
			t.Errorf("%v, sent %v", err, moved.Sent.ReceivedAt)
		}
		if got, err := b.FindByReturn(t.Context(), d.Return.Reveal()); err != nil || got.Sent != receipt {
			t.Errorf("%v, sent %v", err, got.Sent.ReceivedAt)
		}
		b.draft(t, d)
		if _, err := b.FindDraft(t.Context(), to); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("it was moved: %v", err)
		}
	},
	"a lead that is saved while its draft moves was not sent": func(t *testing.T, b *bench) {
		d := b.linked(t)
		page := b.show(t, d)
		if _, err := b.MoveDraft(t.Context(), d.Return.Reveal(), lead.NewHandle()); err != nil {
			t.Fatal(err)
		}
		l, record := Lead(lead.NewName()), Record()
		l.Draft, l.Request, record.PageID = d.Handle, d.Request, page.ID
		if _, err := b.Save(t.Context(), l, record); !errors.Is(err, lead.ErrNoPage) {
			t.Errorf("got %v, want lead.ErrNoPage", err)
		}
	},
	"of a send and a move at once, one happens": func(t *testing.T, b *bench) {
		other := b.again(t)
		for range 60 {
			d := b.linked(t)
			page := b.show(t, d)
			l, record := Lead(lead.NewName()), Record()
			l.Draft, l.Request, record.PageID = d.Handle, d.Request, page.ID
			to := lead.NewHandle()
			var saved, moved error
			together(2, func(i int) {
				if i == 0 {
					_, saved = b.Save(t.Context(), l, record)
				} else {
					_, moved = other.MoveDraft(t.Context(), d.Return.Reveal(), to)
				}
			})
			_, err := b.FindDraft(t.Context(), to)
			switch isMoved := err == nil; {
			case moved != nil || saved != nil && !errors.Is(saved, lead.ErrNoPage):
				t.Fatalf("save %v, move %v", saved, moved)
			case (saved == nil) == isMoved:
				t.Fatalf("saved: %v, moved: %v", saved == nil, isMoved)
			}
		}
	},
	"dropping a draft erases it with its link and its pages, and no other": func(t *testing.T, b *bench) {
		d, other := b.linked(t), b.linked(t)
		b.show(t, d)
		for range 2 { // the second time there is nothing to do
			if err := b.DropDraft(t.Context(), d.Handle.Reveal()); err != nil {
				t.Fatal(err)
			}
		}
		b.wantNoDraft(t, d)
		b.wantNoReturn(t, d)
		b.draft(t, other)
		for table, want := range map[string]int{"draft": 1, "shown_page": 0, "page_private": 0} {
			if n := b.count(t, "select count(*) from "+table); n != want {
				t.Errorf("%d rows in %s, want %d", n, table, want)
			}
		}
		if n := b.count(t, "select unscrubbed from stamp"); n < 3 { // one at first, one for each drop
			t.Errorf("%d erasures are to be scrubbed", n)
		}
	},
	"dropping a draft that was sent leaves the lead and what it was agreed on": func(t *testing.T, b *bench) {
		d := b.linked(t)
		page := b.show(t, d)
		l, _ := b.send(t, d, page.ID)
		if err := b.DropDraft(t.Context(), d.Handle.Reveal()); err != nil {
			t.Fatal(err)
		}
		b.wantNoDraft(t, d)
		b.find(t, l.ID)
		if _, err := b.FindPage(t.Context(), page.ID); err != nil {
			t.Error(err)
		}
	},
}

// linked keeps a new draft with a return link.
func (b *bench) linked(t *testing.T) lead.Draft {
	t.Helper()
	return b.change(t, b.start(t), func(d *lead.Draft) { d.ReturnUntil = b.clock.Now().Add(lead.ReturnKept) })
}

func (b *bench) wantNoReturn(t *testing.T, d lead.Draft) {
	t.Helper()
	if _, err := b.FindByReturn(t.Context(), d.Return.Reveal()); !errors.Is(err, lead.ErrNotFound) {
		t.Errorf("got %v, want lead.ErrNotFound", err)
	}
}
