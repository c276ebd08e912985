package wire

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// speaking is a server on loopback that takes TLS of the versions and suites of the configuration
// alone, and a transport of ours that trusts its certificate.
func speaking(t *testing.T, server *tls.Config) (address string, ours *http.Transport) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS, s.Config.ErrorLog = server, log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	ours = hardened(Options{})
	t.Cleanup(ours.CloseIdleConnections)
	ours.TLSClientConfig.RootCAs = x509.NewCertPool()
	ours.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	return s.URL, ours
}

func TestHardenedTransport_SpeaksTheTwoLatestVersionsAndPrefersTheLast(t *testing.T) {
	for _, tt := range []struct {
		story  string
		server *tls.Config
		want   uint16 // 0: no connection
	}{
		{"whatever there is", &tls.Config{MinVersion: tls.VersionTLS10}, tls.VersionTLS13},
		{"1.2 at most", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12}, tls.VersionTLS12},
		{"1.1 at most", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, 0},
		{"1.0 alone", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, 0},
		{"3DES alone", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA}}, 0},
		{"RC4 alone", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA}}, 0},
		{"RSA key exchange alone", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}, 0},
	} {
		t.Run(tt.story, func(t *testing.T) {
			address, ours := speaking(t, tt.server)
			answer, err := (&http.Client{Transport: ours}).Get(address)
			if err != nil {
				if tt.want != 0 {
					t.Errorf("no connection: %v", err)
				}
				return
			}
			defer answer.Body.Close()
			if answer.TLS.Version != tt.want {
				t.Errorf("spoke %s, want %s", tls.VersionName(answer.TLS.Version), tls.VersionName(tt.want))
			}
		})
	}
}

func TestHardenedTransport_RefusesACertificateOfAnotherNameOrTime(t *testing.T) {
	for _, tt := range []struct {
		story string
		look  func(*tls.Config)
		taken bool
	}{
		{"its own", func(*tls.Config) {}, true},
		{"of another name", func(c *tls.Config) { c.ServerName = "leads.alleviate.example" }, false},
		{"that has ended", func(c *tls.Config) { c.Time = func() time.Time { return time.Now().AddDate(100, 0, 0) } }, false},
		{"that has not begun", func(c *tls.Config) { c.Time = func() time.Time { return time.Now().AddDate(-100, 0, 0) } }, false},
	} {
		t.Run(tt.story, func(t *testing.T) {
			address, ours := speaking(t, &tls.Config{})
			tt.look(ours.TLSClientConfig)
			answer, err := (&http.Client{Transport: ours}).Get(address)
			if err == nil {
				answer.Body.Close()
			}
			if (err == nil) != tt.taken {
				t.Errorf("the certificate is taken: %v, want %v (%v)", err == nil, tt.taken, err)
			}
		})
	}
}
