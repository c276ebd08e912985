package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"intake/internal/durable"
)

const (
	// oldestSQLite is the first version without the WAL-reset bug: sqlite.org/wal.html.
	oldestSQLite = 3_051_003

	readers = 4 // connections that read; more do not help on the machines this runs on
)

// The settings are part of the address, so that every connection of a pool has them. They are read back at the start.
const (
	writerBusyTimeout = "30000" // milliseconds, for another process that writes
	waitSQL           = "pragma busy_timeout = " + writerBusyTimeout
	pollSQL           = "pragma busy_timeout = 0" // from the first write on, see groupWriter.begin
	writerSettings    = "_txlock=immediate&_dqs=0&_defensive=1&_pragma=busy_timeout(" + writerBusyTimeout + ")&_pragma=journal_mode(WAL)" +
		"&_pragma=wal_autocheckpoint(0)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_pragma=trusted_schema(0)"
	readerSettings = "mode=ro&_dqs=0&_defensive=1&_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=trusted_schema(0)"
)

// setting is the value that a setting must have.
type setting struct{ name, want string }

var (
	writerMust = []setting{{"busy_timeout", writerBusyTimeout}, {"journal_mode", "wal"}, {"wal_autocheckpoint", "0"}, {"synchronous", "2"},
		{"foreign_keys", "1"}, {"secure_delete", "1"}, {"trusted_schema", "0"}}
	readerMust = []setting{{"busy_timeout", "5000"}, {"query_only", "1"}, {"trusted_schema", "0"}}
)

// sqliteEngine has one connection that writes, in groups, and a pool that can only read.
type sqliteEngine struct {
	path     string
	writer   *sql.DB // one connection
	pool     *sql.DB // connections that read
	prepared Queries // runs on pool
	group    *groupWriter

	checkpoints checkpoints
}

// OpenSQLite opens the SQLite file at path. With create a missing or empty one is made; without it is refused.
func OpenSQLite(ctx context.Context, path string, create bool) (Engine, error) {
	path = strings.TrimPrefix(path, "//") // file:///data is the same as file:/data
	if err := ensureFile(path, create); err != nil {
		return nil, err
	}
	before, err := statFiles(path)
	if err != nil {
		return nil, err
	}
	e := &sqliteEngine{path: path}
	e.checkpoints.writable, e.checkpoints.fail = context.WithCancelCause(context.Background())
	if err := e.connect(ctx); err != nil {
		return nil, errors.Join(explain(path, err), e.closePools())
	}
	files, err := statFiles(path)
	if err := errors.Join(err, before[:1].check()); err != nil {
		return nil, errors.Join(err, e.closePools())
	}
	e.group = startGroupWriter(e.writer, &e.checkpoints, files)
	return e, nil
}

// ensureFile refuses a missing or empty file, or with create makes one. It never opens a file that has content: closing
// it would release the POSIX locks that SQLite holds on it in this process.
func ensureFile(path string, create bool) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() > 0 {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at the database file: %w", err)
	}
	for _, end := range []string{"-wal", "-shm"} {
		if _, beside := os.Lstat(path + end); err != nil && !errors.Is(beside, fs.ErrNotExist) {
			return fmt.Errorf("the database %s is gone and its %s stands alone, in which leads may be that are nowhere else: keep it, and bring the file back from where it was moved; to restore a backup move %s away first", path, path+end, path+end)
		}
	}
	if !create {
		return fmt.Errorf("the database %s is missing or empty: name the right one, or make a new one with intake init", path)
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of the database: %w", err)
	}
	made, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite would make it readable for others
	if err != nil {
		return fmt.Errorf("make the database file: %w", err)
	}
	return errors.Join(durable.GiveToFolder(made), made.Close(),
		durable.SyncFolder(folder), durable.SyncFolder(filepath.Dir(folder))) // else a power cut may lose the new file or folder
}

