// Package hashchain links rows to a chain of hashes after their commit, and walks the chain to verify it. What a link
// holds is up to the owner of the rows.
package hashchain

import (
	"bytes"
	"context"
	"errors"
	"time"

	"intake/internal/audit"
	"intake/internal/clock"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

const (
	linkBatch  = 50  // rows that share a commit, so that nobody waits long behind it
	walkPage   = 500 // rows that a walk reads at once
	tail       = 200 // links at the end of a chain that a quick check verifies
	writeLimit = 30 * time.Second
)

const (
	selectHead = "select seq, hash, at from chain_head where chain = $1"
	updateHead = "update chain_head set seq = $1, hash = $2, at = $3 where chain = $4"
)

// Chain is a chain over rows.
type Chain[R any] struct {
	Name     string // of the rows, as in chain_head
	Engine   db.Engine
	Clock    *clock.Clock
	Columns  table.Of[R]
	Unlinked string              // selects up to $2 rows behind the id $1 that are not linked yet, in the order of ids
	Linked   string              // selects up to $2 rows behind the link $1, in the order of links
	LinkOf   func(*R) audit.Head // the number and hash of a row's link
}

// Head is the end of the chain, as it stands beside it so that a missing end is noticed.
func (c Chain[R]) Head(ctx context.Context) (audit.Head, error) {
	return c.readHead(ctx, c.Engine.Reader(), "")
}

func (c Chain[R]) readHead(ctx context.Context, q db.Queries, lock string) (h audit.Head, err error) {
	err = q.QueryRowContext(ctx, selectHead+lock, c.Name).Scan(&h.Seq, &h.Hash, table.Millis(&h.At))
	return h, db.Clean(err)
}

// Link links up to max rows and returns how many it linked, and the head. It may be interrupted and run again, also by
// several processes at once.
//
// It calls prepare with each row, before the transaction: a row with an error stays outside the chain, and the error is
// returned at the end. Then link links those that no other process has linked meanwhile, and returns the last link.
func (c Chain[R]) Link(ctx context.Context, max int, prepare func(*R) (id string, err error),
	link func(context.Context, db.Queries, audit.Head, []R) (audit.Head, error)) (linked int, head audit.Head, err error) {
	var broken error
	for last := ""; linked < max && ctx.Err() == nil; {
		rows, err := c.Columns.All(ctx, c.Engine.Reader(), c.Unlinked, last, min(linkBatch, max-linked))
		if err != nil {
			return linked, head, db.Clean(err)
		}
		if len(rows) == 0 {
			break
		}
		var sound []R
		for _, r := range rows {
			if last, err = prepare(&r); err != nil {
				broken = errors.Join(broken, err)
				continue
			}
			sound = append(sound, r)
		}
		n, err := db.Write(ctx, c.Engine, writeLimit, func(ctx context.Context, q db.Queries) (int, error) {
			// The head is locked until the commit, so that the chain has no fork.
			before, err := c.readHead(ctx, q, c.Engine.LockRow())
			if err != nil {
				return 0, err
			}
			after, err := link(ctx, q, before, sound)
			if err != nil || after.Seq == before.Seq {
				return 0, err
			}
			_, err = q.ExecContext(ctx, updateHead, after.Seq, after.Hash, c.Clock.Now().UnixMilli(), c.Name)
			return int(after.Seq - before.Seq), err
		})
		if err != nil {
			return linked, head, err
		}
		linked += n
	}
	head, err = c.Head(ctx)
	return linked, head, errors.Join(broken, err)
}

// Walk calls follow with every link in order, which verifies it behind the head and returns the next head. It compares
// the last link with the head that stands beside the chain. With a hash that a head had before, it also misses an end
// that was cut off and forged anew.
func (c Chain[R]) Walk(ctx context.Context, known []byte, follow func(audit.Head, *R) (audit.Head, error)) (audit.Head, error) {
	met := known == nil
	head, err := c.walk(ctx, audit.Head{}, func(walked audit.Head, r *R) (audit.Head, error) {
		next, err := follow(walked, r)
		met = met || bytes.Equal(next.Hash, known)
		return next, err
	})
	if err == nil && !met {
		err = audit.Broken("the %s do not hold the link that was their head before", c.Name)
	}
	return head, err
}

// WalkTail is Walk for the last links alone, so that it takes as long with a million links as with a thousand. known is a
// head that the chain had before, or the zero head.
func (c Chain[R]) WalkTail(ctx context.Context, known audit.Head, follow func(audit.Head, *R) (audit.Head, error)) (audit.Head, error) {
	found, err := c.linkAt(ctx, known.Seq)
	if err != nil {
		return found, err
	}
	if !bytes.Equal(found.Hash, known.Hash) {
		return audit.Head{}, audit.Broken("the %s do not hold the link that was their head before", c.Name)
	}
	head, err := c.Head(ctx)
	if err != nil {
		return head, err
	}
	start, err := c.linkAt(ctx, max(0, head.Seq-tail))
	if err != nil {
		return start, err
	}
	return c.walk(ctx, start, follow)
}

// linkAt is the link with a number as it stands in its row; 0 is the beginning of the chain.
func (c Chain[R]) linkAt(ctx context.Context, seq int64) (audit.Head, error) {
	if seq == 0 {
		return audit.Head{}, nil
	}
	rows, err := c.Columns.All(ctx, c.Engine.Reader(), c.Linked, seq-1, 1)
	if err != nil {
		return audit.Head{}, db.Clean(err)
	}
	if len(rows) == 0 || c.LinkOf(&rows[0]).Seq != seq {
		return audit.Head{}, audit.Broken("the %s lack the link %d", c.Name, seq)
	}
	return c.LinkOf(&rows[0]), nil
}

// walk follows the links behind a head to the end of the chain.
func (c Chain[R]) walk(ctx context.Context, walked audit.Head, follow func(audit.Head, *R) (audit.Head, error)) (audit.Head, error) {
	for {
		head, err := c.Head(ctx) // before the rows: with none behind it, the walk is at its end
		if err != nil {
			return walked, err
		}
		rows, err := c.Columns.All(ctx, c.Engine.Reader(), c.Linked, walked.Seq, walkPage)
		if err != nil {
			return walked, db.Clean(err)
		}
		for _, r := range rows {
			if walked, err = follow(walked, &r); err != nil {
				return walked, err
			}
		}
		switch {
		case len(rows) > 0:
		case head.Seq != walked.Seq || !bytes.Equal(head.Hash, walked.Hash):
			return walked, audit.Broken("the %s end with link %d and should end with %d", c.Name, walked.Seq, head.Seq)
		default:
			return head, nil
		}
	}
}
