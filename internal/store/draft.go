package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// Sealed values of a draft are tied to its id, which no lead has, and to "draft." and their column.
const draftPlace = "draft."

// draftID is the key of a draft's row: a keyed hash, so that nobody can fill in a stranger's form with
// what stands in a copy of the database. Before it stands the time that a handle begins with, as in
// handleHash.
func (s *Store) draftID(handle string) string {
	return handle[:min(len(handle), lead.NameTime)] + hex.EncodeToString(s.keys.HandleHash("draft/"+handle))
}

func draftFields(d *lead.Draft) []field {
	return []field{
		{"request", &d.Request},
		{"shown_at", millis{&d.ShownAt}},
		{"language", &d.Language},
		{"started_at", millis{&d.StartedAt}},
		{"expires_at", millis{&d.ExpiresAt}},
		{"ssn_until", millis{&d.SSNUntil}},
		{"sent_at", millis{&d.Sent.ReceivedAt}},
		{"changed", flag{&d.Changed}},
	}
}

func sealedDraft(d *lead.Draft) []lead.Answer {
	return []lead.Answer{
		private("typed", &d.Typed), private("ssn", &d.SSN), originOf(&d.Origin),
		{Name: "sent_handle", Field: (*sentHandle)(&d.Sent.Handle)},
	}
}

// sentHandle is of the page that tells how a draft that was sent fares, empty before.
type sentHandle string

// Text is the handle.
func (h *sentHandle) Text() (string, bool) { return string(*h), *h != "" }

// Set reads what Text wrote.
func (h *sentHandle) Set(handle string) error {
	*h = sentHandle(handle)
	return nil
}

var (
	draftColumns = append(names(draftFields(&lead.Draft{})), answerNames(sealedDraft(&lead.Draft{}))...)
	insertDraft  = insert("draft", append(draftColumns, "id"), "")
	selectDraft  = "select changes, " + strings.Join(draftColumns, ", ") + " from draft where id = $1 and expires_at > $2"
	updateDraft  = "update draft set changes = changes + 1, " + assign(draftColumns) +
		fmt.Sprintf(" where id = $%d and changes = $%d", len(draftColumns)+1, len(draftColumns)+2)
)

// assign sets each column to the parameter of its place.
func assign(columns []string) string {
	sets := make([]string, len(columns))
	for i, column := range columns {
		sets[i] = column + " = $" + strconv.Itoa(i+1)
	}
	return strings.Join(sets, ", ")
}

// StartDraft keeps a form that somebody begins to fill in. Times that it leaves open are filled in:
// it starts now and is kept for lead.DraftKept, its Social Security number for lead.DraftSSNKept. It
// is durable before StartDraft returns, which goes on when ctx ends.
func (s *Store) StartDraft(ctx context.Context, d lead.Draft) error {
	if d.Handle.Reveal() == "" || d.Request < 1 {
		return errors.New("start draft: it needs a handle and the number of its request")
	}
	now := s.now()
	if d.StartedAt.IsZero() {
		d.StartedAt = now
	}
	if d.ExpiresAt.IsZero() {
		d.ExpiresAt = now.Add(lead.DraftKept)
	}
	limitSSN(&d, lead.Draft{}, now)
	row, err := s.draftRow(&d)
	if err != nil {
		return fmt.Errorf("start draft: %w", err)
	}
	_, err = write(ctx, s, acceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, insertDraft, row...)
	})
	if err != nil {
		return fmt.Errorf("start draft: %w", err)
	}
	return nil
}

// draftRow are the values of draftColumns, and the id.
func (s *Store) draftRow(d *lead.Draft) ([]any, error) {
	_ = s.keys.Refresh() // as in Save
	id := s.draftID(d.Handle.Reveal())
	var row []any
	for _, f := range draftFields(d) {
		row = append(row, f.at)
	}
	for _, f := range sealedDraft(d) {
		text, given := f.Text()
		sealed, err := s.sealText(text, given, lead.PartnerID(id), draftPlace+f.Name)
		if err != nil {
			return nil, err
		}
		row = append(row, sealed)
	}
	return append(row, id), nil
}

