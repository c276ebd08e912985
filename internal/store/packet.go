package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
)

// Proof is a consent record, opened, with what proves it.
type Proof struct {
	Record     consent.Record
	Page       consent.Page // without an id when there is none, or none any more
	PageLength int          // of the page as it was sent
	PageSalt   []byte       // of its FullSHA256; nil once the answers are erased

	Link       consent.Link // without a number while it is not in the chain
	DigestSalt []byte       // of the hashes among its facts; nil once the evidence is erased
	Head       consent.Head // the end of the chain, signed; never before the link
}

// Proof returns what a packet of evidence about a lead is made of. The page is put together and held
// against its hashes; the link is as it is stored, for others to verify. No such lead is
// lead.ErrNotFound.
func (s *Store) Proof(ctx context.Context, id lead.PartnerID) (Proof, error) {
	list, err := s.readEvidence(ctx, evidenceSQL, id)
	if err == nil && len(list) == 0 {
		err = lead.ErrNotFound
	}
	if err != nil {
		return Proof{}, fmt.Errorf("prove the consent of lead %s: %w", id, db.Clean(err))
	}
	p, err := s.prove(ctx, list[0])
	if err == nil {
		p.Head, err = s.ConsentHead(ctx) // after the link was read
	}
	if err != nil {
		return Proof{}, fmt.Errorf("prove the consent of lead %s: %w", id, db.Clean(err))
	}
	return p, nil
}

func (s *Store) prove(ctx context.Context, e evidence) (Proof, error) {
	p := Proof{Record: e.record, PageLength: e.page.length}
	if json.Unmarshal([]byte(e.acts), &p.Record.Acts) != nil {
		return p, audit.Broken("its acts are damaged")
	}
	for i, f := range sealedConsent(&p.Record) {
		if err := s.openField(f, e.sealed[i], string(e.lead), consentPlace); err != nil {
			return p, err
		}
	}
	if e.seq.Valid {
		p.Link = consent.Link{Seq: e.seq.Int64, Facts: e.facts(), Previous: e.previous, Hash: e.hash}
	}
	var err error
	if e.salt != nil {
		if p.DigestSalt, err = s.keys.Open(e.salt, string(e.lead), consentPlace+"digest_salt"); err != nil {
			return p, err
		}
	}
	return p, s.provePage(ctx, e.page, &p)
}

// provePage adds the page unless its words are erased.
func (s *Store) provePage(ctx context.Context, k keptPage, p *Proof) (err error) {
	if k.words == nil {
		return nil
	}
	if p.Page, err = s.assemble(ctx, k); err != nil || k.salt == nil {
		return err
	}
	p.PageSalt, err = s.keys.Open(k.salt, k.id, pagePlace+"salt")
	return err
}

var optOutsSQL = "select " + strings.Join(optOutColumns[:4], ", ") + ", " + strings.Join(optOutColumns[6:], ", ") +
	" from opt_out where phone_index = $1 or email_index = $1"

// OptOutsOf lists the opt-outs that name one of the phones or the address, oldest first. Empty ones
// find nothing.
func (s *Store) OptOutsOf(ctx context.Context, phones []string, email string) ([]lead.OptOut, error) {
	persons := [][]byte{s.index("email", strings.ToLower(email))}
	for _, phone := range phones {
		persons = append(persons, s.index("phone", phone))
	}
	found := map[string]lead.OptOut{} // by id: one may name a phone and the address
	for _, person := range persons {
		if person == nil {
			continue
		}
		if err := s.addOptOuts(ctx, person, found); err != nil {
			return nil, fmt.Errorf("look for opt-outs: %w", db.Clean(err))
		}
	}
	var list []lead.OptOut
	for _, o := range found {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b lead.OptOut) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Channel, b.Channel)) })
	return list, nil
}

func (s *Store) addOptOuts(ctx context.Context, person []byte, found map[string]lead.OptOut) error {
	rows, err := s.engine.Reader().QueryContext(ctx, optOutsSQL, person)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		var id string
		var at time.Time
		var o lead.OptOut
		private := sealedOptOut(&o)
		sealed := make([][]byte, len(private))
		dest := []any{&id, millis{&at}, &o.Channel, &o.Language}
		for i := range sealed {
			dest = append(dest, &sealed[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i, f := range private {
			if err := s.openField(f, sealed[i], id, optOutPlace); err != nil {
				return err
			}
		}
		o.At = at
		found[id] = o
	}
	return rows.Err()
}
