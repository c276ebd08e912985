package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/db"
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
var sealedTables = tablesToReseal(registry)

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

func (s *Store) sealedPage(ctx context.Context, t sealedTable, after lead.PartnerID) ([]sealedRow, error) {
	rows, err := s.engine.Reader().QueryContext(ctx, t.page(), after, resealBatch)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	var page []sealedRow
	for rows.Next() {
		row := sealedRow{values: make([][]byte, len(t.columns))}
		dest := []any{&row.id}
		for i := range row.values {
			dest = append(dest, &row.values[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		page = append(page, row)
	}
	return page, rows.Err()
}

// pages calls act with every page of the table.
func (s *Store) pages(ctx context.Context, t sealedTable, act func([]sealedRow) error) error {
	for after := lead.PartnerID(""); ; {
		page, err := s.sealedPage(ctx, t, after)
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
func (s *Store) Reseal(ctx context.Context, e audit.Entry, progress func(rows int)) (int, error) {
	e.Action = "rotate keys"
	if err := e.Check(); err != nil {
		return 0, fmt.Errorf("seal anew: %w", err)
	}
	var rows int
	for {
		before, broken := rows, 0
		for _, t := range sealedTables {
			err := s.pages(ctx, t, func(page []sealedRow) error {
				n, bad, err := s.resealPage(ctx, t, page)
				broken += bad
				if rows += n; err == nil && n > 0 {
					progress(rows)
				}
				return err
			})
			if err != nil {
				return rows, fmt.Errorf("seal anew: %w", db.Clean(err))
			}
		}
		if rows > before {
			continue // somebody who did not know of the new key yet may have saved more
		}
		if broken > 0 {
			return rows, fmt.Errorf("seal anew: %d values do not open and stay as they are", broken)
		}
		return rows, s.resealStamp(ctx, e)
	}
}

func (s *Store) resealPage(ctx context.Context, t sealedTable, page []sealedRow) (rows, broken int, err error) {
	if err := s.keys.Refresh(); err != nil {
		return 0, 0, err
	}
	var swaps [][]any
	for _, row := range page {
		args, bad := s.resealRow(t, row)
		broken += bad
		if args != nil {
			swaps = append(swaps, args)
		}
	}
	if len(swaps) == 0 {
		return 0, broken, nil
	}
	query := t.swap()
	_, err = db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		for _, args := range swaps {
			if _, err := q.ExecContext(ctx, query, args...); err != nil {
				return none, err
			}
		}
		return none, db.MarkUnscrubbed(ctx, q, s.now()) // who has the old key shall not find what it opens
	})
	if err != nil {
		return 0, broken, err
	}
	return len(swaps), broken, ctx.Err()
}

// resealRow are the arguments of swap, or nil when there is nothing to do.
func (s *Store) resealRow(t sealedTable, row sealedRow) (args []any, broken int) {
	primary, work := s.keys.Primary(), false
	args = []any{row.id}
	for i, value := range row.values {
		var was, becomes []byte
		if id, err := seal.KeyID(value); value != nil && (err != nil || id != primary) {
			place := t.places[i]
			plain, err := s.keys.Open(value, string(row.id), place)
			if err == nil {
				becomes, err = s.keys.Seal(plain, string(row.id), place)
			}
			if err == nil {
				was, work = value, true
			} else {
				broken++
			}
		}
		args = append(args, was, becomes)
	}
	if !work {
		return nil, broken
	}
	return args, broken
}

func (s *Store) resealStamp(ctx context.Context, e audit.Entry) error {
	check, err := s.keys.Seal([]byte(stampValue), stampID, stampField)
	if err != nil {
		return err
	}
	_, err = db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		if _, err = q.ExecContext(ctx, "update stamp set key_check = $1 where id = 1", check); err != nil {
			return none, err
		}
		return none, s.AuditLog().Add(ctx, q, e)
	})
	if err != nil {
		return fmt.Errorf("seal anew: %w", err)
	}
	return nil
}

// KeyUse tells for each key how many rows hold a value that it sealed.
func (s *Store) KeyUse(ctx context.Context) (map[uint32]int, error) {
	use := map[uint32]int{}
	count := func(values ...[]byte) error {
		ids := map[uint32]bool{}
		for _, value := range values {
			if value == nil {
				continue
			}
			id, err := seal.KeyID(value)
			if err != nil {
				return err
			}
			ids[id] = true
		}
		for id := range ids {
			use[id]++
		}
		return nil
	}
	var check []byte
	err := s.engine.Reader().QueryRowContext(ctx, "select key_check from stamp where id = 1").Scan(&check)
	if err == nil {
		err = count(check)
	}
	for _, t := range sealedTables {
		if err == nil {
			err = s.pages(ctx, t, func(page []sealedRow) error {
				for _, row := range page {
					if err := count(row.values...); err != nil {
						return fmt.Errorf("%s %s: %w", t.name, row.id, err)
					}
				}
				return nil
			})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("count the use of keys: %w", db.Clean(err))
	}
	return use, nil
}

// RefreshKeys takes over what has changed in the key file. Saves and re-sealing do so by themselves;
// this tells why they could not.
func (s *Store) RefreshKeys() error { return s.keys.Refresh() }
