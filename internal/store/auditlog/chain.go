package auditlog

import (
	"context"
	"fmt"

	"intake/internal/audit"
	"intake/internal/store/db"
	"intake/internal/store/hashchain"
	"intake/internal/store/table"
)

const (
	selectUnlinked = selectEntry + "link is null and id > $1 order by id limit $2"
	selectLinked   = selectEntry + "link > $1 order by audit_entry.link limit $2" // not by the column of the result, which no index has
	setLink        = "update audit_entry set link = $1, link_hash = $2 where id = $3 and link is null"
)

func (l Log) chain() hashchain.Chain[row] {
	return hashchain.Chain[row]{Name: "audit entries", Engine: l.Engine, Clock: l.Clock, Columns: columns, Unlinked: selectUnlinked, Linked: selectLinked,
		LinkOf: func(r *row) audit.Head { return audit.Head{Seq: r.Link, Hash: r.linkHash} }}
}

// Chain links up to max audit entries that are not in the chain yet, oldest first, 50 a commit. It returns how
// many it linked, and the head of the chain. It may be interrupted and run again, also by several processes at once.
// An entry that is not as it was written stays outside the chain, and is an audit.ErrBroken at the end.
func (l Log) Chain(ctx context.Context, max int) (linked int, head audit.Head, err error) {
	key := l.Keys.Derive(purpose)
	linked, head, err = l.chain().Link(ctx, max, func(r *row) (string, error) { return r.ID, r.Verify(key) }, link)
	if err != nil {
		err = fmt.Errorf("chain the audit log: %w", err)
	}
	return linked, head, err
}

func link(ctx context.Context, q db.Queries, head audit.Head, entries []row) (audit.Head, error) {
	for _, e := range entries {
		next := head.Append(e.Sum)
		n, err := table.Affected(q.ExecContext(ctx, setLink, next.Seq, next.Hash, e.ID))
		if err != nil {
			return head, err
		}
		if n == 1 { // or another process has linked it
			head = next
		}
	}
	return head, nil
}
