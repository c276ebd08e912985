// Package rekey seals and indexes anew what older keys have sealed and indexed.
package rekey

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/optout"
	"intake/internal/store/registry"
	"intake/internal/store/stamp"
	"intake/internal/store/table"
)

// resealBatch is how many rows share a commit, so that nobody waits long behind it.
const resealBatch = 200

// sealedTable is a table with columns that the primary key itself has sealed: wrapped data keys, and values
// that do not stay for long.
type sealedTable struct {
	name, key string
	columns   []string // that are sealed
	places    []string // that each is bound to
}

// sealedTables is what a rotation seals anew.
var sealedTables = tablesToReseal(registry.Tables)

// page selects rows behind the key $1.
func (t sealedTable) page() string {
	return "select " + t.key + ", " + strings.Join(t.columns, ", ") + " from " + t.name +
		" where " + t.key + " > $1 order by " + t.key + " limit $2"
}

// swap replaces values that are still what was read. A value that was erased in between stays so.
func (t sealedTable) swap() string {
	sets := make([]string, len(t.columns))
	for i, column := range t.columns {
		was, becomes := "$"+strconv.Itoa(2*i+2), "$"+strconv.Itoa(2*i+3)
		sets[i] = column + " = case when " + column + " = " + was + " then " + becomes + " else " + column + " end"
	}
	return "update " + t.name + " set " + strings.Join(sets, ", ") + " where " + t.key + " = $1"
}

type sealedRow struct {
	id     lead.PartnerID
	values [][]byte
}

// Rotation is the part of the store that follows new keys: what older ones have sealed or indexed is sealed and indexed anew.
type Rotation struct {
	*leadtable.Table
	optOuts *optout.OptOuts
}

// New returns the rotation of keys of a database.
func New(t *leadtable.Table, o *optout.OptOuts) *Rotation { return &Rotation{t, o} }

// pages calls act with every page of the rows of the table behind a key.
func (s *Rotation) pages(ctx context.Context, t sealedTable, after lead.PartnerID, act func([]sealedRow) error) error {
	for {
		var page []sealedRow
		err := table.Each(ctx, s.Engine.Reader(), t.page(), func(rows *sql.Rows) error {
			row := sealedRow{values: make([][]byte, len(t.columns))}
			dest := []any{&row.id}
			for i := range row.values {
				dest = append(dest, &row.values[i])
			}
			err := rows.Scan(dest...)
			page = append(page, row)
			return err
		}, after, resealBatch)
		if err == nil && len(page) > 0 {
			err = act(page)
		}
		if err != nil || len(page) < resealBatch {
			return err
		}
		after = page[len(page)-1].id
	}
}

// Reseal seals everything anew that is not sealed by the primary key, 200 rows a commit, while
// others go on saving and claiming, until it finds nothing more. It may be interrupted at any
// moment and run again. It tells progress the number of rows after each commit, and returns it. A
// value that does not open is left as it is, and an error at the end. The entry tells who and why,
// and is written in the last commit; its action is filled in.
func (s *Rotation) Reseal(ctx context.Context, e audit.Entry, progress func(rows int)) (rows int, err error) {
	defer db.Wrap(&err, "seal anew")
	e.Action = "rotate keys"
	if err := e.Check(); err != nil {
		return 0, err
	}
	for before := -1; rows > before; { // somebody who did not know of the new key yet may have saved more
		before = rows
		var broken int
		for _, t := range sealedTables {
			n, err := s.ResealTable(ctx, t.name, "", func(n int) {
				rows += n
				progress(rows)
			})
			if broken += n; err != nil {
				return rows, err
			}
		}
		if broken > 0 && rows == before {
			return rows, fmt.Errorf("%d values do not open and stay as they are", broken)
		}
	}
	return rows, s.resealStamp(ctx, e)
}

// ResealTable goes once through the rows of a table behind a key, and counts the values that do not open.
func (s *Rotation) ResealTable(ctx context.Context, name string, after lead.PartnerID, done func(rows int)) (broken int, err error) {
	i := slices.IndexFunc(sealedTables, func(t sealedTable) bool { return t.name == name })
	return s.replaceValues(ctx, sealedTables[i], after, s.sealAnew, done)
}

