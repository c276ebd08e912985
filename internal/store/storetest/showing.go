package storetest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/erasure"
)

var showing = map[string]func(*testing.T, *bench){
	"a page is put together byte for byte": func(t *testing.T, b *bench) {
		want := b.show(t, b.start(t))
		got, err := b.again(t).FindPage(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) || !bytes.Equal(got.Sheet, want.Sheet) || got.Erased {
			t.Errorf("got %q", got.Bytes())
		}
		got.FullSHA256, got.KeptSHA256 = "", ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
	},
	"what pages have in common is kept once": func(t *testing.T, b *bench) {
		d := b.start(t)
		b.show(t, d)
		b.show(t, d)
		other := b.again(t) // which does not know what is there
		if err := other.KeepPage(t.Context(), d.Handle.Reveal(), Page()); err != nil {
			t.Fatal(err)
		}
		if n := b.count(t, "select count(*) from page_part"); n != 5 { // four shells that differ, and the sheet
			t.Errorf("%d parts", n)
		}
	},
	"a page for nobody is not kept": func(t *testing.T, b *bench) {
		p := Page()
		if err := b.KeepPage(t.Context(), lead.NewHandle(), p); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("got %v, want lead.ErrNotFound", err)
		}
		if _, err := b.FindPage(t.Context(), p.ID); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("found: %v", err)
		}
	},
	"a page that could not be found again is refused": func(t *testing.T, b *bench) {
		d := b.start(t)
		for story, edit := range map[string]func(*consent.Page){
			"no id":           func(p *consent.Page) { p.ID = "" },
			"an id of others": func(p *consent.Page) { p.ID = "0123456789 abcdefg" },
			"an unknown part": func(p *consent.Page) { p.Parts[1].Hole = "salt" },
		} {
			p := Page()
			edit(&p)
			if err := b.KeepPage(t.Context(), d.Handle.Reveal(), p); err == nil {
				t.Errorf("%s: kept", story)
			}
		}
		if n := b.count(t, "select count(*) from shown_page"); n != 0 {
			t.Errorf("%d pages", n)
		}
	},
	"only a page that was shown with the draft can be accepted": func(t *testing.T, b *bench) {
		mine, other := b.start(t), b.start(t)
		stranger := b.show(t, other).ID
		for story, act := range map[string]struct{ draft, page string }{
			"a stranger's":     {mine.Handle.Reveal(), stranger},
			"one never shown":  {mine.Handle.Reveal(), lead.NewName()},
			"another draft":    {lead.NewHandle(), stranger},
			"an unknown draft": {lead.NewHandle(), stranger},
		} {
			l, record := Lead(lead.NewName()), Record()
			record.PageID = act.page
			l.Draft = lead.Keep(act.draft)
			if _, err := b.Save(t.Context(), l, record); !errors.Is(err, lead.ErrNoPage) {
				t.Errorf("%s: got %v, want lead.ErrNoPage", story, err)
			}
		}
		b.wantCounts(t, map[lead.Status]int{})
		if n := b.count(t, "select count(*) from lead_private"); n != 0 {
			t.Errorf("%d leads have keys", n)
		}
		if b.draft(t, mine).Sent.Handle != "" {
			t.Error("the draft is marked as sent")
		}
		l, _ := b.send(t, mine, b.show(t, mine).ID)
		if b.prove(t, l.ID).Record.PageID == "" {
			t.Error("the lead has no page")
		}
	},
	"two sendings at once of a shown page get one receipt": func(t *testing.T, b *bench) {
		d := b.start(t)
		page := b.show(t, d).ID
		receipts := make([]lead.Receipt, 50)
		together(len(receipts), func(i int) {
			l, record := Lead("one key"), Record()
			l.Draft, record.PageID = d.Handle, page
			var err error
			if receipts[i], err = b.Save(t.Context(), l, record); err != nil {
				t.Error(err)
			}
		})
		for _, receipt := range receipts {
			if receipt.Handle != receipts[0].Handle || !receipt.ReceivedAt.Equal(receipts[0].ReceivedAt) {
				t.Fatalf("receipts differ: %v and %v", receipt, receipts[0])
			}
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1})
		if got := b.draft(t, d).Sent; got.Handle != receipts[0].Handle {
			t.Errorf("the draft was sent at %v, the receipt says %v", got.ReceivedAt, receipts[0].ReceivedAt)
		}
	},
	"the answers go in their time and leave a marked hole": func(t *testing.T, b *bench) {
		d := b.start(t)
		page := b.show(t, d)
		b.send(t, d, page.ID)
		before, err := b.FindPage(t.Context(), page.ID)
		if err != nil {
			t.Fatal(err)
		}
		b.clock.forward(91 * day)
		b.wantErased(t, erasure.Erased{SSNs: 1, Answers: 1})
		got, err := b.FindPage(t.Context(), page.ID)
		if err != nil || !got.Erased || got.KeptSHA256 != before.KeptSHA256 || got.FullSHA256 != before.FullSHA256 {
			t.Fatalf("erased %v, hashes kept %v, %v", got.Erased, got.KeptSHA256 == before.KeptSHA256, err)
		}
		for i, part := range got.Parts {
			if want := page.Parts[i]; part.Hole == consent.Answers {
				if !bytes.HasPrefix(part.Bytes, []byte("<!-- answers erased")) {
					t.Errorf("part %d: %q", i, part.Bytes)
				}
			} else if !bytes.Equal(part.Bytes, want.Bytes) {
				t.Errorf("part %d: %q, want %q", i, part.Bytes, want.Bytes)
			}
		}
		if n := b.count(t, "select count(shown_page.answers) + count(answers_key) from shown_page join page_private on page_id = id"); n != 0 {
			t.Errorf("%d values are left", n)
		}
		b.clock.forward(1825 * day)
		b.wantErased(t, erasure.Erased{Evidence: 1})
		if _, err := b.FindPage(t.Context(), page.ID); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("after the evidence went: %v", err)
		}
		if n := b.count(t, "select count(words) + count(words_key) + count(kept_sha256) from shown_page join page_private on page_id = id"); n != 0 {
			t.Errorf("%d values are left", n)
		}
	},
	"a page of which one byte was changed is refused": func(t *testing.T, b *bench) {
		page := b.show(t, b.start(t))
		for story, query := range map[string]string{
			"a hash of the whole":    "update shown_page set full_sha256 = '00'",
			"a hash of what is kept": "update page_private set kept_sha256 = '00'",
			"the style sheet":        "update page_part set bytes = cast('x' as " + b.bytesType() + ") where sha256 = (select sheet from shown_page)",
			"a part":                 "update page_part set bytes = cast('x' as " + b.bytesType() + ") where sha256 = (select min(sha256) from page_part)",
		} {
			b.exec(t, query)
			if _, err := b.FindPage(t.Context(), page.ID); err == nil {
				t.Errorf("%s: nobody noticed", story)
			}
			b.exec(t, "delete from page_private")
			b.exec(t, "delete from shown_page")
			b.exec(t, "delete from page_part")
			b.Store = b.again(t) // it knows of no part
			page = b.show(t, b.start(t))
		}
	},
}

// show keeps a page for the owner of the draft.
func (b *bench) show(t *testing.T, d lead.Draft) consent.Page {
	t.Helper()
	p := Page()
	if err := b.KeepPage(t.Context(), d.Handle.Reveal(), p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (b *bench) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := b.behind(t).QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// bytesType is the engine's name of a column of bytes.
func (b *bench) bytesType() string {
	if b.onSQLite() {
		return "blob"
	}
	return "bytea"
}
