package draft

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// setReturn sets the token of the return link, which ended at a time before: another end makes another link, and none ends
// it. The token follows from a random id and the keys, as that of a status page does, and is stored nowhere.
func (s *Drafts) setReturn(r *draftRow, before time.Time) {
	if r.ReturnUntil.IsZero() {
		r.returnID, r.Return = nil, lead.Private[string]{}
		return
	}
	if !r.ReturnUntil.Equal(before) {
		r.returnID = make([]byte, returnIDBytes)
		_, _ = rand.Read(r.returnID) // never fails
	}
	r.Return = lead.Keep(s.Keys.Handle([returnIDBytes]byte(r.returnID)))
}

const returnIDBytes = 16

// FindByReturn returns the draft that a return link leads to, without handle and Social Security number. A token that is not
// one, an ended link and an erased draft are all lead.ErrNotFound.
func (s *Drafts) FindByReturn(ctx context.Context, token string) (lead.Draft, error) {
	r, err := s.readByReturn(ctx, token)
	if err != nil {
		return lead.Draft{}, fmt.Errorf("find draft by its return link: %w", db.Clean(err))
	}
	return r.Draft, nil
}

func (s *Drafts) readByReturn(ctx context.Context, token string) (draftRow, error) {
	id, err := s.Keys.HandleID(token)
	if err != nil {
		return draftRow{}, lead.ErrNotFound
	}
	now := s.Now()
	r, err := draftTable.One(ctx, s.Engine.Reader(), selectByReturn, id[:], now.UnixMilli())
	if err == nil {
		r.ssn, r.SSNUntil = nil, time.Time{}
		err = s.openDraft(&r, now)
	}
	return r, noDraft(err)
}

// lockPages waits on PostgreSQL until leads are stored that name a page of the draft, or keeps others from naming one. The
// statement behind it sees those leads.
const lockPages = "select id from shown_page where draft = $1"

// dropUnsent deletes a draft that nobody has changed since it was read and that has become no lead.
const dropUnsent = "delete from draft where id = $1 and changes = $2 and not exists (select 1 from lead where draft_id = $1)"

// MoveDraft gives the draft of a return link a new handle and returns it. The handle that it had finds nothing any more,
// the link still leads to it, and its Social Security number is erased. A draft that has become a lead is returned as
// FindByReturn does and stays where it is. Errors are those of FindByReturn. MoveDraft goes on when ctx ends.
func (s *Drafts) MoveDraft(ctx context.Context, token, handle string) (lead.Draft, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), db.AcceptLimit)
	defer cancel()
	for {
		before, err := s.readByReturn(ctx, token)
		if err != nil {
			return lead.Draft{}, fmt.Errorf("move draft: %w", db.Clean(err))
		}
		if before.leadID != "" {
			return before.Draft, nil
		}
		next := before
		next.ExpiresAt, next.Handle = table.AsStored(s.Now().Add(lead.DraftKept)), lead.Keep(handle)
		if err := s.sealDraft(&next); err != nil {
			return lead.Draft{}, fmt.Errorf("move draft: %w", err)
		}
		moved, err := db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (int, error) {
			if _, err := q.ExecContext(ctx, lockPages+s.Engine.LockRow(), before.id); err != nil {
				return 0, err
			}
			n, err := table.Affected(q.ExecContext(ctx, dropUnsent, before.id, before.changes))
			if err != nil || n == 0 {
				return n, err
			}
			if err := deletePages(ctx, q, before.id); err != nil {
				return 0, err
			}
			_, err = draftTable.Exec(ctx, q, insertDraft, &next)
			return n, err
		})
		if err != nil {
			return lead.Draft{}, fmt.Errorf("move draft: %w", err)
		}
		if moved == 1 {
			return next.Draft, nil
		}
	}
}

// DropDraft erases a draft, its return link, and the pages that it was shown and that no lead was sent from. What was sent
// stays. It is durable before DropDraft returns, which goes on when ctx ends. No such draft is no error.
func (s *Drafts) DropDraft(ctx context.Context, handle string) error {
	id, now := s.DraftID(handle), s.Now()
	_, err := db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		if err := Delete(ctx, q, id); err != nil {
			return none, err
		}
		return none, db.MarkUnscrubbed(ctx, q, now)
	})
	if err != nil {
		return fmt.Errorf("drop draft: %w", err)
	}
	return nil
}
