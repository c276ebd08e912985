package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
)

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
	r, err := leadtable.One(t.Context(), s.leads.Engine.Reader(), "select lead_id as id, evidence_key from lead_private where lead_id = $1", l.ID)
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.leads.Keys.Unwrap(r.EvidenceKey, string(l.ID), leadtable.EvidenceClass)
	if err != nil {
		t.Fatal(err)
	}
	name := lead.Keep("Ana Example")
	forged := key.Seal(leadtable.Encode([]lead.Answer{leadtable.Private("person_name", &name)}), string(l.ID), leadtable.EvidenceClass)
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
