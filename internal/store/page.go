package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
)

// Sealed values of a page are tied to its id and to "shown_page." and their column.
const pagePlace = "shown_page."

const saltBytes = 32

// pageID is what an id of a page must look like: the list of accepted ones is parted by spaces.
var pageID = regexp.MustCompile(`^[0-9A-Za-z]{16,64}$`)

// shownPart tells of one part of a page what is not in its bytes.
type shownPart struct {
	Hole   consent.Hole `json:"hole,omitempty"`
	Length int          `json:"length"`           // of its bytes among those of its kind
	SHA256 string       `json:"sha256,omitempty"` // of a shell; of answers with the salt; words have none
}

// pageColumns are in the order of pageRow.
const pageColumns = "id, draft, at, language, parts, sheet, length, full_sha256, kept_sha256, words, answers, salt"

var (
	insertPage = insert("shown_page", strings.Split(pageColumns, ", "), "")
	insertPart = insert("page_part", []string{"sha256", "bytes"}, "on conflict (sha256) do nothing")
)

// KeepPage keeps a page that is about to be sent to the owner of a draft. It is durable before
// KeepPage returns, which goes on when ctx ends. No such draft is lead.ErrNotFound.
//
// What many pages have in common is kept once. The words and the answers are sealed apart, so that
// each can be erased at its time: FindPage tells what is left then.
func (s *Store) KeepPage(ctx context.Context, draft string, p consent.Page) error {
	if err := checkPage(p); err != nil {
		return fmt.Errorf("keep page: %w", err)
	}
	if p.At.IsZero() {
		p.At = s.now()
	}
	id := s.draftID(draft)
	row, parts, err := s.pageRow(id, p)
	if err != nil {
		return fmt.Errorf("keep page: %w", err)
	}
	_, err = write(ctx, s, acceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		return none, s.addPage(ctx, q, id, row, parts)
	})
	if err != nil {
		return fmt.Errorf("keep page: %w", err)
	}
	for _, part := range parts { // not before they are durable
		s.parts.Store(part.sha256, true)
	}
	return nil
}

// checkPage refuses what could not be put together again.
func checkPage(p consent.Page) error {
	if !pageID.MatchString(p.ID) {
		return errors.New("its id is not made of 16 to 64 letters and digits")
	}
	for _, part := range p.Parts {
		if part.Hole != consent.Shell && part.Hole != consent.Words && part.Hole != consent.Answers {
			return fmt.Errorf("nobody knows how long a part about %q is kept", part.Hole)
		}
	}
	return nil
}

// commonPart is a shell or a style sheet that may not be stored yet.
type commonPart struct {
	sha256 string
	bytes  []byte
}

func (s *Store) addPage(ctx context.Context, q db.Queries, draft string, row []any, parts []commonPart) error {
	var known int
	err := q.QueryRowContext(ctx, "select 1 from draft where id = $1"+s.engine.LockRow(), draft).Scan(&known)
	if errors.Is(err, sql.ErrNoRows) {
		return lead.ErrNotFound
	}
	if err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := q.ExecContext(ctx, insertPart, part.sha256, part.bytes); err != nil {
			return err
		}
	}
	_, err = q.ExecContext(ctx, insertPage, row...)
	return err
}

// pageRow are the values of pageColumns, and the common parts that this process has not stored yet,
// by their hash, so that two transactions do not wait for each other.
func (s *Store) pageRow(draft string, p consent.Page) ([]any, []commonPart, error) {
	_ = s.keys.Refresh() // as in Save
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	whole := p.Bytes()
	shown, held, common := s.takeApart(p, salt)
	list, err := json.Marshal(shown)
	if err != nil {
		return nil, nil, err
	}
	sheet := hash(p.Sheet)
	common[sheet] = p.Sheet
	row := []any{p.ID, draft, p.At.UnixMilli(), p.Language, string(list), sheet, len(whole),
		consent.Digest(salt, whole), hash(p.Kept(salt).Bytes())}
	for _, secret := range []struct {
		column string
		value  []byte
	}{{"words", held[consent.Words]}, {"answers", held[consent.Answers]}, {"salt", salt}} {
		sealed, err := s.keys.Seal(secret.value, p.ID, pagePlace+secret.column)
		if err != nil {
			return nil, nil, err
		}
		row = append(row, sealed)
	}
	return row, s.unknownParts(common), nil
}

// takeApart returns what the parts are, the bytes of each kind of hole one behind the other, and the
// shells by their hash.
func (s *Store) takeApart(p consent.Page, salt []byte) ([]shownPart, map[consent.Hole][]byte, map[string][]byte) {
	shown := make([]shownPart, len(p.Parts))
	held, common := map[consent.Hole][]byte{}, map[string][]byte{}
	for i, part := range p.Parts {
		shown[i] = shownPart{Hole: part.Hole, Length: len(part.Bytes)}
		switch part.Hole {
		case consent.Shell:
			shown[i].SHA256 = hash(part.Bytes)
			common[shown[i].SHA256] = part.Bytes
			continue
		case consent.Answers:
			shown[i].SHA256 = consent.Digest(salt, part.Bytes)
		}
		held[part.Hole] = append(held[part.Hole], part.Bytes...)
	}
	return shown, held, common
}

func (s *Store) unknownParts(common map[string][]byte) []commonPart {
	var parts []commonPart
	for sha256, bytes := range common {
		if _, known := s.parts.Load(sha256); !known {
			parts = append(parts, commonPart{sha256, bytes})
		}
	}
	slices.SortFunc(parts, func(a, b commonPart) int { return cmp.Compare(a.sha256, b.sha256) })
	return parts
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
