package proof

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
)

const (
	selectPage = "select " + pageColumns + " from shown_page join page_private on page_id = id where id = $1"
	selectPart = "select bytes from page_part where sha256 = $1"
)

// FindPage puts a page together, byte for byte as it was sent, and holds it against the hashes that
// were kept with it: one that differs is an error. When its answers were erased, the page has a
// marker in the place of each of their parts, and says so; when the words were erased too, or there
// never was such a page, it is lead.ErrNotFound.
func (s *Consents) FindPage(ctx context.Context, id string) (p consent.Page, err error) {
	e, err := evidenceTable.One(ctx, s.Engine.Reader(), selectPage, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && e.page.wordsKey == nil {
		return consent.Page{}, lead.ErrNotFound
	}
	if err == nil {
		p, _, err = s.assemble(ctx, e.page)
	}
	if err != nil {
		return consent.Page{}, fmt.Errorf("find page: %w", db.Clean(err))
	}
	return p, nil
}

// assemble makes the page of its row and its common parts, and verifies it. It also returns the salt, which is erased
// with the answers.
func (s *Consents) assemble(ctx context.Context, r pageRow) (p consent.Page, salt []byte, err error) {
	p = consent.Page{ID: r.id, At: r.at, Language: r.language, Erased: r.answersKey == nil, FullSHA256: r.full, KeptSHA256: r.kept.String}
	var shown []shownPart
	if json.Unmarshal([]byte(r.parts), &shown) != nil {
		return p, nil, audit.Broken("its list of parts is damaged")
	}
	words, _, err := s.OpenSealed(r.words, r.wordsKey, r.id, PageWords)
	if err != nil {
		return p, nil, audit.Broken("%w", err)
	}
	answers, salt, err := s.OpenSealed(r.answers, r.answersKey, r.id, PageAnswers)
	if err != nil {
		return p, nil, audit.Broken("%w", err)
	}
	held := map[consent.Hole][]byte{consent.Words: words, consent.Answers: answers}
	for _, part := range shown {
		bytes, err := s.partOf(ctx, part, held, p.Erased)
		if err != nil {
			return p, nil, err
		}
		p.Parts = append(p.Parts, consent.Part{Hole: part.Hole, Bytes: bytes})
	}
	if p.Sheet, err = s.commonPart(ctx, r.sheet); err != nil {
		return p, nil, err
	}
	return p, salt, r.verify(p, salt)
}

// partOf takes the bytes of a part from what is held of its kind.
func (s *Consents) partOf(ctx context.Context, part shownPart, held map[consent.Hole][]byte, erased bool) ([]byte, error) {
	switch {
	case part.Hole == consent.Shell:
		return s.commonPart(ctx, part.SHA256)
	case part.Hole == consent.Answers && erased:
		return consent.Marker(part.SHA256), nil
	case part.Length < 0 || part.Length > len(held[part.Hole]):
		return nil, audit.Broken("its parts do not fit their lengths")
	}
	bytes := held[part.Hole][:part.Length:part.Length]
	held[part.Hole] = held[part.Hole][part.Length:]
	return bytes, nil
}

func (s *Consents) commonPart(ctx context.Context, sha256 string) ([]byte, error) {
	var bytes []byte
	err := s.Engine.Reader().QueryRowContext(ctx, selectPart, sha256).Scan(&bytes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, audit.Broken("its part %s is missing", sha256)
	}
	if err != nil {
		return nil, err
	}
	if hash(bytes) != sha256 {
		return nil, audit.Broken("its part %s is not as it was kept", sha256)
	}
	return bytes, nil
}

// verify holds the page against the hashes of its row.
func (r pageRow) verify(p consent.Page, salt []byte) error {
	kept, whole := p, p.Bytes()
	if !p.Erased {
		if len(whole) != r.length || consent.Digest(salt, whole) != r.full {
			return audit.Broken("it is not as it was sent")
		}
		kept = p.Kept(salt)
	}
	if hash(kept.Bytes()) != r.kept.String {
		return audit.Broken("what is kept of it is not as it was")
	}
	return nil
}
