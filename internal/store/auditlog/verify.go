package auditlog

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"intake/internal/audit"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// verifyPage is how many entries a check of the chain reads at once.
const verifyPage = 500

const (
	selectLinked = "select " + entryColumns + ", audit_link.seq as link, audit_link.hash as link_hash from audit_link join audit_entry on id = entry_id where audit_link.seq > $1 order by audit_link.seq limit $2"
	countLinked  = "select count(*) from audit_link join audit_entry on id = entry_id where audit_link.seq > $1"
)

// Verify walks the whole chain, looks at what is not linked yet, and counts both. An audit.ErrBroken names the
// first entry that is not as it was written, or says what is missing; any other error says nothing about the log.
// With a hash that a head had before, it also misses an end that was cut off and forged anew.
func (l Log) Verify(ctx context.Context, known []byte) (audit.Report, error) {
	w := walk{Log: l, key: l.Keys.Derive(purpose), waiting: map[string]audit.Entry{}, found: map[string]found{}, known: known, met: known == nil}
	// In this order: an entry that was counted, and is linked meanwhile, is met by the walk.
	for _, step := range []func(context.Context) error{w.readCounters, w.readUnlinked, w.followAll, w.compareCounters} {
		if err := step(ctx); errors.Is(err, audit.ErrBroken) {
			return w.report, err
		} else if err != nil {
			return w.report, fmt.Errorf("verify the audit log: %w", db.Clean(err))
		}
	}
	if !w.met {
		return w.report, audit.Broken("the audit log does not hold the entry that was its head before")
	}
	return w.report, nil
}

// walk is a check of the audit log on its way.
type walk struct {
	Log
	key      []byte
	counters map[string]int64       // at the beginning
	waiting  map[string]audit.Entry // not linked yet, by id
	found    map[string]found       // by counter
	known    []byte
	met      bool
	report   audit.Report
}

// found is what the check found of a counter's entries.
type found struct {
	counted int64 // of those that there were at the beginning
	highest int64 // number of all
}

func (w *walk) count(e audit.Entry) {
	f := w.found[e.Counter]
	if e.Number <= w.counters[e.Counter] {
		f.counted++
	}
	f.highest = max(f.highest, e.Number)
	w.found[e.Counter] = f
}

func (w *walk) readCounters(ctx context.Context) (err error) {
	w.counters, err = w.selectCounters(ctx)
	return err
}

func (l Log) selectCounters(ctx context.Context) (map[string]int64, error) {
	counters := map[string]int64{}
	err := table.Each(ctx, l.Engine.Reader(), "select id, entries from audit_counter", func(row *sql.Rows) error {
		var id string
		var n int64
		err := row.Scan(&id, &n)
		counters[id] = n
		return err
	})
	return counters, err
}

func (w *walk) readUnlinked(ctx context.Context) error {
	for last := ""; ; {
		page, err := columns.All(ctx, w.Engine.Reader(), selectUnlinked, last, verifyPage)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := r.Verify(w.key); err != nil {
				return err
			}
			w.waiting[r.ID], last = r.Entry, r.ID
		}
		if len(page) < verifyPage {
			return nil
		}
	}
}

func (w *walk) followAll(ctx context.Context) error {
	for {
		page, err := columns.All(ctx, w.Engine.Reader(), selectLinked, w.report.Head.Seq, verifyPage)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := w.follow(r); err != nil {
				return err
			}
		}
		if len(page) == verifyPage {
			continue
		}
		if done, err := w.atEnd(ctx); err != nil || done {
			return err
		}
	}
}

func (w *walk) follow(r row) error {
	if err := r.Verify(w.key); err != nil {
		return err
	}
	next, err := w.report.Head.Follow(r.Entry, r.linkHash)
	if err != nil {
		return err
	}
	w.report.Head = next
	w.met = w.met || bytes.Equal(next.Hash, w.known)
	delete(w.waiting, r.ID)
	w.count(r.Entry)
	return nil
}

// atEnd compares the last link with the head that stands beside the chain; it is false when more was linked meanwhile.
func (w *walk) atEnd(ctx context.Context) (bool, error) {
	last := w.report.Head
	head, err := readHead(ctx, w.Engine.Reader(), selectHead)
	if err != nil || head.Seq == last.Seq && bytes.Equal(head.Hash, last.Hash) {
		return err == nil, err
	}
	var more int
	err = w.Engine.Reader().QueryRowContext(ctx, countLinked, last.Seq).Scan(&more)
	if err == nil && more == 0 {
		err = audit.Broken("the audit log ends with entry %d and should end with %d", last.Seq, head.Seq)
	}
	return false, err
}

// compareCounters finds entries that are gone although no link says so, and counters that were set back.
func (w *walk) compareCounters(ctx context.Context) error {
	for _, e := range w.waiting {
		w.count(e)
		w.report.Unlinked++
		if w.report.Oldest.IsZero() || e.At.Before(w.report.Oldest) {
			w.report.Oldest = e.At
		}
	}
	for id, n := range w.counters {
		if got := w.found[id].counted; got != n {
			return audit.Broken("the audit log should have %d entries of the counter %s and has %d: one was taken away before it was linked", n, id, got)
		}
	}
	now, err := w.selectCounters(ctx)
	if err != nil {
		return err
	}
	for id, f := range w.found {
		if now[id] < f.highest {
			return audit.Broken("the counter %s of the audit log was set back to %d, and entry %d is there", id, now[id], f.highest)
		}
	}
	return nil
}
