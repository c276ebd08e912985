package app

import (
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// limitWrites has no write to a peer last longer than limit beyond the moment at which the peer had
// taken all that was sent to it. net/http alone gives every answer its own time, so a peer that asks
// for many pages at once and hardly reads would begin a new one again and again.
func limitWrites(l net.Listener, limit time.Duration) net.Listener {
	return stallListener{l, limit}
}

type stallListener struct {
	net.Listener
	limit time.Duration
}

func (l stallListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok && err == nil {
		return &stallConn{TCPConn: tcp, limit: l.limit, taken: time.Now()}, nil
	}
	return c, err
}

type stallConn struct {
	*net.TCPConn
	limit time.Duration

	mu    sync.Mutex
	taken time.Time // when the peer was last seen to have taken everything
}

// SetWriteDeadline sets t, or the end of the peer's time if that comes first. A peer that reads one
// answer before it asks for the next has always taken everything by then.
func (c *stallConn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		return c.TCPConn.SetWriteDeadline(t) // between two answers
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.owed() {
		c.taken = time.Now()
	}
	if end := c.taken.Add(c.limit); end.Before(t) {
		t = end
	}
	return c.TCPConn.SetWriteDeadline(t)
}

// owed says whether the peer has yet to acknowledge some of what was sent. A system that cannot tell,
// as any but Linux, counts as no: then the server's own time-outs hold alone.
func (c *stallConn) owed() bool {
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
