package alleviate_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intake/alleviate"
)

// counted is a server on a bare socket that counts the requests for createLead which arrive, and does
// with the nth of them whatever a test likes. It keeps connections until then.
type counted struct {
	creates atomic.Int32
	nth     func(n int32, c net.Conn)
}

func (s *counted) serve(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return "http://" + listener.Addr().String()
}

func (s *counted) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, _ := io.ReadAll(req.Body)
		if strings.HasSuffix(req.URL.Path, "token") {
			say200(c, `{"token_type":"Bearer","expires_in":3599,"access_token":"a.b.c"}`)
			continue
		}
		if !bytes.Contains(body, []byte("createLead")) {
			say200(c, `{"data":{"__typename":"Query"}}`)
			continue
		}
		s.nth(s.creates.Add(1), c)
	}
}

func say200(c net.Conn, body string) {
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// net/http repeats requests by itself: one that a kept connection took nothing of, and one with an
// idempotency key. A createLead that may have arrived goes out once, whatever becomes of it.
func TestCreateLead_GoesOutOnceWhateverBecomesOfTheConnection(t *testing.T) {
	for _, tt := range []struct {
		story string
		nth   func(n int32, c net.Conn)
	}{
		{"closed without a byte", func(_ int32, c net.Conn) { _ = c.Close() }},
		{"reset", func(_ int32, c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() }},
		{"half a status line, then closed", func(_ int32, c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 2"); _ = c.Close() }},
		{"408 as an idle server says it, then closed", func(_ int32, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			_ = c.Close()
		}},
		{"hints, then closed", func(_ int32, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
			_ = c.Close()
		}},
		{"another protocol, then silence", func(_ int32, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}},
		{"another protocol that was not asked for, then silence", func(_ int32, c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}},
	} {
		for _, kept := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, on a kept connection: %v", tt.story, kept), func(t *testing.T) {
				server := &counted{nth: tt.nth}
				address := server.serve(t)
				client, err := alleviate.New(alleviate.Config{
					Environment: alleviate.Loopback(address+"/token", address+"/graphql"), ClientID: "client", ClientSecret: alleviate.NewSecret("secret"),
					Budgets: alleviate.Budgets{Create: 2 * time.Second},
				})
				if err != nil {
					t.Fatal(err)
				}
				if kept {
					if err := client.Probe(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				begun := time.Now()
				_, err = client.CreateLead(t.Context(), alleviate.LeadInput{FirstName: alleviate.Of("A")})
				if e, ok := errors.AsType[*alleviate.Error](err); !ok || e.Kind != alleviate.Ambiguous || !e.Sent {
					t.Errorf("got %v, want a doubt", err)
				}
				if took := time.Since(begun); took > 10*time.Second {
					t.Errorf("the call took %s, and its budget was 2 s", took)
				}
				if n := server.creates.Load(); n != 1 {
					t.Errorf("createLead arrived %d times, want once", n)
				}
			})
		}
	}
}

// Whatever status a gateway puts on an answer: once the answer shows that createLead ran, it is not sent again.
func TestCreateLead_GoesOutOnceWhateverStatusItsAnswerHas(t *testing.T) {
	const created = `{"data":{"createLead":{"id":"d5faed99-51c3-4181-959e-5557d1eef042","resultCode":1015}}}`
	const failed = `{"data":{"createLead":null}}`
	for _, head := range []string{"401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Too Many Requests", "503 Service Unavailable"} {
		for _, body := range []string{created, failed} {
			t.Run(head+" "+body, func(t *testing.T) {
				server := &counted{nth: func(_ int32, c net.Conn) {
					fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nRetry-After: 1\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
				}}
				address := server.serve(t)
				client, err := alleviate.New(alleviate.Config{Environment: alleviate.Loopback(address+"/token", address+"/graphql"), ClientID: "client", ClientSecret: alleviate.NewSecret("secret")})
				if err != nil {
					t.Fatal(err)
				}
				_, err = client.CreateLead(t.Context(), alleviate.LeadInput{FirstName: alleviate.Of("A")})
				if e, ok := errors.AsType[*alleviate.Error](err); !ok || e.Kind != alleviate.Ambiguous {
					t.Errorf("got %v, want a doubt", err)
				}
				if n := server.creates.Load(); n != 1 {
					t.Errorf("createLead arrived %d times, want once", n)
				}
			})
		}
	}
}

// A token host that switches protocols must not hold every caller.
func TestToken_AnotherProtocolIsNoToken(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	}))
	defer server.Close()
	client, err := alleviate.New(alleviate.Config{Environment: alleviate.Loopback(server.URL+"/token", server.URL+"/graphql"), ClientID: "client", ClientSecret: alleviate.NewSecret("secret")})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := client.Ready(t.Context()); err == nil || time.Since(begun) > 5*time.Second {
		t.Errorf("after %s: %v, want an error at once", time.Since(begun), err)
	}
}

// With TLS 1.3 a server looks at the client's certificate after the client may have sent its request:
// an alert then proves nothing.
func TestCreateLead_AnAlertAfterTheRequestIsADoubt(t *testing.T) {
	written := make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS13, VerifyConnection: func(tls.ConnectionState) error {
		select {
		case <-written:
		case <-t.Context().Done():
		}
		return errors.New("no certificate")
	}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	ours := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}
	ours.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	ours.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return &countedWrites{Conn: c, third: written}, err
	}
	tokens := &counted{}
	client, err := alleviate.New(alleviate.Config{
		Environment: alleviate.Loopback(tokens.serve(t)+"/token", s.URL+"/graphql"), ClientID: "client", ClientSecret: alleviate.NewSecret("secret"), Transport: ours,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateLead(t.Context(), alleviate.LeadInput{FirstName: alleviate.Of("A")})
	if e, ok := errors.AsType[*alleviate.Error](err); !ok || e.Kind != alleviate.Ambiguous {
		t.Errorf("got %v, want a doubt", err)
	}
}

// countedWrites closes third after the third write. With TLS 1.3 the first two are the handshake's, and
// the third is the request.
type countedWrites struct {
	net.Conn
	n     int
	third chan struct{}
}

func (c *countedWrites) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if c.n++; c.n == 3 {
		close(c.third)
	}
	return n, err
}
