package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

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

func (s *Store) prove(ctx context.Context, e evidence) (p Proof, err error) {
	p.PageLength = e.page.length
	if p.Record, err = s.openConsent(&e.leadRow); err != nil {
		return p, err
	}
	if e.seq > 0 {
		p.Link = consent.Link{Seq: e.seq, Facts: e.facts(), Previous: e.previous, Hash: e.hash}
	}
	if e.seq > 0 && e.evidenceKey != nil {
		key, err := s.keys.Unwrap(e.evidenceKey, string(e.ID), evidenceClass)
		if err != nil {
			return p, err
		}
		p.DigestSalt = key.Salt()
	}
	return p, s.provePage(ctx, e.page, &p)
}

// provePage adds the page unless its words are erased.
func (s *Store) provePage(ctx context.Context, r pageRow, p *Proof) (err error) {
	if r.wordsKey == nil {
		return nil
	}
	if p.Page, err = s.assemble(ctx, r); err == nil {
		_, p.PageSalt, err = s.openPage(r)
	}
	return err
}

const optOutsSQL = "select id, at, channel, language, person from opt_out where phone_index = $1 or email_index = $1"

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
	rows, err := optOutTable.All(ctx, s.engine.Reader(), optOutsSQL, person)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.person != nil {
			plain, err := s.keys.Open(r.person, r.id, optOutPlace)
			if err == nil {
				err = decode(plain, optOutFields(&r.OptOut))
			}
			if err != nil {
				return err
			}
		}
		found[r.id] = r.OptOut
	}
	return nil
}
