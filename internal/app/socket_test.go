package app

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/config"
)

// pipes is a listener without a network, for tests with a fake clock.
type pipes struct {
	fresh  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.fresh:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.fresh <- theirs
	return ours
}

// servePipes serves handler as the program does, without a network.
func servePipes(t *testing.T, handler http.Handler) *pipes {
	t.Helper()
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	server := newServer(handler, slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- server.Serve(p) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	return p
}

func TestSocket_ASlowClientCostsSeconds(t *testing.T) {
	const head = "POST /apply HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n"
	for _, tt := range []struct {
		name, sends string
		want        time.Duration
	}{
		{"nothing at all", "", 3 * time.Second},
		{"half of the header", head, 3 * time.Second},
		{"half of the body", head + "\r\nfirstName=Maria", 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := servePipes(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body) }))
				start, c := time.Now(), p.dial()
				if _, err := c.Write([]byte(tt.sends)); err != nil {
					t.Fatal(err)
				}
				_, _ = io.ReadAll(c) // until the server closes
				if got := time.Since(start); got != tt.want {
					t.Errorf("the connection was closed after %s, want %s", got, tt.want)
				}
			})
		})
	}
}

func TestSocket_ASlowReaderIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := make(chan time.Duration, 1)
		p := servePipes(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					left <- time.Since(start)
					return
				}
			}
		}))
		c := p.dial()
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if got := <-left; got != 30*time.Second {
			t.Errorf("the reader was left after %s, want 30 s", got)
		}
	})
}

// answersTo sends raw bytes and returns the statuses that come back until the server closes.
func answersTo(t *testing.T, handler http.Handler, raw string) []int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(handler, slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	defer func() { _ = server.Close(); <-served }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() { _, _ = io.WriteString(c, raw) }() // the server may refuse to read it all
	var statuses []int
	in := bufio.NewReader(c)
	for {
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "reset") {
				t.Errorf("what came back is no answer: %v", err)
			}
			return statuses
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		statuses = append(statuses, answer.StatusCode)
	}
}

func TestSocket_SmugglersGet400AndAreCutOff(t *testing.T) {
	const start = "POST /apply HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	const second = "GET /smuggled HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n"
	for _, tt := range []struct {
		name, raw string
		want      []int
	}{
		{"CL and TE", start + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second, []int{400}},
		{"TE alone", start + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second, []int{400}},
		{"two lengths", start + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde" + second, []int{400}},
		{"a length with a sign", start + "Content-Length: +4\r\n\r\nabcd" + second, []int{400}},
		{"an encoding of another kind", start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + second, []int{501}},
		{"a space before the colon", start + "Content-Length : 4\r\n\r\nabcd" + second, []int{400}},
		{"a header that begins folded", "GET / HTTP/1.1\r\n X: y\r\nHost: localhost:8080\r\n\r\n" + second, []int{400}},
		{"a CR in a header", "GET / HTTP/1.1\r\nHost: localhost:8080\r\nX: a\rb\r\n\r\n" + second, []int{400}},
		{"a bare LF in a chunk", start + "Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n" + second, []int{400}},
		{"a folded length", start + "Content-Length: 4\r\n 5\r\n\r\nabcd5" + second, []int{400}},
		{"a folded encoding", start + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + second, []int{400}},
		{"a length in a folded line is no length", "GET /healthz HTTP/1.1\r\nHost: localhost:8080\r\nX: a\r\n Content-Length: 99\r\n\r\n" + second, []int{200, 404}},
		{"a second length behind a bare LF", start + "Content-Length: 4\nContent-Length: 5\r\n\r\nabcde" + second, []int{400}},
		{"an encoding behind a bare LF", start + "Content-Length: 4\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second, []int{400}},
		{"a second host behind a bare LF", "GET / HTTP/1.1\r\nHost: localhost:8080\nHost: evil.example\r\n\r\n" + second, []int{400}},
		{"two hosts", "GET / HTTP/1.1\r\nHost: localhost:8080\r\nHost: evil.example\r\n\r\n" + second, []int{400}},
		{"a huge header", "GET / HTTP/1.1\r\nHost: localhost:8080\r\nX: " + strings.Repeat("a", 32<<10) + "\r\n\r\n" + second, []int{431}},
		{"another host by an absolute address", "GET http://evil.example/apply HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n", []int{421}},
		{"nothing odd", "GET /healthz HTTP/1.1\r\nHost: localhost:8080\r\n\r\n" + second, []int{200, 404}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, answersTo(t, testRoutes(t), tt.raw)); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

// testRoutes are the program's pages over a store that refuses everything.
func testRoutes(t *testing.T) http.Handler {
	t.Helper()
	keys := t.TempDir() + "/keys.json"
	cfg, err := config.Read([]string{"INTAKE_KEYSET_FILE=" + keys})
	if err != nil {
		t.Fatal(err)
	}
	set, err := OpenKeys(cfg, true)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := LoadTexts(cfg)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := newPages(cfg, pageDependencies{keys: set, texts: texts, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	routes, err := pages.Routes()
	if err != nil {
		t.Fatal(err)
	}
	return routes
}