// FindDraft returns the draft that the handle names, or lead.ErrNotFound when there is none or its
// time is over. A Social Security number whose time is over is not returned, even while it is still
// to be erased.
func (s *Store) FindDraft(ctx context.Context, handle string) (lead.Draft, error) {
	d, _, err := s.readDraft(ctx, handle)
	if err != nil {
		return lead.Draft{}, err
	}
	return d, nil
}

// readDraft returns with the draft how often it was changed.
func (s *Store) readDraft(ctx context.Context, handle string) (d lead.Draft, changes int, err error) {
	d.Handle = lead.Keep(handle)
	id, now := s.draftID(handle), s.now()
	private := sealedDraft(&d)
	sealed := make([][]byte, len(private))
	dest := []any{&changes}
	for _, f := range draftFields(&d) {
		dest = append(dest, f.at)
	}
	for i := range sealed {
		dest = append(dest, &sealed[i])
	}
	err = s.engine.Reader().QueryRowContext(ctx, selectDraft, id, now.UnixMilli()).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return d, 0, lead.ErrNotFound
	}
	if err != nil {
		return d, 0, fmt.Errorf("find draft: %w", db.Clean(err))
	}
	over := !now.Before(d.SSNUntil)
	if over {
		d.SSNUntil = time.Time{}
	}
	for i, f := range private {
		if over && f.Name == "ssn" {
			continue
		}
		if err := s.openField(f, sealed[i], id, draftPlace); err != nil {
			return d, 0, fmt.Errorf("find draft: %w", err)
		}
	}
	return d, changes, nil
}

// ChangeDraft replaces the draft by what change makes of it and returns that. No two changes lose
// each other's work: a draft that somebody changed in between is read and changed again, so change
// must do nothing but change its argument. It does not run in the writer's transaction, where it
// would keep everybody else waiting.
//
// Each change keeps the draft for lead.DraftKept from now, and a Social Security number that was not
// there before for lead.DraftSSNKept. A draft that was sent and whose answers differ now is Changed.
// Handle and StartedAt stay. No such draft, or none any more, is lead.ErrNotFound. ChangeDraft goes
// on when ctx ends.
func (s *Store) ChangeDraft(ctx context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), acceptLimit)
	defer cancel()
	for {
		d, changes, err := s.readDraft(ctx, handle)
		if err != nil {
			return lead.Draft{}, err
		}
		next := d
		change(&next)
		s.settleDraft(&next, d)
		done, err := s.putDraft(ctx, &next, changes)
		if err != nil {
			return lead.Draft{}, fmt.Errorf("change draft: %w", err)
		}
		if done {
			return next, nil
		}
	}
}

// settleDraft fills in what follows from the difference between next and d.
func (s *Store) settleDraft(next *lead.Draft, d lead.Draft) {
	now := s.now()
	next.Handle, next.StartedAt = d.Handle, d.StartedAt
	next.ExpiresAt = stored(now.Add(lead.DraftKept))
	limitSSN(next, d, now)
	next.SSNUntil, next.Sent.ReceivedAt = stored(next.SSNUntil), stored(next.Sent.ReceivedAt)
	if next.Sent.Handle != "" && (!next.Typed.Equal(d.Typed) || next.SSN.Given() && !next.SSN.Equal(d.SSN)) {
		next.Changed = true
	}
}

// limitSSN sees that a Social Security number has its time, and nothing else has.
func limitSSN(next *lead.Draft, d lead.Draft, now time.Time) {
	until := now.Add(lead.DraftSSNKept)
	switch {
	case !next.SSN.Given():
		next.SSNUntil = time.Time{}
	case !next.SSN.Equal(d.SSN) && next.SSNUntil.Equal(d.SSNUntil), next.SSNUntil.IsZero(), next.SSNUntil.After(until):
		next.SSNUntil = until
	}
}

// putDraft says whether the draft was still what was read.
func (s *Store) putDraft(ctx context.Context, d *lead.Draft, changes int) (bool, error) {
	row, err := s.draftRow(d)
	if err != nil {
		return false, err
	}
	n, err := write(ctx, s, acceptLimit, func(ctx context.Context, q db.Queries) (int, error) {
		return affected(q.ExecContext(ctx, updateDraft, append(row, changes)...))
	})
	return n == 1, err
}
