// Package watch finds out that a database was written to, also by other processes.
package watch

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	versionEvery = 100 * time.Millisecond // how often the version of an SQLite file is read
	notifyEvery  = 50 * time.Millisecond  // at most one notification of a process in this time
	notifyLimit  = 5 * time.Second
)

// SQLite polls the version of a file, which every commit of another connection raises, and calls wake when it is
// another. It returns when ctx ends, or with an error.
func SQLite(ctx context.Context, address string, wake func()) (err error) {
	pool, err := sql.Open("sqlite", address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tick := time.NewTicker(versionEvery)
	defer tick.Stop()
	for last := int64(-1); ; {
		var version int64
		if err := conn.QueryRowContext(ctx, "pragma data_version").Scan(&version); err != nil {
			return err
		}
		if version != last {
			wake()
		}
		last = version
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Postgres listens on a connection of its own, and calls wake after each notification of a Notifier. It returns when ctx
// ends, or with an error.
func Postgres(ctx context.Context, config *pgx.ConnConfig, wake func()) (err error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "listen intake_write"); err != nil {
		return err
	}
	for {
		wake() // at first for what was committed before it listened
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

// Notifier notifies listeners that this process has written. It never does so inside a transaction that writes: a
// notification makes commits wait for each other.
type Notifier struct {
	written chan struct{} // holds one: whatever is written before it is read shares a notification
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Start begins to notify, over connections of pool.
func (n *Notifier) Start(pool *sql.DB) {
	var ctx context.Context
	ctx, n.stop = context.WithCancel(context.Background())
	n.written = make(chan struct{}, 1)
	n.running.Go(func() { n.run(ctx, pool) })
}

// Wrote says that a transaction has ended. It never blocks.
func (n *Notifier) Wrote() {
	select {
	case n.written <- struct{}{}:
	default:
	}
}

func (n *Notifier) run(ctx context.Context, pool *sql.DB) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.written:
		}
		limited, cancel := context.WithTimeout(ctx, notifyLimit)
		_, _ = pool.ExecContext(limited, "notify intake_write") // listeners also look from time to time
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-time.After(notifyEvery):
		}
	}
}

// Close stops notifying.
func (n *Notifier) Close() {
	n.stop()
	n.running.Wait()
}