// sealAnew returns nil for what is sealed by the primary key already.
func (s *Rotation) sealAnew(value []byte, id, place string) ([]byte, error) {
	if by, err := seal.KeyID(value); value == nil || err == nil && by == s.Keys.Primary() {
		return nil, nil
	}
	plain, err := s.Keys.Open(value, id, place)
	if err != nil {
		return nil, err
	}
	return s.Keys.Seal(plain, id, place)
}

// replaceValues replaces the values behind a key of a table for which anew returns others, 200 rows a commit, and calls done with the
// number of rows after each. It leaves those for which anew returns an error, and counts them.
func (s *Rotation) replaceValues(ctx context.Context, t sealedTable, after lead.PartnerID, anew func(value []byte, id, place string) ([]byte, error), done func(rows int)) (broken int, err error) {
	err = s.pages(ctx, t, after, func(page []sealedRow) error {
		n, bad, err := s.replacePage(ctx, t, page, anew)
		if broken += bad; n > 0 {
			done(n)
		}
		return errors.Join(err, ctx.Err())
	})
	return broken, err
}

func (s *Rotation) replacePage(ctx context.Context, t sealedTable, page []sealedRow, anew func(value []byte, id, place string) ([]byte, error)) (rows, broken int, err error) {
	if err := s.Keys.Refresh(); err != nil {
		return 0, 0, err
	}
	var swaps [][]any
	for _, row := range page {
		args, changed := []any{row.id}, false
		for i, was := range row.values {
			becomes, err := anew(was, string(row.id), t.places[i])
			if err != nil {
				broken++
			}
			if becomes == nil {
				was = nil // no value is null: the column stays
			}
			args, changed = append(args, was, becomes), changed || becomes != nil
		}
		if changed {
			swaps = append(swaps, args)
		}
	}
	if len(swaps) == 0 {
		return 0, broken, nil
	}
	query := t.swap()
	rows, err = db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (int, error) {
		for _, args := range swaps {
			if _, err := q.ExecContext(ctx, query, args...); err != nil {
				return 0, err
			}
		}
		return len(swaps), db.MarkUnscrubbed(ctx, q, s.Now()) // who has the old key shall not find what it opens
	})
	return rows, broken, err
}

func (s *Rotation) resealStamp(ctx context.Context, e audit.Entry) error {
	check, err := stamp.Seal(s.Keys)
	if err != nil {
		return err
	}
	_, err = db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		if _, err = q.ExecContext(ctx, "update stamp set key_check = $1 where id = 1", check); err != nil {
			return none, err
		}
		return none, s.AuditLog().Add(ctx, q, e)
	})
	return err
}

// KeyUse tells for each key how many rows hold a value that it sealed.
func (s *Rotation) KeyUse(ctx context.Context) (use map[uint32]int, err error) {
	defer db.Wrap(&err, "count the use of keys")
	use = map[uint32]int{}
	count := func(page []sealedRow) error {
		for _, row := range page {
			keys := map[uint32]int{}
			for _, value := range row.values {
				if value == nil {
					continue
				}
				id, err := seal.KeyID(value)
				if err != nil {
					return fmt.Errorf("row %s: %w", row.id, err)
				}
				keys[id] = use[id] + 1
			}
			maps.Copy(use, keys)
		}
		return nil
	}
	check := sealedRow{id: stamp.ID, values: make([][]byte, 1)}
	if err := s.Engine.Reader().QueryRowContext(ctx, "select key_check from stamp where id = 1").Scan(&check.values[0]); err != nil {
		return nil, err
	}
	err = count([]sealedRow{check})
	for _, t := range sealedTables {
		if err == nil {
			err = s.pages(ctx, t, "", count)
		}
	}
	return use, err
}

// RefreshKeys takes over what has changed in the key file. Saves and re-sealing do so by themselves;
// this tells why they could not.
func (s *Rotation) RefreshKeys() error { return s.Keys.Refresh() }

// tablesToReseal are the tables that a rotation goes through.
func tablesToReseal(all []registry.Table) []sealedTable {
	var list []sealedTable
	for _, table := range all {
		sealed := sealedTable{name: table.Name, key: table.Key}
		for _, c := range table.Columns {
			if c.ByPrimaryKey() {
				sealed.columns, sealed.places = append(sealed.columns, c.Name), append(sealed.places, c.Place)
			}
		}
		if table.Key != "" && len(sealed.columns) > 0 {
			list = append(list, sealed)
		}
	}
	return list
}
