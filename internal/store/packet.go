package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
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
	p, err := s.prove(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	if err != nil {
		return Proof{}, fmt.Errorf("prove the consent of lead %s: %w", id, db.Clean(err))
	}
	return p, nil
}

func (s *Store) prove(ctx context.Context, id lead.PartnerID) (p Proof, err error) {
	e, err := evidenceTable.One(ctx, s.engine.Reader(), evidenceSQL, id)
	if err == nil {
		err = e.decode()
	}
	if err != nil {
		return p, err
	}
	p.PageLength = e.page.length
	record, salt, err := s.openConsent(&e)
	if err != nil {
		return p, err
	}
	if p.Record = record; e.seq > 0 {
		p.Link, p.DigestSalt = e.link(), salt
	}
	if e.page.wordsKey != nil {
		if p.Page, p.PageSalt, err = s.assemble(ctx, e.page); err != nil {
			return p, err
		}
	}
	p.Head, err = s.ConsentHead(ctx) // after the link was read
	return p, err
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
		rows, err := optOutTable.All(ctx, s.engine.Reader(), optOutsSQL, person) // nobody's is null, which equals nothing
		for i := 0; i < len(rows) && err == nil; i++ {
			err = s.openOptOut(&rows[i])
			found[rows[i].id] = rows[i].OptOut
		}
		if err != nil {
			return nil, fmt.Errorf("look for opt-outs: %w", db.Clean(err))
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b lead.OptOut) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Channel, b.Channel))
	}), nil
}

// openOptOut opens what the person told, if it is not erased.
func (s *Store) openOptOut(r *optOutRow) error {
	if r.person == nil {
		return nil
	}
	plain, err := s.keys.Open(r.person, r.id, optOutPlace)
	if err != nil {
		return err
	}
	return decode(plain, optOutFields(&r.OptOut))
}
