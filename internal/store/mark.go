package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"intake/internal/audit"
	"intake/internal/durable"
	"intake/internal/lead"
	"intake/internal/store/db"
)

// deliveryMark is how often this node has claimed leads, written down outside the database before the
// calls of the last claim are made. A database that knows of fewer claims of this node is older than what
// was sent.
type deliveryMark struct {
	Database string `json:"database"` // its id
	Node     string `json:"node"`     // random; each node counts its own claims
	Claims   int64  `json:"claims"`
}

// marks keeps the delivery marks in a folder, a file for each database.
type marks struct {
	folder  string
	writing sync.Mutex
	failed  atomic.Bool // the last write

	undoing sync.Mutex
	undone  []lead.Lead // claimed without a call, and still to be undone
}

// path is the file for a database. The id comes from the database and must be one of ours.
func (m *marks) path(database string) (string, error) {
	if len(database) != 26 || strings.Trim(database, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", errors.New("the database has no id that we made")
	}
	return filepath.Join(m.folder, "delivery-mark-"+database+".json"), nil
}

// read returns the mark of a database; fs.ErrNotExist means that no node with this folder claimed from it.
func (m *marks) read(database string) (mark deliveryMark, err error) {
	path, err := m.path(database)
	if err != nil {
		return mark, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return mark, err
	}
	if json.Unmarshal(data, &mark) != nil || mark.Database != database || mark.Node == "" || mark.Claims < 0 {
		return mark, fmt.Errorf("the delivery mark %s is damaged: move it away when nothing was sent that the database does not know of, else run intake restore", path)
	}
	return mark, nil
}

// open reads the mark of a database, and creates one where there is none, unless mayBegin returns an error. After a
// failed write it writes the mark again. An error means that no call may be made.
func (m *marks) open(ctx context.Context, database string, mayBegin func(context.Context) error) (deliveryMark, error) {
	mark, err := m.read(database)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing || err == nil && !m.failed.Load() {
		return mark, m.note(err)
	}
	err = m.change(ctx, database, func(now *deliveryMark, begins bool) (bool, error) {
		if begins {
			if err := mayBegin(ctx); err != nil {
				return false, err
			}
		}
		mark = *now
		return true, nil
	})
	return mark, err
}

// raise writes the node's number of claims to the mark. It never lowers a mark. It is an error when the mark was
// removed or replaced since the claim, because then nothing outside the database knows of the claim.
func (m *marks) raise(ctx context.Context, claimed deliveryMark) error {
	return m.change(ctx, claimed.Database, func(now *deliveryMark, _ bool) (bool, error) {
		if now.Node != claimed.Node {
			return false, errors.New("the file was taken away after the claim")
		}
		if now.Claims >= claimed.Claims {
			return false, nil
		}
		now.Claims = claimed.Claims
		return true, nil
	})
}

// change replaces the file of a database durably when act says so, one process at a time.
func (m *marks) change(ctx context.Context, database string, act func(now *deliveryMark, begins bool) (bool, error)) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	return m.note(m.changeAlone(ctx, database, act))
}

