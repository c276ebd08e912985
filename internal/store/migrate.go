package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"intake/internal/durable"
)

//go:embed migrations
var migrations embed.FS

// migrateLimit ends a start that waits for another one's migration.
const migrateLimit = 10 * time.Minute

// prepare brings the tables up to date and compares the stamp, before and after: a database of
// another environment must not even be migrated.
func (s *Store) prepare(ctx context.Context, opt Options) error {
	stamped, err := s.engine.hasTable(ctx, "stamp")
	if err != nil {
		return clean(err)
	}
	if !stamped && !opt.Create {
		return errors.New("the database has none of our tables: name the right one, or set it up with intake init")
	}
	if stamped {
		if err := s.compareStamp(ctx, opt.Environment); err != nil && !errors.Is(err, errNoStamp) {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, migrateLimit)
	defer cancel()
	if err := s.engine.migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", clean(err))
	}
	err = s.compareStamp(ctx, opt.Environment)
	if errors.Is(err, errNoStamp) && opt.Create {
		if err := s.writeStamp(ctx, opt.Environment); err != nil {
			return fmt.Errorf("stamp the database: %w", err)
		}
		err = s.compareStamp(ctx, opt.Environment)
	}
	return err
}

// The stamp's sealed value stands where no lead can: as the field of a lead called "stamp".
const stampID, stampField, stampValue = "stamp", "key_check", "intake"

var errNoStamp = errors.New("the database was never set up to its end: run intake init again")

// writeStamp stamps a database that has no stamp yet.
func (s *Store) writeStamp(ctx context.Context, environment string) error {
	check, err := s.keys.Seal([]byte(stampValue), stampID, stampField)
	if err != nil {
		return err
	}
	now := s.now().UnixMilli()
	_, err = write(ctx, s, courierLimit, func(ctx context.Context, q queries) (sql.Result, error) {
		return q.ExecContext(ctx, `insert into stamp (id, environment, key_check, created_at, checked_at, database_id)
			values (1, $1, $2, $3, $3, $4) on conflict (id) do nothing`, environment, check, now, rand.Text())
	})
	return err
}

// compareStamp refuses a database of another environment or of other keys.
func (s *Store) compareStamp(ctx context.Context, environment string) error {
	var stamped string
	var check []byte
	err := s.engine.reader().QueryRowContext(ctx, "select environment, key_check from stamp where id = 1").Scan(&stamped, &check)
	if errors.Is(err, sql.ErrNoRows) {
		return errNoStamp
	}
	if err != nil {
		return fmt.Errorf("read the stamp: %w", clean(err))
	}
	if stamped != environment {
		return fmt.Errorf("the database belongs to the environment %q, and this is %q", stamped, environment)
	}
	if _, err := s.keys.Open(check, stampID, stampField); err != nil {
		return errors.New("the keys are not those of this database: name the key file that belongs to it")
	}
	return nil
}

func (e *sqliteEngine) migrate(ctx context.Context) error {
	err := migrateWith(ctx, goose.DialectSQLite3, e.writer, "migrations/sqlite", goose.WithLocker(&fileLock{path: e.path}))
	if err != nil || !e.create {
		return err
	}
	folder := filepath.Dir(e.path) // else a power cut may forget the file, or its new folder
	return errors.Join(durable.SyncFolder(folder), durable.SyncFolder(filepath.Dir(folder)))
}

func (e *postgresEngine) migrate(ctx context.Context) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(migrateLimit/time.Second))) // asks every second
	if err != nil {
		return err
	}
	return migrateWith(ctx, goose.DialectPostgres, e.slow, "migrations/postgres", goose.WithSessionLocker(locker))
}

func migrateWith(ctx context.Context, dialect goose.Dialect, db *sql.DB, folder string, locker goose.ProviderOption) error {
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files, locker, goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true)) // branches add files side by side, and each only adds tables or columns
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// fileLock lets one process at a time migrate a SQLite file. The lock is on a file beside it and
// ends with the process that holds it.
type fileLock struct {
	path string
	file *os.File
}

// Lock waits until no other process migrates, or ctx ends.
func (l *fileLock) Lock(ctx context.Context, _ *sql.DB) error {
	lock, err := durable.OpenLock(l.path)
	if err != nil {
		return err
	}
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			l.file = lock
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return errors.Join(err, lock.Close())
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), lock.Close())
		case <-time.After(20 * time.Millisecond): // a migration takes longer than that
		}
	}
}

// Unlock lets the next one in.
func (l *fileLock) Unlock(context.Context, *sql.DB) error { return l.file.Close() }
