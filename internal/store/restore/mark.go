package restore

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

// open reads the mark of a database, and creates one where there is none and mayBegin. After a failed write it writes the
// mark again. An error means that no call may be made.
func (m *marks) open(ctx context.Context, database string, mayBegin bool) (deliveryMark, error) {
	mark, err := m.read(database)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !mayBegin:
		return mark, errNoMark
	case errors.Is(err, fs.ErrNotExist):
		return m.raise(ctx, deliveryMark{Database: database})
	case err == nil && m.failed.Load():
		return m.raise(ctx, mark)
	}
	return mark, m.note(err)
}

// raise writes the claims of a mark to its file, durably and one process at a time, and returns what is in the file then.
// It never lowers a number. A mark without a node begins one where there is no file. Any other is an error when its file was
// removed or replaced since the claim, because then nothing outside the database knows of the claim.
func (m *marks) raise(ctx context.Context, claimed deliveryMark) (now deliveryMark, err error) {
	m.writing.Lock()
	defer m.writing.Unlock()
	defer func() { err = m.note(err) }()
	path, err := m.path(claimed.Database)
	if err != nil {
		return now, err
	}
	unlock, err := durable.Lock(ctx, path)
	if err != nil {
		return now, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	now, err = m.read(claimed.Database)
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case missing && claimed.Node == "":
		now = deliveryMark{Database: claimed.Database, Node: rand.Text()}
	case missing, err == nil && claimed.Node != "" && now.Node != claimed.Node:
		return now, errors.New("the file was taken away after the claim")
	case err != nil, now.Claims >= claimed.Claims && !m.failed.Load():
		return now, err
	}
	now.Claims = max(now.Claims, claimed.Claims)
	data, err := json.Marshal(now)
	if err != nil {
		return now, err
	}
	return now, durable.Replace(path, append(data, '\n'))
}

// note keeps for MarkFails whether the mark could be read or written.
func (m *marks) note(err error) error {
	m.failed.Store(err != nil)
	if err != nil {
		return fmt.Errorf("no call is made without the delivery mark in %s: %w", m.folder, err)
	}
	return nil
}

// errNoMark: claims were made from the database, and nothing outside of it tells how many.
var errNoMark = errors.New("the database knows of claims, and there is no delivery mark that tells whether it knows of all")

// openMark opens the mark of the database. It refuses to begin one for an SQLite database that was claimed from: its
// processes share one folder, so the mark was lost, or the file was brought here without it. On PostgreSQL it may be a
// new node.
func (s *Restorer) openMark(ctx context.Context) (mark deliveryMark, err error) {
	var database string
	var claims int64 // read before the file, which each process begins before its first claim
	err = s.Engine.Reader().QueryRowContext(ctx, "select database_id, (select coalesce(sum(claims), 0) from delivery_mark) from stamp where id = 1").Scan(&database, &claims)
	if err != nil {
		return mark, fmt.Errorf("look for claims: %w", db.Clean(err))
	}
	return s.marks.open(ctx, database, claims == 0 || s.Engine.ManyHosts())
}

// MarkFails says whether the delivery mark cannot be read or written, so that no call is made. It never
// blocks.
func (s *Restorer) MarkFails() bool { return s.marks != nil && s.marks.failed.Load() }

// MarkReadable says what keeps this node from reading or writing its delivery mark. It writes nothing.
func (s *Restorer) MarkReadable(ctx context.Context) error {
	if s.marks == nil {
		return nil
	}
	id, err := s.parts.Stamp.DatabaseID(ctx)
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

// olderThan says why a database is older than a mark, if it knows of fewer claims. It is not known when the database has
// another id by now, because it was guarded.
func olderThan(ctx context.Context, q db.Queries, mark deliveryMark) (why string, known bool, err error) {
	var database string
	var claims int64
	err = q.QueryRowContext(ctx, selectMark, mark.Node).Scan(&database, &claims)
	known = err == nil && database == mark.Database
	if known && claims < mark.Claims {
		why = fmt.Sprintf("the database knows of %d claims of this node, which has made %d", claims, mark.Claims)
	}
	return why, known, err
}

// ErrOlder: the database is older than what this node has sent, or nothing tells that it is not. It is guarded
// now, as by RestoreDoubts.
var ErrOlder = errors.New("the database is older than what was sent, or may be: it came from a backup, and nothing goes out until intake restore -lift")

// ClaimWithMark runs claim in a transaction that also counts the claims of this node, and writes that number to the
// delivery mark before it returns the rows: then their calls may be made. When the mark cannot be written, undo undoes
// the claim; it is called before each claim, too, for what it could not undo then. A database that knows of fewer claims
// than the mark is guarded and nothing is claimed: ErrOlder.
func ClaimWithMark[R any](ctx context.Context, s *Restorer, undo func(context.Context, ...R) error, claim func(context.Context, db.Queries) ([]R, error)) ([]R, error) {
	if s.marks == nil {
		return db.Write(ctx, s.Engine, db.ClaimLimit, claim)
	}
	if err := undo(ctx); err != nil {
		return nil, err
	}
	mark, err := s.openMark(ctx)
	if errors.Is(err, errNoMark) {
		return nil, s.guardOlder(ctx, err.Error())
	}
	if err != nil {
		return nil, err
	}
	s.parts.ForgetOthers(mark.Database)
	var older string
	var number int64
	rows, err := db.Write(ctx, s.Engine, db.ClaimLimit, func(ctx context.Context, q db.Queries) ([]R, error) {
		why, known, err := olderThan(ctx, q, mark)
		older = why
		if err != nil || older != "" || !known { // if it was guarded since, the next claim goes by its new id
			return nil, err
		}
		rows, err := claim(ctx, q)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		return rows, q.QueryRowContext(ctx, raiseMark, mark.Node).Scan(&number)
	})
	if err == nil && older != "" {
		return nil, s.guardOlder(ctx, older)
	}
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	mark.Claims = number
	if _, err := s.marks.raise(context.WithoutCancel(ctx), mark); err != nil {
		return nil, errors.Join(err, undo(context.WithoutCancel(ctx), rows...))
	}
	return rows, nil
}

func (s *Restorer) guardOlder(ctx context.Context, why string) error {
	_, err := s.RestoreDoubts(ctx, audit.Entry{Who: "intake", Reason: why})
	return errors.Join(ErrOlder, err)
}
