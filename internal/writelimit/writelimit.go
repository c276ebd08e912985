// Package writelimit closes connections to clients that read too slowly.
package writelimit

import (
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Listen closes connections to clients that read too slowly: every write must end within limit of the moment at
// which the client had last acknowledged everything. net/http alone gives each response a time limit of its own, so a
// client that sends many requests at once and hardly reads could hold its connection for all of them.
func Listen(l net.Listener, limit time.Duration) net.Listener {
	return listener{l, limit}
}

type listener struct {
	net.Listener
	limit time.Duration
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok && err == nil {
		return &conn{TCPConn: tcp, limit: l.limit, acknowledged: time.Now()}, nil
	}
	return c, err
}

type conn struct {
	*net.TCPConn
	limit time.Duration

	mu           sync.Mutex
	acknowledged time.Time // when the client was last seen to have acknowledged everything
}

// SetWriteDeadline sets t, or the end of the client's time if that comes first. A client that reads one response before
// it sends the next request has acknowledged everything by then.
func (c *conn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		return c.TCPConn.SetWriteDeadline(t) // between two responses
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hasUnacknowledged() {
		c.acknowledged = time.Now()
	}
	if end := c.acknowledged.Add(c.limit); end.Before(t) {
		t = end
	}
	return c.TCPConn.SetWriteDeadline(t)
}

// hasUnacknowledged reports whether the client has yet to acknowledge some of what was sent. It is false on systems other
// than Linux, which cannot tell: there the server's own time limits are the only ones.
func (c *conn) hasUnacknowledged() bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false // closed; setting the deadline says so
	}
	unacknowledged := 0
	if err := raw.Control(func(fd uintptr) { unacknowledged, _ = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) }); err != nil {
		return false // closed
	}
	return unacknowledged > 0
}
