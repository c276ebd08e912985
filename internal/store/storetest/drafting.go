package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/lead"
)

// Draft is a form of a made-up person, half filled in.
func Draft() lead.Draft {
	return lead.Draft{
		Handle: lead.Keep(lead.NewHandle()), Request: 1, ShownAt: time.Date(2026, time.March, 2, 8, 30, 0, 0, time.UTC), Language: "es", Typed: lead.Keep("firstName=Jos%C3%A9"),
		SSN: lead.Keep("219-09-9999"), Origin: lead.Keep(lead.Attribution{UTMSource: "radio", Landing: "/es/"}),
	}
}

// Page is a page that a made-up person was shown.
func Page() consent.Page {
	return consent.Page{
		ID: lead.NewName(), At: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC), Language: "es", Sheet: []byte("body { color: black }"),
		Parts: []consent.Part{
			{Bytes: []byte("<!doctype html><h1>")}, {Hole: consent.Words, Bytes: []byte("José O'Brien")}, {Bytes: []byte("</h1><p>")},
			{Hole: consent.Answers, Bytes: []byte("ends 9999")}, {Bytes: []byte("</p><p>")}, {Hole: consent.Answers, Bytes: []byte("$25,000")},
			{Bytes: []byte("</p><p>")}, {Hole: consent.Words, Bytes: []byte("(202) 555-0143")}, {Bytes: []byte("</p>")},
		},
	}
}

var drafting = map[string]func(*testing.T, *bench){
	"a draft is found again, by another process too": func(t *testing.T, b *bench) {
		want := b.start(t)
		for _, s := range []drafts{b.Store, b.again(t)} {
			got, err := s.FindDraft(t.Context(), want.Handle.Reveal())
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v, draft (-want +got):\n%s", err, diff)
			}
		}
	},
	"a draft dies 72 hours after its last change": func(t *testing.T, b *bench) {
		d := b.start(t)
		b.clock.forward(48 * time.Hour)
		changed := b.change(t, d, func(d *lead.Draft) { d.Language = "en" })
		if want := b.clock.Now().Add(72 * time.Hour); !changed.ExpiresAt.Equal(want) {
			t.Errorf("kept until %v, want %v", changed.ExpiresAt, want)
		}
		b.clock.forward(72*time.Hour - time.Millisecond)
		if got := b.draft(t, d); got.Language != "en" {
			t.Errorf("language %q", got.Language)
		}
		b.clock.forward(time.Millisecond)
		b.wantNoDraft(t, d)
		b.clock.forward(time.Hour)
		b.wantNoDraft(t, d)
		if _, err := b.ChangeDraft(t.Context(), d.Handle.Reveal(), func(*lead.Draft) {}); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("changed although its time is over: %v", err)
		}
	},
	"a draft that nobody started is not found": func(t *testing.T, b *bench) {
		b.wantNoDraft(t, Draft())
	},
	"a Social Security number is gone 60 minutes after it was typed": func(t *testing.T, b *bench) {
		d := b.start(t)
		if want := b.clock.Now().Add(time.Hour); !d.SSNUntil.Equal(want) {
			t.Errorf("kept until %v, want %v", d.SSNUntil, want)
		}
		b.clock.forward(time.Hour - time.Millisecond)
		b.change(t, d, func(d *lead.Draft) { d.Request = 2 }) // that is no typing
		if got := b.draft(t, d); got.SSN.Reveal() != "219-09-9999" {
			t.Error("the number went too early")
		}
		b.clock.forward(time.Millisecond)
		if got := b.draft(t, d); got.SSN.Given() || !got.SSNUntil.IsZero() || !got.Typed.Given() {
			t.Errorf("after an hour: number given %v, until %v, typed %v", got.SSN.Given(), got.SSNUntil, got.Typed.Given())
		}
		typed := b.change(t, d, func(d *lead.Draft) { d.SSN = lead.Keep("219-09-9998") })
		if want := b.clock.Now().Add(time.Hour); !typed.SSNUntil.Equal(want) {
			t.Errorf("typed again and kept until %v, want %v", typed.SSNUntil, want)
		}
		if cleared := b.change(t, d, func(d *lead.Draft) { d.SSN = lead.Private[string]{} }); !cleared.SSNUntil.IsZero() {
			t.Errorf("cleared and kept until %v", cleared.SSNUntil)
		}
	},
	"nobody can keep a Social Security number for longer": func(t *testing.T, b *bench) {
		d := b.start(t)
		got := b.change(t, d, func(d *lead.Draft) { d.SSNUntil = b.clock.Now().Add(72 * time.Hour) })
		if want := b.clock.Now().Add(time.Hour); !got.SSNUntil.Equal(want) {
			t.Errorf("kept until %v, want %v", got.SSNUntil, want)
		}
	},
	"two tabs lose none of each other's steps": func(t *testing.T, b *bench) {
		d := b.start(t)
		other := b.again(t)
		var ran atomic.Int64
		together(20, func(i int) {
			var s drafts = b.Store
			if i%2 == 1 {
				s = other
			}
			if _, err := s.ChangeDraft(t.Context(), d.Handle.Reveal(), func(d *lead.Draft) {
				ran.Add(1)
				d.Typed = lead.Keep(d.Typed.Reveal() + fmt.Sprintf("&box%d=x", i))
			}); err != nil {
				t.Error(err)
			}
		})
		got := b.draft(t, d).Typed.Reveal()
		for i := range 20 {
			if !strings.Contains(got, fmt.Sprintf("&box%d=x", i)) {
				t.Errorf("step %d is lost", i)
			}
		}
		t.Logf("20 changes took %d runs", ran.Load())
	},
	"a draft tells of the lead that it became, and its number is erased": func(t *testing.T, b *bench) {
		d := b.start(t)
		l, receipt := b.send(t, d, "")
		got := b.draft(t, d)
		if got.Sent != receipt || got.Sent.Handle != l.Handle.Reveal() || got.SSN.Given() || !got.SSNUntil.IsZero() || got.Changed {
			t.Errorf("sent %v at %v, number given %v, changed %v", got.Sent.Handle == l.Handle.Reveal(), got.Sent.ReceivedAt, got.SSN.Given(), got.Changed)
		}
		if got.Typed.Reveal() != d.Typed.Reveal() {
			t.Error("Back would not show what was sent")
		}
		b.change(t, d, func(d *lead.Draft) { d.Language = "en" })
		if b.draft(t, d).Changed {
			t.Error("another language counts as another answer")
		}
		b.change(t, d, func(d *lead.Draft) { d.Typed = lead.Keep("firstName=Ana") })
		if !b.draft(t, d).Changed {
			t.Error("other answers after it was sent, and it does not say so")
		}
		next := b.change(t, d, func(d *lead.Draft) { d.Request = 2 })
		if got := b.draft(t, d); !got.Changed || got.Sent != receipt {
			t.Errorf("before the next request is sent: changed %v, sent %v", got.Changed, got.Sent.ReceivedAt)
		}
		_, again := b.send(t, next, "")
		if got := b.draft(t, d); got.Changed || got.Sent != again || again.Handle == receipt.Handle {
			t.Errorf("after the next request was sent: changed %v, sent %v", got.Changed, got.Sent.ReceivedAt)
		}
	},
	"a new request with the same answers is not sent yet": func(t *testing.T, b *bench) {
		d := b.start(t)
		b.send(t, d, "")
		b.change(t, d, func(d *lead.Draft) { d.Request = 2 }) // the consents differ, which no draft holds
		if !b.draft(t, d).Changed {
			t.Error("the draft says that its second request was sent")
		}
	},
	"a change that was begun before the lead was saved does not undo it": func(t *testing.T, b *bench) {
		d := b.start(t)
		var once bool
		b.change(t, d, func(d *lead.Draft) {
			if !once {
				once = true
				b.send(t, *d, "")
			}
			d.Language = "en"
		})
		if got := b.draft(t, d); got.Sent.Handle == "" || got.SSN.Given() || got.Language != "en" {
			t.Errorf("sent %v, number given %v, language %q", got.Sent.Handle != "", got.SSN.Given(), got.Language)
		}
	},
	"a draft that has expired is no reason to refuse a lead": func(t *testing.T, b *bench) {
		b.send(t, Draft(), "")
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1})
	},
	"where a visitor came from is kept with the lead, and not handed to the courier": func(t *testing.T, b *bench) {
		l := Lead("key")
		l.Origin = lead.Keep(lead.Attribution{UTMSource: "radio", GCLID: "click", Landing: "/es/"})
		if _, err := b.Save(t.Context(), l, Record()); err != nil {
			t.Fatal(err)
		}
		if got := b.find(t, l.ID).Origin; !got.Equal(l.Origin) {
			t.Error("another origin was found than was saved")
		}
		if b.claim(t, lead.Send).Origin.Given() {
			t.Error("the claim opened it")
		}
	},
	"the draft itself is named nowhere": func(t *testing.T, b *bench) {
		d := b.start(t)
		handle := d.Handle.Reveal()
		var n int
		if err := b.behind(t).QueryRow("select count(*) from draft where id = $1 or id like $2", handle, "%"+handle[lead.NameTime:]+"%").Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows are named by the handle, %v", n, err)
		}
	},
}

