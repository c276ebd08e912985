package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/erasure"
	"intake/internal/store/proof"
)

var chaining = map[string]func(*testing.T, *bench){
	"every record gets its link, oldest first, and the head is signed": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 150)
		if n, oldest, err := b.Unchained(t.Context()); err != nil || n != 150 || !oldest.Equal(Record().At) {
			t.Errorf("%d wait since %v, %v", n, oldest, err)
		}
		n, head, err := b.Chain(t.Context(), 120)
		if err != nil || n != 120 || head.Seq != 120 {
			t.Fatalf("linked %d, head %d, %v", n, head.Seq, err)
		}
		n, head, err = b.again(t).Chain(t.Context(), 120)
		if err != nil || n != 30 || head.Seq != 150 || !head.At.Equal(b.clock.Now()) {
			t.Fatalf("linked %d, head %d at %v, %v", n, head.Seq, head.At, err)
		}
		if !seal.Verify(b.options.Keys.Public(), head.Statement(), head.Signature) {
			t.Error("the head is not signed by the keys of the database")
		}
		b.wantChain(t, proof.ChainReport{Linked: 150})
		if n, again, err := b.Chain(t.Context(), 5); err != nil || n != 0 || !cmp.Equal(again, head) {
			t.Errorf("linked %d more, %v", n, err)
		}
	},
	"two processes make one chain": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 250)
		other := b.again(t)
		linked := make([]int, 4)
		together(len(linked), func(i int) {
			s := b.Store
			if i%2 == 1 {
				s = other
			}
			var err error
			if linked[i], _, err = s.Chain(t.Context(), 1000); err != nil {
				t.Error(err)
			}
		})
		if sum := linked[0] + linked[1] + linked[2] + linked[3]; sum != 250 {
			t.Errorf("%v links, want 250 in all", linked)
		}
		b.wantChain(t, proof.ChainReport{Linked: 250})
	},
	"the page that was accepted is in the chain": func(t *testing.T, b *bench) {
		d := b.start(t)
		b.send(t, d, b.show(t, d).ID)
		b.chain(t)
		b.wantChain(t, proof.ChainReport{Linked: 1, Pages: 1})
	},
	"it verifies when the answers are erased, and when the evidence is": func(t *testing.T, b *bench) {
		d := b.start(t)
		b.send(t, d, b.show(t, d).ID)
		b.save(t, "key")
		b.chain(t)
		b.clock.forward(91 * day)
		b.wantErased(t, erasure.Erased{SSNs: 2, Answers: 2})
		b.wantChain(t, proof.ChainReport{Linked: 2, Pages: 1})
		b.clock.forward(1825 * day)
		b.wantErased(t, erasure.Erased{Evidence: 2})
		b.wantChain(t, proof.ChainReport{Linked: 2, Erased: 2})
	},
	"it verifies after a rotation of the keys, and its head has the same key": func(t *testing.T, b *bench) {
		d := b.start(t)
		b.send(t, d, b.show(t, d).ID)
		b.chain(t)
		public := b.options.Keys.Public()
		b.promoted(t)
		if _, err := b.Reseal(t.Context(), by, func(int) {}); err != nil {
			t.Fatal(err)
		}
		b.wantChain(t, proof.ChainReport{Linked: 1, Pages: 1})
		if !b.options.Keys.Public().Equal(public) {
			t.Error("another signing key")
		}
	},
	"a record whose values do not open stays outside, and says so": func(t *testing.T, b *bench) {
		l := b.save(t, "broken")
		b.saveGroup(t, "key", 50)
		b.exec(t, "update lead set evidence = answers where id = $1", l.ID)
		n, head, err := b.Chain(t.Context(), 100)
		if err == nil || !strings.Contains(err.Error(), string(l.ID)) || n != 50 || head.Seq != 50 {
			t.Errorf("linked %d, head %d, %v", n, head.Seq, err)
		}
		b.wantChain(t, proof.ChainReport{Linked: 50, Unchained: 1, Oldest: Record().At})
	},
	"what was changed is found": func(t *testing.T, b *bench) {
		d := b.start(t)
		first, _ := b.send(t, d, b.show(t, d).ID)
		b.chain(t) // leads of one millisecond are linked in no order
		b.save(t, "second")
		b.save(t, "third")
		b.chain(t)
		number := b.behind(t)
		for i, tt := range []struct{ change, back, want string }{
			{replaceConsent(`"consumer-web"`, `"paper"`), replaceConsent(`"paper"`, `"consumer-web"`), "not as it was written"},
			{replaceConsent(`"given":true`, `"given":false`), replaceConsent(`"given":false`, `"given":true`), "not as it was written"},
			{replaceConsent(`"gpc":true`, `"gpc":false`), replaceConsent(`"gpc":false`, `"gpc":true`), "not as it was written"},
			{"update shown_page set language = 'en' where '%s' <> ''", "update shown_page set language = 'es'", "not as it was written"},
			{"update consent_link set seq = 9 where lead_id = '%s'", "update consent_link set seq = 1 where seq = 9", "is missing"},
			{"update consent_link set seq = 9 where seq = 3 and '%s' <> ''", "update consent_link set seq = 3 where seq = 9", "is missing"},
			{"update consent_link set seq = -3 where seq = 3 and '%s' <> ''", "update consent_link set seq = 3 where seq = -3", "end with link 2 and should end with 3"},
			{"update chain_head set seq = 2 where chain = 'consent records' and '%s' <> ''", "update chain_head set seq = 3 where chain = 'consent records'", "end with link 3 and should end with 2"},
			{"update consent_link set digests = '{}' where lead_id = '%s'", "", "not as it was written"},
		} {
			if _, err := number.Exec(fmt.Sprintf(tt.change, first.ID)); err != nil {
				t.Fatal(err)
			}
			if _, err := b.VerifyChain(t.Context()); !errors.Is(err, audit.ErrBroken) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("change %d: %v, want %q", i, err, tt.want)
			}
			if tt.back != "" {
				b.exec(t, strings.ReplaceAll(tt.back, "'%s'", "id"))
				b.wantChain(t, proof.ChainReport{Linked: 3, Pages: 1})
			}
		}
	},
	"everything in a record is in its link": func(t *testing.T, b *bench) {
		d := b.start(t)
		b.send(t, d, b.show(t, d).ID)
		b.chain(t)
		var text string
		if err := b.behind(t).QueryRow("select consent from lead").Scan(&text); err != nil {
			t.Fatal(err)
		}
		var record map[string]any
		if err := json.Unmarshal([]byte(text), &record); err != nil || len(record) < 13 {
			t.Fatalf("a record of %d parts, %v", len(record), err)
		}
		for name, was := range record {
			record[name] = otherValue(was)
			other, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			record[name] = was
			b.wantLinkBroken(t, "lead", "consent", "$1", string(other))
		}
		b.wantLinkBroken(t, "lead", "page_id", "page_id || 'x'")
		for _, column := range []string{"at", "length"} {
			b.wantLinkBroken(t, "shown_page", column, "1 - "+column)
		}
		for _, column := range []string{"language", "full_sha256", "sheet"} {
			b.wantLinkBroken(t, "shown_page", column, column+" || 'x'")
		}
		b.wantChain(t, proof.ChainReport{Linked: 1, Pages: 1})
	},
	"what is sealed cannot be taken away or swapped unnoticed": func(t *testing.T, b *bench) {
		for _, tt := range []struct{ change, want string }{
			{"update lead set evidence = null", "not as it was written"},
			{"update lead_private set evidence_key = null", "the key is gone although not everything was erased"},
			{"update lead set evidence = null; update lead_private set evidence_key = null", "the history tells of no erasure"},
			{"update lead set evidence = answers", "does not open"},
			{"update lead_private set evidence_key = answers_key", "does not open"},
			{"update page_private set kept_sha256 = 'x'", "[page_kept_sha256]: not as it was written"},
			{"update shown_page set words = answers", "does not open"},
			{"update page_private set words_key = answers_key", "does not open"},
		} {
			withPage := strings.Contains(tt.change, "page")
			var l lead.Lead
			if d := b.start(t); withPage {
				l, _ = b.send(t, d, b.show(t, d).ID)
			} else {
				l, _ = b.send(t, d, "")
			}
			b.chain(t)
			for statement := range strings.SplitSeq(tt.change, "; ") {
				b.exec(t, statement)
			}
			if _, err := b.VerifyChain(t.Context()); !errors.Is(err, audit.ErrBroken) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), string(l.ID)) {
				t.Errorf("%s: %v, want %q and the lead", tt.change, err, tt.want)
			}
			for _, table := range []string{"lead_person", "lead_reference", "lead_event", "consent_link", "lead_private", "page_private", "shown_page", "lead"} {
				b.exec(t, "delete from "+table)
			}
			b.exec(t, "update chain_head set seq = 0, hash = null where chain = 'consent records'")
		}
	},
	"a zone cannot be taken out of its link": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.chain(t)
		var text string
		if err := b.behind(t).QueryRow("select digests from consent_link").Scan(&text); err != nil {
			t.Fatal(err)
		}
		digests := map[string]string{}
		if err := json.Unmarshal([]byte(text), &digests); err != nil || digests["zone"] == "" {
			t.Fatalf("the digests are %s, %v", text, err)
		}
		delete(digests, "zone")
		left, err := json.Marshal(digests)
		if err != nil {
			t.Fatal(err)
		}
		b.exec(t, "update consent_link set digests = $1", string(left))
		if _, err := b.VerifyChain(t.Context()); !errors.Is(err, audit.ErrBroken) || !strings.Contains(err.Error(), "consent link 1 is not as it was written") {
			t.Errorf("got %v", err)
		}
	},
	"its end is verified alone": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 250)
		b.chain(t)
		before, err := b.VerifyConsentTail(t.Context(), audit.Head{})
		if err != nil || before.Head.Seq != 250 {
			t.Fatalf("head %d, %v", before.Head.Seq, err)
		}
		change := func(link int, old, now string) {
			b.exec(t, "update lead set consent = replace(consent, $1, $2) where id = (select lead_id from consent_link where seq = $3)", old, now, link)
		}
		change(10, `"consumer-web"`, `"paper"`)
		b.wantTail(t, before.Head, "")
		if _, err := b.VerifyConsent(t.Context(), nil); !errors.Is(err, audit.ErrBroken) {
			t.Errorf("a change far from the end: %v", err)
		}
		change(240, `"consumer-web"`, `"paper"`)
		b.wantTail(t, before.Head, "not as it was written")
		change(240, `"paper"`, `"consumer-web"`)
		b.exec(t, "delete from consent_link where seq = 250")
		b.exec(t, "update chain_head set seq = 249, hash = (select hash from consent_link where seq = 249) where chain = 'consent records'")
		b.wantTail(t, audit.Head{}, "")
		b.wantTail(t, before.Head, "lack the link 250")
		b.wantTail(t, audit.Head{Seq: 249, Hash: before.Head.Hash}, "do not hold the link that was their head before")
		b.exec(t, "delete from consent_link where seq = 49")
		b.wantTail(t, audit.Head{}, "lack the link 49")
	},
	"a chain that was forged anew does not hold a head that was written down": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 50)
		b.chain(t)
		head, err := b.ConsentHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		file, err := json.Marshal(head)
		if err != nil {
			t.Fatal(err)
		}
		var known consent.Head
		if err := json.Unmarshal(file, &known); err != nil {
			t.Fatal(err)
		}
		b.saveGroup(t, "more", 50)
		b.chain(t)
		if holds, err := b.Holds(t.Context(), known); err != nil || !holds {
			t.Errorf("holds %v, %v", holds, err)
		}
		if report, err := b.VerifyConsent(t.Context(), known.Hash); err != nil || report.Head.Seq != 100 {
			t.Errorf("head %d, %v", report.Head.Seq, err)
		}
		changed := known
		changed.At = changed.At.Add(time.Millisecond)
		if holds, err := b.Holds(t.Context(), changed); err != nil || holds {
			t.Errorf("a head that was changed passes: %v, %v", holds, err)
		}
		b.exec(t, strings.ReplaceAll(replaceConsent("consumer-web", "paper"), "'%s'", "id"))
		b.exec(t, "delete from consent_link")
		b.exec(t, "update lead_private set link = null")
		b.exec(t, "update chain_head set seq = 0, hash = null where chain = 'consent records'")
		b.chain(t) // by somebody who has the keys
		b.wantChain(t, proof.ChainReport{Linked: 100})
		if _, err := b.VerifyConsent(t.Context(), known.Hash); !errors.Is(err, audit.ErrBroken) {
			t.Errorf("whoever knows the hash alone: %v", err)
		}
		if holds, err := b.Holds(t.Context(), known); err != nil || holds {
			t.Errorf("a forged chain holds it: %v, %v", holds, err)
		}
	},
}

