package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// littleRoom has the kernel keep few bytes for a socket, and send short segments.
func littleRoom(option, bytes int) func(string, string, syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var room, segment error
		err := c.Control(func(fd uintptr) {
			room = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, option, bytes)
			segment = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 536)
		})
		return errors.Join(err, room, segment)
	}
}

// serveStalled serves handler over real sockets with that time for an answer. The channel is closed
// when the server has closed its one connection.
func serveStalled(t *testing.T, limit time.Duration, handler http.HandlerFunc) (net.Conn, <-chan struct{}) {
	t.Helper()
	config := net.ListenConfig{Control: littleRoom(syscall.SO_SNDBUF, 4<<10)}
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, closed := newServer(handler, slog.New(slog.DiscardHandler)), make(chan struct{})
	server.WriteTimeout = limit
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(limitWrites(l, limit)) }()
	dialer := net.Dialer{Control: littleRoom(syscall.SO_RCVBUF, 1)}
	c, err := dialer.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		<-served
	})
	return c, closed
}

const getPage = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

// A peer that takes a few bytes now and then ends one answer in time and begins the next, for as long as
// it has asked for more. That would be a minute here.
func TestStalled_ADribblerIsLeftInTheTimeOfOneAnswer(t *testing.T) {
	const limit, late, many = time.Second, 5 * time.Second, 60
	answer := make([]byte, 1<<10)
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"many pages asked for at once", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }},
		{"a stream that gives itself more time", func(w http.ResponseWriter, _ *http.Request) {
			control := http.NewResponseController(w)
			for range many {
				if errors.Join(control.SetWriteDeadline(time.Now().Add(limit)), write(w, answer), control.Flush()) != nil {
					return
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, closed := serveStalled(t, limit, tt.answer)
			begun := time.Now()
			go func() { _, _ = io.WriteString(c, strings.Repeat(getPage, many)) }() // until the server leaves
			dribble, few, over := time.NewTicker(20*time.Millisecond), make([]byte, 256), time.After(limit+late)
			defer dribble.Stop()
			for left := false; !left; {
				select {
				case <-closed:
					left = true
				case <-over:
					t.Fatalf("the peer was not left within %s, want %s", limit+late, limit)
				case <-dribble.C:
					_, _ = c.Read(few)
				}
			}
			if took := time.Since(begun); took < limit {
				t.Errorf("the peer was left after %s, want %s", took, limit)
			}
		})
	}
}

func write(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

// A phone on a bad line reads each page in time and asks for the next one; all of them together take
// longer than one may.
func TestStalled_ASlowReaderGetsPageAfterPage(t *testing.T) {
	t.Parallel()
	const limit, pages, size = 3 * time.Second, 4, 32 << 10
	c, _ := serveStalled(t, limit, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, size)) })
	begun, in := time.Now(), bufio.NewReader(c)
	for page := range pages {
		if _, err := io.WriteString(c, getPage); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("page %d: %v", page, err)
		}
		slow, n := time.NewTicker(limit/3/8), int64(0)
		for n < size && err == nil {
			<-slow.C
			var got int64
			got, err = io.CopyN(io.Discard, answer.Body, size/8)
			n += got
		}
		slow.Stop()
		if err != nil {
			t.Errorf("page %d ended after %d of %d bytes: %v", page, n, size, err)
		}
		_ = answer.Body.Close() // read to its end
	}
	if took := time.Since(begun); took < limit {
		t.Errorf("all pages took %s, so nothing was proven", took)
	}
}

func TestStalled_AStreamThatIsReadOutlivesTheLimit(t *testing.T) {
	t.Parallel()
	const limit, events = time.Second, 30
	c, _ := serveStalled(t, limit, func(w http.ResponseWriter, r *http.Request) {
		control, beat := http.NewResponseController(w), time.NewTicker(limit/10)
		defer beat.Stop()
		for n := range events {
			if errors.Join(control.SetWriteDeadline(time.Now().Add(limit)), write(w, fmt.Appendln(nil, n)), control.Flush()) != nil {
				return
			}
			<-beat.C
		}
	})
	if _, err := io.WriteString(c, getPage); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if n := strings.Count(string(got), "\n"); err != nil || n != events {
		t.Errorf("%d events came and then %v, want %d", n, err, events)
	}
}
