package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
)

func TestRecord_IsReadBackByteForByte(t *testing.T) {
	want := consent.Record{PersonName: lead.Keep("José\x00\xff"), Phone: lead.Keep(""), UserAgent: lead.Keep(strings.Repeat("x", 70_000))}
	var got consent.Record
	if err := decode(encode(evidenceFields(&want)), evidenceFields(&got)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecord_ThatIsDamagedSaysSoWithoutAValue(t *testing.T) {
	whole := encode(evidenceFields(&consent.Record{PersonName: lead.Keep("José"), Phone: lead.Keep("2025550143")}))
	for n := range len(whole) {
		var r consent.Record
		if err := decode(whole[:n], evidenceFields(&r)); err == nil && (n > 0 && r.Phone.Given()) {
			t.Errorf("%d of %d bytes are read as a whole record", n, len(whole))
		}
	}
	for story, record := range map[string][]byte{
		"a name that nobody knows":      encode([]lead.Answer{private("shoeSize", ptr(lead.Keep("José")))}),
		"a length beyond the end":       {200, 1},
		"a number that never ends":      slices.Repeat([]byte{0xff}, 20),
		"names in another order":        append(encode([]lead.Answer{private("phone", ptr(lead.Keep("José")))}), encode([]lead.Answer{private("person_name", ptr(lead.Keep("José")))})...),
		"the name without its own text": whole[:len("person_name")+1],
	} {
		var r consent.Record
		if err := decode(record, evidenceFields(&r)); !errors.Is(err, errDamagedRecord) || strings.Contains(err.Error(), "José") {
			t.Errorf("%s: %v", story, err)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// Whoever has the keys can seal another record under the same data key; the link in the chain tells.
func TestVerifyChain_FindsEvidenceThatWasSealedAnew(t *testing.T) {
	s, _ := newStore(t)
	l := lead.Lead{ID: lead.NewPartnerID(), Draft: lead.Keep("key"), Request: 1, Language: "en"}
	if _, err := s.Save(t.Context(), l, consent.Record{At: time.Now(), PersonName: lead.Keep("Maria Example")}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Chain(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	r, err := evidenceTable.One(t.Context(), s.leads.Engine.Reader(), evidenceSQL, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.leads.Keys.Unwrap(r.evidenceKey, string(l.ID), evidenceClass)
	if err != nil {
		t.Fatal(err)
	}
	forged := key.Seal(encode(evidenceFields(&consent.Record{PersonName: lead.Keep("Ana Example")})), string(l.ID), evidenceClass)
	_, err = db.Write(t.Context(), s.leads.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, "update lead set evidence = $1 where id = $2", forged, l.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyChain(t.Context()); !errors.Is(err, audit.ErrBroken) || !strings.Contains(err.Error(), "[person_name]: not as it was written") {
		t.Errorf("got %v", err)
	}
}