// drafts is what two processes of one database do with a draft.
type drafts interface {
	FindDraft(ctx context.Context, handle string) (lead.Draft, error)
	ChangeDraft(ctx context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error)
}

// start keeps a new draft and returns it as it is kept.
func (b *bench) start(t *testing.T) lead.Draft {
	t.Helper()
	d := Draft()
	if err := b.StartDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	d.StartedAt, d.ExpiresAt, d.SSNUntil = b.clock.Now(), b.clock.Now().Add(lead.DraftKept), b.clock.Now().Add(lead.DraftSSNKept)
	return d
}

func (b *bench) draft(t *testing.T, d lead.Draft) lead.Draft {
	t.Helper()
	got, err := b.FindDraft(t.Context(), d.Handle.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (b *bench) change(t *testing.T, d lead.Draft, change func(*lead.Draft)) lead.Draft {
	t.Helper()
	got, err := b.ChangeDraft(t.Context(), d.Handle.Reveal(), change)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.draft(t, d), got); diff != "" {
		t.Errorf("it returned another draft than it kept (-kept +returned):\n%s", diff)
	}
	return got
}

func (b *bench) wantNoDraft(t *testing.T, d lead.Draft) {
	t.Helper()
	if _, err := b.FindDraft(t.Context(), d.Handle.Reveal()); !errors.Is(err, lead.ErrNotFound) {
		t.Errorf("got %v, want lead.ErrNotFound", err)
	}
}

// send saves a lead that was made from the draft, on a page if there is one.
func (b *bench) send(t *testing.T, d lead.Draft, page string) (lead.Lead, lead.Receipt) {
	t.Helper()
	l, record := Lead(lead.NewName()), Record()
	l.Draft, l.Request, l.DraftVersion, record.PageID = d.Handle, d.Request, d.Version, page
	receipt, err := b.Save(t.Context(), l, record)
	if err != nil {
		t.Fatal(err)
	}
	l.Handle = lead.Keep(b.handle(l.ID))
	return l, receipt
}
