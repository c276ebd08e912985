package wire

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

func TestOneOrigin_RefusesEveryOtherHost(t *testing.T) {
	origin, err := Transport{}.Only("https://leads.alleviate.com/graphql") // a request that passes would panic
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"http://leads.alleviate.com/graphql", "https://leads.alleviate.com:444/", "https://evil.example/", "https://leads.alleviate.com.evil.example/",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := origin.RoundTrip(&http.Request{URL: u}); err != errOrigin {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestHardenedTransport_UsesNoProxyAndChecksCertificates(t *testing.T) {
	transport := hardened(Options{})
	if transport.Proxy != nil || transport.TLSClientConfig.InsecureSkipVerify {
		t.Error("a proxy, or certificates unchecked")
	}
}

// HTTP/2 may send a request again on another stream, after a GOAWAY or a refused stream.
func TestHardenedTransport_SpeaksNoHTTP2(t *testing.T) {
	var spoken string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { spoken = r.Proto }))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	for story, base := range map[string]http.RoundTripper{
		"ours": nil, "one that was given": &http.Transport{TLSClientConfig: &tls.Config{}, ForceAttemptHTTP2: true}, "the default": http.DefaultTransport,
	} {
		via := New(Options{Base: base})
		defer via.CloseIdleConnections()
		ours := via.RoundTripper.(*http.Transport)
		ours.ForceAttemptHTTP2 = true // whatever else may ask for it
		if ours.TLSClientConfig == nil {
			ours.TLSClientConfig = &tls.Config{}
		}
		ours.TLSClientConfig.RootCAs = x509.NewCertPool()
		ours.TLSClientConfig.RootCAs.AddCert(s.Certificate())
		res, err := (&http.Client{Transport: ours}).Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if spoken != "HTTP/1.1" || !via.Proves {
			t.Errorf("%s spoke %s, want HTTP/1.1", story, spoken)
		}
	}
}