// replaceConsent changes the consent record of a lead, %s.
func replaceConsent(old, now string) string {
	return "update lead set consent = replace(consent, '" + old + "', '" + now + "') where id = '%s'"
}

// otherValue is a value of the same kind.
func otherValue(was any) any {
	switch was := was.(type) {
	case string:
		return was + "x"
	case bool:
		return !was
	case float64:
		return 1 - was
	}
	return []any{}
}

// wantLinkBroken changes a column, wants that to be found, and changes it back.
func (b *bench) wantLinkBroken(t *testing.T, table, column, other string, args ...any) {
	t.Helper()
	behind := b.behind(t)
	var was any
	if err := behind.QueryRow("select " + column + " from " + table).Scan(&was); err != nil {
		t.Fatal(err)
	}
	if _, err := behind.Exec("update "+table+" set "+column+" = "+other, args...); err != nil {
		t.Fatal(err)
	}
	if _, err := b.VerifyChain(t.Context()); !errors.Is(err, audit.ErrBroken) || !strings.Contains(err.Error(), "consent link 1 is not as it was written") {
		t.Errorf("%s of %s, %v: %v", column, table, args, err)
	}
	if _, err := behind.Exec("update "+table+" set "+column+" = $1", was); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantChain(t *testing.T, want proof.ChainReport) {
	t.Helper()
	got, err := b.VerifyChain(t.Context())
	if err != nil {
		t.Error(err)
	}
	got.Head = consent.Head{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("chain (-want +got):\n%s", diff)
	}
}

// chain links everything that is not in the chain yet.
func (b *bench) chain(t *testing.T) {
	t.Helper()
	if _, _, err := b.Chain(t.Context(), 10_000); err != nil {
		t.Fatal(err)
	}
}

// wantTail verifies the end of the chain; want is what is said of a break, or empty.
func (b *bench) wantTail(t *testing.T, known audit.Head, want string) {
	t.Helper()
	switch _, err := b.VerifyConsentTail(t.Context(), known); {
	case want == "" && err != nil:
		t.Errorf("the end is said to be broken: %v", err)
	case want != "" && !isBroken(err, want):
		t.Errorf("got %v, want %q", err, want)
	}
}
