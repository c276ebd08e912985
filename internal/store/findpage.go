package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
)

// keptPage is a row of shown_page.
type keptPage struct {
	id, language, parts, sheet, full string
	at                               time.Time
	length                           int
	kept                             sql.NullString
	words, answers, salt             []byte
}

func (k *keptPage) places() []any {
	return []any{&k.id, &k.language, millis{&k.at}, &k.parts, &k.sheet, &k.length, &k.full, &k.kept, &k.words, &k.answers, &k.salt}
}

const keptColumns = "shown_page.id, shown_page.language, shown_page.at, parts, sheet, length, full_sha256, kept_sha256, words, answers, salt"

const (
	selectPage = "select " + keptColumns + " from shown_page where id = $1"
	selectPart = "select bytes from page_part where sha256 = $1"
)

// FindPage puts a page together, byte for byte as it was sent, and holds it against the hashes that
// were kept with it: one that differs is an error. When its answers were erased, the page has a
// marker in the place of each of their parts, and says so; when the words were erased too, or there
// never was such a page, it is lead.ErrNotFound.
func (s *Store) FindPage(ctx context.Context, id string) (consent.Page, error) {
	var k keptPage
	err := s.engine.Reader().QueryRowContext(ctx, selectPage, id).Scan(k.places()...)
	if errors.Is(err, sql.ErrNoRows) || err == nil && k.words == nil {
		return consent.Page{}, lead.ErrNotFound
	}
	if err != nil {
		return consent.Page{}, fmt.Errorf("find page: %w", db.Clean(err))
	}
	p, err := s.assemble(ctx, k)
	if err != nil {
		return consent.Page{}, fmt.Errorf("find page: %w", db.Clean(err))
	}
	return p, nil
}

// assemble makes the page of its row and its common parts, and verifies it.
func (s *Store) assemble(ctx context.Context, k keptPage) (consent.Page, error) {
	p := consent.Page{ID: k.id, At: k.at, Language: k.language, Erased: k.salt == nil, FullSHA256: k.full, KeptSHA256: k.kept.String}
	var shown []shownPart
	if json.Unmarshal([]byte(k.parts), &shown) != nil {
		return p, audit.Broken("its list of parts is damaged")
	}
	held, err := s.openPage(k)
	if err != nil {
		return p, err
	}
	for _, part := range shown {
		bytes, err := s.partOf(ctx, part, held, p.Erased)
		if err != nil {
			return p, err
		}
		p.Parts = append(p.Parts, consent.Part{Hole: part.Hole, Bytes: bytes})
	}
	if p.Sheet, err = s.commonPart(ctx, k.sheet); err != nil {
		return p, err
	}
	return p, k.verify(p, held["salt"])
}

// openPage opens what is sealed of a page, by its column.
func (s *Store) openPage(k keptPage) (map[consent.Hole][]byte, error) {
	held := map[consent.Hole][]byte{}
	for column, sealed := range map[consent.Hole][]byte{consent.Words: k.words, consent.Answers: k.answers, "salt": k.salt} {
		if sealed == nil {
			continue
		}
		plain, err := s.keys.Open(sealed, k.id, pagePlace+string(column))
		if err != nil {
			return nil, audit.Broken("%w", err)
		}
		held[column] = plain
	}
	return held, nil
}

// partOf takes the bytes of a part from what is held of its kind.
func (s *Store) partOf(ctx context.Context, part shownPart, held map[consent.Hole][]byte, erased bool) ([]byte, error) {
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

func (s *Store) commonPart(ctx context.Context, sha256 string) ([]byte, error) {
	var bytes []byte
	err := s.engine.Reader().QueryRowContext(ctx, selectPart, sha256).Scan(&bytes)
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
func (k keptPage) verify(p consent.Page, salt []byte) error {
	kept, whole := p, p.Bytes()
	if !p.Erased {
		if len(whole) != k.length || consent.Digest(salt, whole) != k.full {
			return audit.Broken("it is not as it was sent")
		}
		kept = p.Kept(salt)
	}
	if hash(kept.Bytes()) != k.kept.String {
		return audit.Broken("what is kept of it is not as it was")
	}
	return nil
}
