package watch

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// server notes when it was told to notify. It is its driver, connector and connection.
type server struct{ notified []time.Time }

func (s *server) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *server) Driver() driver.Driver                        { return s }
func (s *server) Open(string) (driver.Conn, error)             { return s, nil }
func (s *server) Prepare(string) (driver.Stmt, error)          { return nil, errors.New("only notifies") }
func (s *server) Begin() (driver.Tx, error) {
	return nil, errors.New("no notification in a transaction")
}
func (s *server) Close() error { return nil }

// ExecContext is one notification.
func (s *server) ExecContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Result, error) {
	if query != "notify intake_write" {
		return nil, errors.New("only notifies")
	}
	s.notified = append(s.notified, time.Now())
	return driver.RowsAffected(0), nil
}

func TestNotifier_SharesANotificationAmongWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		pool := sql.OpenDB(s)
		defer pool.Close()
		var n Notifier
		n.Start(pool)
		defer n.Close()
		time.Sleep(time.Hour) // of the test's own clock
		var last time.Time
		for range 1000 {
			last = time.Now()
			n.Wrote()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(s.notified) != 21 {
			t.Errorf("%d notifications of the writes of a second, want one every 50 ms", len(s.notified))
		}
		for i := 1; i < len(s.notified); i++ {
			if pause := s.notified[i].Sub(s.notified[i-1]); pause < notifyEvery {
				t.Errorf("two notifications within %s", pause)
			}
		}
		if s.notified[len(s.notified)-1].Before(last) {
			t.Error("no notification of the last write")
		}
	})
}