// connect opens the writer, then the pool.
func (e *sqliteEngine) connect(ctx context.Context) error {
	address := fileAddress(e.path)
	var err error
	if e.writer, err = sql.Open("sqlite", address+"mode=rw&"+writerSettings); err != nil {
		return err
	}
	e.writer.SetMaxOpenConns(1)
	if err := checkSQLite(ctx, e.writer, writerMust); err != nil {
		return err
	}
	if err := e.emptyLog(ctx); err != nil {
		return err
	}
	if e.pool, err = sql.Open("sqlite", address+readerSettings); err != nil {
		return err
	}
	e.pool.SetMaxOpenConns(readers)
	e.pool.SetMaxIdleConns(readers)
	e.prepared = preparedPool(e.pool)
	return checkSQLite(ctx, e.pool, readerMust)
}

// checkSQLite compares version and settings, and reads the list of tables, so that a file that is no database is
// found out now.
func checkSQLite(ctx context.Context, db *sql.DB, must []setting) error {
	var version string
	if err := db.QueryRowContext(ctx, "select sqlite_version()").Scan(&version); err != nil {
		return err
	}
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil || major*1_000_000+minor*1_000+patch < oldestSQLite {
		return fmt.Errorf("SQLite %s is older than 3.51.3, which is needed", version)
	}
	if err := checkSettings(ctx, db, "SQLite", "pragma ", must); err != nil {
		return err
	}
	var tables int
	return db.QueryRowContext(ctx, "select count(*) from sqlite_master").Scan(&tables)
}

// checkSettings reads settings back. show begins a query of one.
func checkSettings(ctx context.Context, db *sql.DB, product, show string, must []setting) error {
	for _, s := range must {
		var got string
		if err := db.QueryRowContext(ctx, show+s.name).Scan(&got); err != nil {
			return err
		}
		if got != s.want {
			return fmt.Errorf("%s's %s is %s, it must be %s", product, s.name, got, s.want)
		}
	}
	return nil
}

// explain says what a person can do about a file that does not open.
func explain(path string, err error) error {
	switch codeOf(err) {
	case 0:
		return err
	case codeNotADB:
		return fmt.Errorf("the file %s is no database, or its start is damaged: restore a backup", path)
	case codeCorrupt:
		return fmt.Errorf("the database %s is damaged or cut short: restore a backup", path)
	case codeIO:
		return fmt.Errorf("the database %s: the disk fails (%w): look at it before the next start", path, Clean(err))
	case codeCantOpen:
		return fmt.Errorf("the database %s cannot be opened: check that its folder is there and can be written", path)
	}
	return fmt.Errorf("the database %s: %w", path, Clean(err))
}

func (e *sqliteEngine) Write(ctx context.Context, w Work) error { return e.group.write(ctx, w) }
func (e *sqliteEngine) Reader() Queries                         { return e.prepared }
func (e *sqliteEngine) LockRow() string                         { return "" } // a transaction that writes locks the whole file
func (e *sqliteEngine) SkipLocked() string                      { return "" }

func (e *sqliteEngine) HasTable(ctx context.Context, name string) (bool, error) {
	var n int
	err := e.writer.QueryRowContext(ctx, "select count(*) from sqlite_master where type = 'table' and name = $1", name).Scan(&n)
	return n > 0, explain(e.path, err)
}

func (e *sqliteEngine) Close() error {
	e.group.close()
	if e.checkpoints.writable.Err() != nil {
		return nil // closing the last connection would delete the log; the end of the process does not
	}
	return e.closePools()
}

func (e *sqliteEngine) Writable() context.Context { return e.checkpoints.writable }
func (e *sqliteEngine) ManyHosts() bool           { return false }
func (e *sqliteEngine) CheckpointStuck() bool     { return e.checkpoints.stuck() }

// closePools closes the writer last: the last connection to close moves the log into the database file.
func (e *sqliteEngine) closePools() error {
	var errs []error
	for _, db := range []*sql.DB{e.pool, e.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
