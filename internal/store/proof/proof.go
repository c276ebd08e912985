package proof

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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
func (s *Consents) Proof(ctx context.Context, id lead.PartnerID) (Proof, error) {
	p, err := s.prove(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	if err != nil {
		return Proof{}, fmt.Errorf("prove the consent of lead %s: %w", id, db.Clean(err))
	}
	return p, nil
}

func (s *Consents) prove(ctx context.Context, id lead.PartnerID) (p Proof, err error) {
	e, err := evidenceTable.One(ctx, s.Engine.Reader(), evidenceSQL, id)
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
