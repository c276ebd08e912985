package store

import (
	"context"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// sending is what saving a lead does to the draft that it was made from; nil does nothing.
type sending struct {
	args []any
	page string
}

// markSentSQL finds the draft and the page that was shown with it in one statement. What may still be
// known of the person in clear text, the number, goes at once.
const markSentSQL = `update draft set sent_handle = $1, sent_at = $2, ssn = null, ssn_until = null, changed = 0,
		accepted = accepted || $3, changes = changes + 1
	where id = $4 and ($5 = '' or exists (select 1 from shown_page where shown_page.id = $6 and shown_page.draft = draft.id))`

// sentDraft prepares the mark. A page that was shown with no draft is none that was kept.
func (s *Store) sentDraft(l *lead.Lead, page string) (*sending, error) {
	handle := l.Draft.Reveal()
	if handle == "" && page != "" {
		return nil, lead.ErrNoPage
	}
	if handle == "" {
		return nil, nil
	}
	id := s.draftID(handle)
	sealed, err := s.sealText(l.Handle.Reveal(), true, lead.PartnerID(id), draftPlace+"sent_handle")
	if err != nil {
		return nil, err
	}
	accepted := ""
	if page != "" {
		accepted = " " + page
	}
	return &sending{[]any{sealed, l.ReceivedAt.UnixMilli(), accepted, id, page, page}, page}, nil
}

// mark runs in the transaction that writes the lead. A draft that has expired is no reason to refuse
// a lead; a page that is not there is.
func (d *sending) mark(ctx context.Context, q db.Queries) error {
	if d == nil {
		return nil
	}
	n, err := affected(q.ExecContext(ctx, markSentSQL, d.args...))
	if err != nil {
		return err
	}
	if n == 0 && d.page != "" {
		return lead.ErrNoPage
	}
	return nil
}
