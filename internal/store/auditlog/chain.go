package auditlog

import (
	"context"
	"errors"
	"fmt"

	"intake/internal/audit"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// chainBatch is how many entries share a commit, so that nobody waits long behind it.
const chainBatch = 50

const (
	// Entries behind the id $1 that are not linked yet.
	selectUnlinked = "select " + entryColumns + " from audit_entry where link is null and id > $1 order by id limit $2"

	selectHead = "select seq, hash from audit_head where id = 1"
	insertLink = "insert into audit_link (seq, entry_id, hash) values ($1, $2, $3) on conflict (entry_id) do nothing"
	setLink    = "update audit_entry set link = $1 where id = $2"
	setHead    = "update audit_head set seq = $1, hash = $2 where id = 1"
)

// Chain links up to max audit entries that are not in the chain yet, oldest first, 50 a commit. It returns how
// many it linked, and the head of the chain. It may be interrupted and run again, also by several processes at once.
// An entry that is not as it was written stays outside the chain, and is an audit.ErrBroken at the end.
func (l Log) Chain(ctx context.Context, max int) (linked int, head audit.Head, err error) {
	var last string // where the next batch begins
	var broken error
	for linked < max && ctx.Err() == nil {
		batch, err := columns.All(ctx, l.Engine.Reader(), selectUnlinked, last, min(chainBatch, max-linked))
		if err != nil {
			return linked, head, fmt.Errorf("chain the audit log: %w", db.Clean(err))
		}
		if len(batch) == 0 {
			break
		}
		last = batch[len(batch)-1].ID
		sound, found := l.soundEntries(batch)
		broken = errors.Join(broken, found)
		n, err := db.Write(ctx, l.Engine, writeLimit, func(ctx context.Context, q db.Queries) (int, error) { return l.link(ctx, q, sound) })
		if err != nil {
			return linked, head, fmt.Errorf("chain the audit log: %w", err)
		}
		linked += n
	}
	head, err = readHead(ctx, l.Engine.Reader(), selectHead)
	return linked, head, errors.Join(broken, db.Clean(err))
}

// soundEntries are those that are as they were written.
func (l Log) soundEntries(batch []row) (sound []row, broken error) {
	key := l.Keys.Derive(purpose)
	for _, r := range batch {
		if err := r.Verify(key); err != nil {
			broken = errors.Join(broken, err)
			continue
		}
		sound = append(sound, r)
	}
	return sound, broken
}

func readHead(ctx context.Context, q db.Queries, query string) (h audit.Head, err error) {
	err = q.QueryRowContext(ctx, query).Scan(&h.Seq, &h.Hash)
	return h, err
}

// link appends entries to the chain. The head is locked until the commit, so that the chain has no fork; what
// another process linked meanwhile is left out.
func (l Log) link(ctx context.Context, q db.Queries, entries []row) (n int, err error) {
	head, err := readHead(ctx, q, selectHead+l.Engine.LockRow())
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		next := head.Append(e.Sum)
		done, err := table.Affected(q.ExecContext(ctx, insertLink, next.Seq, e.ID, next.Hash))
		if err != nil {
			return 0, err
		}
		if done == 0 {
			continue
		}
		if _, err := q.ExecContext(ctx, setLink, next.Seq, e.ID); err != nil {
			return 0, err
		}
		head = next
		n++
	}
	if n == 0 {
		return 0, nil
	}
	_, err = q.ExecContext(ctx, setHead, head.Seq, head.Hash)
	return n, err
}
