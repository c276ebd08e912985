package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"intake/internal/durable"
)

//go:embed migrations
var migrations embed.FS

// MigrateLimit is how long a start waits for the migration of another process.
const MigrateLimit = 10 * time.Minute

// Migrate lets one process at a time migrate the file.
func (e *sqliteEngine) Migrate(ctx context.Context) (err error) {
	unlock, err := durable.Lock(ctx, e.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return migrateWith(ctx, goose.DialectSQLite3, e.writer, "migrations/sqlite")
}

func (e *postgresEngine) Migrate(ctx context.Context) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, uint64(MigrateLimit/time.Second))) // tries every second
	if err != nil {
		return err
	}
	return migrateWith(ctx, goose.DialectPostgres, e.unlimited, "migrations/postgres", goose.WithSessionLocker(locker))
}

func migrateWith(ctx context.Context, dialect goose.Dialect, db *sql.DB, folder string, options ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	options = append(options, goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true)) // branches add migrations side by side, and each only adds tables or columns
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