func (m *marks) changeAlone(ctx context.Context, database string, act func(now *deliveryMark, begins bool) (bool, error)) (err error) {
	path, err := m.path(database)
	if err != nil {
		return err
	}
	unlock, err := durable.Lock(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	mark, err := m.read(database)
	begins := errors.Is(err, fs.ErrNotExist)
	if begins {
		mark, err = deliveryMark{Database: database, Node: rand.Text()}, nil
	}
	if err != nil {
		return err
	}
	if changed, err := act(&mark, begins); err != nil || !changed {
		return err
	}
	data, err := json.Marshal(mark)
	if err != nil {
		return err
	}
	return durable.Replace(path, append(data, '\n'))
}

func (m *marks) note(err error) error {
	none := errors.Is(err, errNoMark)
	m.failed.Store(err != nil && !none)
	if err != nil && !none {
		return fmt.Errorf("no call is made without the delivery mark in %s: %w", m.folder, err)
	}
	return err
}

// errNoMark: claims were made from the database, and nothing outside of it tells how many.
var errNoMark = errors.New("the database knows of claims, and there is no delivery mark that tells whether it knows of all")

// mayBeginMark refuses a first mark for an SQLite database that was claimed from: its processes share one
// folder, so the mark was lost, or the file was brought here without it. On PostgreSQL it may be a new node.
func (s *Store) mayBeginMark(ctx context.Context) error {
	if s.engine.ManyHosts() {
		return nil
	}
	var claims int64
	if err := s.engine.Reader().QueryRowContext(ctx, "select coalesce(sum(claims), 0) from delivery_mark").Scan(&claims); err != nil {
		return fmt.Errorf("look for claims: %w", db.Clean(err))
	}
	if claims > 0 {
		return errNoMark
	}
	return nil
}

// MarkFails says whether the delivery mark cannot be read or written, so that no call is made. It never
// blocks.
func (s *Store) MarkFails() bool { return s.marks != nil && s.marks.failed.Load() }

// MarkReadable says what keeps this node from reading or writing its delivery mark. It writes nothing.
func (s *Store) MarkReadable(ctx context.Context) error {
	if s.marks == nil {
		return nil
	}
	id, err := s.DatabaseID(ctx)
	if err != nil {
		return err
	}
	if _, err := s.marks.read(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := syscall.Access(s.marks.folder, accessWrite); err != nil {
		return fmt.Errorf("the folder %s cannot be written: %w", s.marks.folder, err)
	}
	return nil
}

const accessWrite = 2 // W_OK of access(2)

const (
	selectMark = "select database_id, coalesce((select claims from delivery_mark where node = $1), 0) from stamp where id = 1"
	raiseMark  = `insert into delivery_mark (node, claims) values ($1, 1)
		on conflict (node) do update set claims = delivery_mark.claims + 1 returning claims`
)

// DatabaseID is the random id of the database. A restore gives it another one.
func (s *Store) DatabaseID(ctx context.Context) (id string, err error) {
	if err := s.engine.Reader().QueryRowContext(ctx, "select database_id from stamp where id = 1").Scan(&id); err != nil {
		return "", fmt.Errorf("read the id of the database: %w", db.Clean(err))
	}
	return id, nil
}

// ErrOlder: the database is older than what this node has sent, or nothing tells that it is not. It is guarded
// now, as by RestoreDoubts.
var ErrOlder = errors.New("the database is older than what was sent, or may be: it came from a backup, and nothing goes out until intake restore -lift")

// olderThanMark is why a database is guarded whose node has claimed more often than it knows.
func olderThanMark(knows, claimed int64) string {
	return fmt.Sprintf("the database knows of %d claims of this node, which has made %d", knows, claimed)
}

// claimWithMark runs claim in a transaction that also counts the claims of this node, and writes that number to the
// delivery mark before it returns the rows: then their calls may be made. When the mark cannot be written, undo undoes
// the claim; it is called before each claim, too, for what it could not undo then. A database that knows of fewer claims
// than the mark is guarded and nothing is claimed: ErrOlder.
func claimWithMark[R any](ctx context.Context, s *Store, undo func(context.Context, ...R) error, claim func(context.Context, db.Queries) ([]R, error)) ([]R, error) {
	if s.marks == nil {
		return db.Write(ctx, s.engine, claimLimit, claim)
	}
	if err := undo(ctx); err != nil {
		return nil, err
	}
	database, err := s.DatabaseID(ctx)
	if err != nil {
		return nil, err
	}
	s.sources.ForgetOthers(database)
	s.agents.ForgetOthers(database)
	mark, err := s.marks.open(ctx, database, s.mayBeginMark)
	if errors.Is(err, errNoMark) {
		return nil, s.guardOlder(ctx, err.Error(), false)
	}
	if err != nil {
		return nil, err
	}
	c, err := db.Write(ctx, s.engine, claimLimit, func(ctx context.Context, q db.Queries) (countedClaim[R], error) {
		return countClaim(ctx, q, mark, claim)
	})
	if err == nil && c.older != "" {
		return nil, s.guardOlder(ctx, c.older, true)
	}
	if err != nil || len(c.rows) == 0 {
		return nil, err
	}
	mark.Claims = c.number
	if err := s.marks.raise(context.WithoutCancel(ctx), mark); err != nil {
		return nil, errors.Join(err, undo(context.WithoutCancel(ctx), c.rows...))
	}
	return c.rows, nil
}

func (s *Store) guardOlder(ctx context.Context, why string, sent bool) error {
	_, err := s.restoreDoubts(ctx, audit.Entry{Who: "intake", Reason: why}, sent)
	return errors.Join(ErrOlder, err)
}

// countedClaim is a claim with its number, or why nothing is claimed from a database.
type countedClaim[R any] struct {
	rows   []R
	number int64
	older  string
}

// countClaim compares the mark with what the database knows, claims, and counts the claim.
func countClaim[R any](ctx context.Context, q db.Queries, mark deliveryMark, claim func(context.Context, db.Queries) ([]R, error)) (c countedClaim[R], err error) {
	var database string
	if err := q.QueryRowContext(ctx, selectMark, mark.Node).Scan(&database, &c.number); err != nil {
		return c, err
	}
	if database != mark.Database {
		return c, nil // it was guarded since: the next claim goes by its new id
	}
	if c.number < mark.Claims {
		c.older = olderThanMark(c.number, mark.Claims)
		return c, nil
	}
	if c.rows, err = claim(ctx, q); err != nil || len(c.rows) == 0 {
		return c, err
	}
	return c, q.QueryRowContext(ctx, raiseMark, mark.Node).Scan(&c.number)
}

// undoClaims undoes claims whose calls are not made. Where the database refuses that now, as when its disk is full
// too, the next claim tries again; a lease may have ended by then.
func (s *Store) undoClaims(ctx context.Context, more ...lead.Lead) error {
	s.marks.undoing.Lock()
	defer s.marks.undoing.Unlock()
	var left []lead.Lead
	var errs []error
	for _, l := range append(s.marks.undone, more...) {
		if err := s.Record(ctx, l.ID, l.Attempt, undoneClaim(l)); err != nil && !errors.Is(err, lead.ErrFenced) {
			left, errs = append(left, l), append(errs, err)
		}
	}
	s.marks.undone = left
	return errors.Join(errs...)
}

// undoneClaim is the outcome that makes a claimed lead what it was before its claim.
func undoneClaim(l lead.Lead) lead.Outcome {
	switch {
	case l.Status == lead.Closed:
		return lead.Outcome{Event: lead.Postponed, Reason: l.Reason, Next: l.Step}
	case l.Status == lead.Sending && !l.DoubtSince.IsZero(): // by ClaimDoubt
		return lead.Outcome{Event: lead.ResendStopped, Reason: l.Reason}
	}
	return lead.Outcome{Event: lead.Stopped, Reason: "the delivery mark could not be written", Next: l.Step}
}
