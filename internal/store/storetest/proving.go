package storetest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/erasure"
	"intake/internal/store/proof"
)

var proving = map[string]func(*testing.T, *bench){
	"a record is proved by its page, its link and the salts of both": func(t *testing.T, b *bench) {
		b.save(t, "first")
		d := b.start(t)
		page := b.show(t, d)
		l, _ := b.send(t, d, page.ID)
		want := Record()
		want.PageID = page.ID
		p := b.prove(t, l.ID)
		if diff := cmp.Diff(want, p.Record); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
		if !bytes.Equal(p.Page.Bytes(), page.Bytes()) || p.PageLength != len(page.Bytes()) || consent.Digest(p.PageSalt, page.Bytes()) != p.Page.FullSHA256 {
			t.Error("its page, length and salt are not those of the page")
		}
		if p.Link.Seq != 0 || p.Link.Hash != nil || p.DigestSalt != nil || p.Head.Seq != 0 {
			t.Errorf("link %d of a record that is in no chain", p.Link.Seq)
		}
		b.chain(t)
		p = b.prove(t, l.ID)
		if _, err := (consent.Head{Seq: p.Link.Seq - 1, Hash: p.Link.Previous}).Follow(p.Link); err != nil || p.Link.Seq == 0 {
			t.Errorf("link %d: %v", p.Link.Seq, err)
		}
		if got, want := fact(p.Link, "person_name"), consent.Digest(p.DigestSalt, []byte("person_name\x00José O'Brien")); got != want {
			t.Errorf("the link has the name as %s, want %s", got, want)
		}
		if p.Head.Seq != 2 || !seal.Verify(b.options.Keys.Public(), p.Head.Statement(), p.Head.Signature) {
			t.Errorf("head %d is not the end, or not signed", p.Head.Seq)
		}
	},
	"what is erased is not in the proof, and the link is": func(t *testing.T, b *bench) {
		d := b.start(t)
		page := b.show(t, d)
		l, _ := b.send(t, d, page.ID)
		b.chain(t)
		before := b.prove(t, l.ID)
		b.clock.forward(91 * day)
		b.wantErased(t, erasure.Erased{SSNs: 1, Answers: 1})
		p := b.prove(t, l.ID)
		if !p.Page.Erased || p.PageSalt != nil || p.PageLength != len(page.Bytes()) || p.DigestSalt == nil || !p.Record.PersonName.Given() {
			t.Errorf("without the answers: page erased %v, %d bytes, salts %d and %d", p.Page.Erased, p.PageLength, len(p.PageSalt), len(p.DigestSalt))
		}
		b.clock.forward(1825 * day)
		b.wantErased(t, erasure.Erased{Evidence: 1})
		p = b.prove(t, l.ID)
		if p.Page.ID != "" || p.DigestSalt != nil || p.Record.PersonName.Given() || p.Record.UserAgent.Given() {
			t.Errorf("without the evidence: page %q, %d bytes of salt", p.Page.ID, len(p.DigestSalt))
		}
		if diff := cmp.Diff(before.Link, p.Link); diff != "" {
			t.Errorf("link (-before +after):\n%s", diff)
		}
	},
	"nobody is proved who is not there, and nothing that is damaged": func(t *testing.T, b *bench) {
		if _, err := b.Proof(t.Context(), lead.NewPartnerID()); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("got %v, want lead.ErrNotFound", err)
		}
		for _, damage := range []string{
			"update lead set consent = 'x'", "update lead_private set evidence_key = answers_key", "update lead set evidence = answers",
			"update page_private set answers_key = words_key", "update shown_page set full_sha256 = 'x'",
		} {
			d := b.start(t)
			l, _ := b.send(t, d, b.show(t, d).ID)
			b.chain(t)
			b.exec(t, damage)
			if _, err := b.Proof(t.Context(), l.ID); err == nil {
				t.Errorf("%s: nobody noticed", damage)
			}
		}
	},
	"opt-outs are found by any phone and the address, once each": func(t *testing.T, b *bench) {
		for i, o := range []lead.OptOut{
			{Phone: lead.Keep("2025550143"), Email: lead.Keep("jose@example.com"), ClientIP: lead.Keep("198.51.100.7"), UserAgent: lead.Keep("Browser/1.0")},
			{Phone: lead.Keep("2025550144")}, {Email: lead.Keep("JOSE@example.com")}, {Phone: lead.Keep("2025550199")},
		} {
			o.At, o.Channel, o.Language = b.clock.Now().Add(-time.Duration(i)*time.Hour), "web", "es"
			b.optOut(t, o)
		}
		got, err := b.OptOutsOf(t.Context(), []string{"2025550143", "", "2025550144"}, "Jose@Example.com")
		if err != nil || len(got) != 3 {
			t.Fatalf("%d opt-outs, %v", len(got), err)
		}
		for i, want := range []string{"", "2025550144", "2025550143"} { // oldest first
			if got[i].Phone.Reveal() != want || !got[i].At.Equal(b.clock.Now().Add(time.Duration(i-2)*time.Hour)) {
				t.Errorf("opt-out %d at %v", i, got[i].At)
			}
		}
		if last := got[2]; last.Email.Reveal() != "jose@example.com" || last.ClientIP.Reveal() != "198.51.100.7" || last.UserAgent.Reveal() != "Browser/1.0" || last.Channel != "web" || last.Language != "es" {
			t.Error("an opt-out is not as it was written")
		}
		if got, err := b.OptOutsOf(t.Context(), []string{""}, ""); err != nil || got != nil {
			t.Errorf("nobody opted out %d times, %v", len(got), err)
		}
	},
}

func (b *bench) prove(t *testing.T, id lead.PartnerID) proof.Proof {
	t.Helper()
	p, err := b.Proof(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fact(l consent.Link, name string) string {
	for _, f := range l.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return "nothing"
}
