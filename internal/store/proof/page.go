// Package proof keeps what people were shown and what they agreed to, in a chain that shows when something was changed or taken
// away.
package proof

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/agent"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// A page's classes of records: its owner is the page.
const (
	PageWords   = "page words"
	PageAnswers = "page answers"
)

// pageID is what an id of a page must look like.
var pageID = regexp.MustCompile(`^[0-9A-Za-z]{16,64}$`)

// shownPart describes one part of a page.
type shownPart struct {
	Hole   consent.Hole `json:"hole,omitempty"`
	Length int          `json:"length"`           // of its bytes among those of its kind
	SHA256 string       `json:"sha256,omitempty"` // of a shell; of answers with the salt; words have none
}

// pageRow is a row of shown_page, and what stands beside it in page_private.
type pageRow struct {
	id, draft, language, parts, sheet, full string
	at                                      time.Time
	length                                  int
	words, answers                          []byte // sealed
	wordsKey, answersKey                    []byte // wrapped
	kept                                    sql.NullString
}

var pageTable = table.Of[pageRow]{
	"id":          func(r *pageRow) any { return &r.id },
	"draft":       func(r *pageRow) any { return &r.draft },
	"at":          func(r *pageRow) any { return table.Millis(&r.at) },
	"language":    func(r *pageRow) any { return &r.language },
	"parts":       func(r *pageRow) any { return &r.parts },
	"sheet":       func(r *pageRow) any { return &r.sheet },
	"length":      func(r *pageRow) any { return &r.length },
	"full_sha256": func(r *pageRow) any { return &r.full },
	"words":       func(r *pageRow) any { return &r.words },
	"answers":     func(r *pageRow) any { return &r.answers },
	"words_key":   func(r *pageRow) any { return &r.wordsKey },
	"answers_key": func(r *pageRow) any { return &r.answersKey },
	"kept_sha256": func(r *pageRow) any { return &r.kept },
}

var (
	insertPage = table.Named(`insert into shown_page (id, draft, at, language, parts, sheet, length, full_sha256, words, answers)
		values (:id, :draft, :at, :language, :parts, :sheet, :length, :full_sha256, :words, :answers)`)
	insertPagePrivate = table.Named("insert into page_private (page_id, words_key, answers_key, kept_sha256) values (:id, :words_key, :answers_key, :kept_sha256)")
)

const insertPart = "insert into page_part (sha256, bytes) values ($1, $2) on conflict (sha256) do nothing"

// Consents is the part of the store with what people were shown and what they agreed to, and its proof.
type Consents struct {
	*leadtable.Table
	agents *agent.Agents
	parts  sync.Map // hashes of page parts that are known to be stored
}

// New returns the consents of a database.
func New(t *leadtable.Table, agents *agent.Agents) *Consents {
	return &Consents{Table: t, agents: agents}
}

// KeepPage keeps a page that is about to be sent to the owner of a draft. It is durable before
// KeepPage returns, which goes on when ctx ends. No such draft is lead.ErrNotFound.
//
// What many pages have in common is kept once. The words and the answers are sealed apart, so that
// each can be erased at its time: FindPage tells what is left then.
func (s *Consents) KeepPage(ctx context.Context, draft string, p consent.Page) error {
	id := s.DraftID(draft)
	err := s.KeepPageOf(ctx, id, p, func(ctx context.Context, q db.Queries) error {
		var known int
		err := q.QueryRowContext(ctx, "select 1 from draft where id = $1"+s.Engine.LockRow(), id).Scan(&known)
		if errors.Is(err, sql.ErrNoRows) {
			err = lead.ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep page: %w", err)
	}
	return nil
}

// KeepPageOf keeps a page of the owner, which isThere looks for in the same transaction.
func (s *Consents) KeepPageOf(ctx context.Context, owner string, p consent.Page, isThere func(context.Context, db.Queries) error) error {
	if err := checkPage(p); err != nil {
		return err
	}
	if p.At.IsZero() {
		p.At = s.Now()
	}
	row, parts, err := s.newPageRow(owner, p)
	if err != nil {
		return err
	}
	_, err = db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		if err := isThere(ctx, q); err != nil {
			return none, err
		}
		return none, addPage(ctx, q, &row, parts)
	})
	if err != nil {
		return err
	}
	for sha256 := range parts { // not before they are durable
		s.parts.Store(sha256, true)
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

func addPage(ctx context.Context, q db.Queries, row *pageRow, parts map[string][]byte) error {
	for _, sha256 := range slices.Sorted(maps.Keys(parts)) { // in one order: no two transactions wait for each other
		if _, err := q.ExecContext(ctx, insertPart, sha256, parts[sha256]); err != nil {
			return err
		}
	}
	for _, insert := range []table.Statement{insertPage, insertPagePrivate} {
		if _, err := pageTable.Exec(ctx, q, insert, row); err != nil {
			return err
		}
	}
	return nil
}

// newPageRow is the row of a page, sealed, and the shells and the sheet, by their hash, that this process has not stored yet.
func (s *Consents) newPageRow(draft string, p consent.Page) (r pageRow, parts map[string][]byte, err error) {
	_ = s.Keys.Refresh() // as in Save
	words, answers := seal.NewDataKey(), seal.NewDataKey()
	salt, whole := answers.Salt(), p.Bytes()
	shown, held, parts := splitPage(p, salt)
	list, err := json.Marshal(shown)
	if err != nil {
		return r, nil, err
	}
	r = pageRow{
		id: p.ID, draft: draft, at: p.At, language: p.Language, parts: string(list), sheet: hash(p.Sheet), length: len(whole), full: consent.Digest(salt, whole),
		kept:  sql.NullString{String: hash(p.Kept(salt).Bytes()), Valid: true},
		words: words.Seal(held[consent.Words], p.ID, PageWords), answers: answers.Seal(held[consent.Answers], p.ID, PageAnswers),
	}
	parts[r.sheet] = p.Sheet
	maps.DeleteFunc(parts, func(sha256 string, _ []byte) bool {
		_, known := s.parts.Load(sha256)
		return known
	})
	if r.wordsKey, err = s.Keys.Wrap(words, p.ID, PageWords); err != nil {
		return r, nil, err
	}
	r.answersKey, err = s.Keys.Wrap(answers, p.ID, PageAnswers)
	return r, parts, err
}

// splitPage returns the descriptions of the parts, the concatenated bytes of each kind of hole, and the shells by
// their hash.
func splitPage(p consent.Page, salt []byte) ([]shownPart, map[consent.Hole][]byte, map[string][]byte) {
	shown := make([]shownPart, len(p.Parts))
	held, shells := map[consent.Hole][]byte{}, map[string][]byte{}
	for i, part := range p.Parts {
		shown[i] = shownPart{Hole: part.Hole, Length: len(part.Bytes)}
		switch part.Hole {
		case consent.Shell:
			shown[i].SHA256 = hash(part.Bytes)
			shells[shown[i].SHA256] = part.Bytes
			continue
		case consent.Answers:
			shown[i].SHA256 = consent.Digest(salt, part.Bytes)
		}
		held[part.Hole] = append(held[part.Hole], part.Bytes...)
	}
	return shown, held, shells
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

const pageOfOwner = "select 1 from shown_page where id = $1 and draft = $2"

// RequirePage is lead.ErrNoPage unless the page was shown to the owner: a draft or a link.
func RequirePage(ctx context.Context, q db.Queries, id, owner string) error {
	var found int
	err := q.QueryRowContext(ctx, pageOfOwner, id, owner).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNoPage
	}
	return err
}
