package writelimit

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

// smallBuffers gives a socket a small buffer and short segments.
func smallBuffers(option, bytes int) func(string, string, syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var buffer, segment error
		err := c.Control(func(fd uintptr) {
			buffer = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, option, bytes)
			segment = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 536)
		})
		return errors.Join(err, buffer, segment)
	}
}

// serveLimited serves handler over TCP with limit for each write. The channel is closed when the server has closed the
// connection.
func serveLimited(t *testing.T, limit time.Duration, handler http.HandlerFunc) (net.Conn, <-chan struct{}) {
	t.Helper()
	config := net.ListenConfig{Control: smallBuffers(syscall.SO_SNDBUF, 4<<10)}
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, closed := &http.Server{Handler: handler, WriteTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}, make(chan struct{})
	server.WriteTimeout = limit
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(Listen(l, limit)) }()
	dialer := net.Dialer{Control: smallBuffers(syscall.SO_RCVBUF, 1)}
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

// A client that reads a few bytes now and then finishes each response in time. Without the limit it would hold this
// connection for a minute.
func TestWriteLimit_ASlowReaderOfManyResponsesGetsTheTimeOfOne(t *testing.T) {
	const limit, late, many = time.Second, 5 * time.Second, 60
	answer := make([]byte, 1<<10)
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"many requests at once", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }},
		{"a stream that extends its own deadline", func(w http.ResponseWriter, _ *http.Request) {
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
			c, closed := serveLimited(t, limit, tt.answer)
			start := time.Now()
			go func() { _, _ = io.WriteString(c, strings.Repeat(getPage, many)) }() // until the server closes
			tick, few, over := time.NewTicker(20*time.Millisecond), make([]byte, 256), time.After(limit+late)
			defer tick.Stop()
			for disconnected := false; !disconnected; {
				select {
				case <-closed:
					disconnected = true
				case <-over:
					t.Fatalf("the client was not disconnected within %s, want %s", limit+late, limit)
				case <-tick.C:
					_, _ = c.Read(few)
				}
			}
			if took := time.Since(start); took < limit {
				t.Errorf("the client was disconnected after %s, want %s", took, limit)
			}
		})
	}
}

func write(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

// A phone on a bad line reads each page in time before it asks for the next one. All of them together take longer than
// one response may.
func TestWriteLimit_ASlowReaderGetsPageAfterPage(t *testing.T) {
	t.Parallel()
	const limit, pages, size = 3 * time.Second, 4, 32 << 10
	c, _ := serveLimited(t, limit, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, size)) })
	start, in := time.Now(), bufio.NewReader(c)
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
	if took := time.Since(start); took < limit {
		t.Errorf("all pages took %s, so nothing was proven", took)
	}
}

func TestWriteLimit_AStreamThatIsReadOutlastsTheLimit(t *testing.T) {
	t.Parallel()
	const limit, events = time.Second, 30
	c, _ := serveLimited(t, limit, func(w http.ResponseWriter, r *http.Request) {
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
