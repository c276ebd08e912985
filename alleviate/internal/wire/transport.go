// Package wire is how requests leave and how answers are read: the hardened transport, the check of the
// address behind a host's name, bodies up to a limit, and JSON objects read leniently.
package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	dialLimit      = 3 * time.Second
	tlsLimit       = 5 * time.Second
	idleLimit      = 4 * time.Second // below the 5 s of common servers: a stale connection costs a doubt
	maxIdle        = 16              // connections; as many as calls usually run at once
	maxHeaderBytes = 64 << 10
)

// Options choose a transport.
type Options struct {
	// Base takes the place of the hardened transport, which the other options are about.
	Base http.RoundTripper
	// Proxy uses the proxies of the process environment.
	Proxy bool
	// Private lets a host's name lead to an address that is not public.
	Private bool
}

// Transport sends requests.
type Transport struct {
	http.RoundTripper
	// Proves says that it is net/http's own, whose trace hooks tell whether a byte was written.
	Proves bool
}

// New returns a transport. A *http.Transport is copied and held to HTTP/1.1, any other base is taken as it is.
func New(o Options) Transport {
	if o.Base == nil {
		return Transport{hardened(o), true}
	}
	given, std := o.Base.(*http.Transport)
	if !std {
		return Transport{o.Base, false}
	}
	given = given.Clone() // which prepares both for HTTP/2
	given.Protocols, given.TLSNextProto = onlyHTTP1(), nil
	if given.TLSClientConfig != nil {
		given.TLSClientConfig.NextProtos = nil
	}
	return Transport{given, true}
}

// hardened uses no proxy unless asked to, follows no upgrade and speaks HTTP/1.1, so that a connection
// that breaks concerns one call. There is no limit for the wait for headers: createLead answers when its
// workflow has ended, and the call's budget bounds that.
func hardened(o Options) *http.Transport {
	c := connector{Dialer: net.Dialer{Timeout: dialLimit}, private: o.Private, proxies: new(sync.Map)}
	t := &http.Transport{
		Protocols:              onlyHTTP1(),
		DialContext:            c.connect,
		TLSHandshakeTimeout:    tlsLimit,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		IdleConnTimeout:        idleLimit,
		MaxIdleConnsPerHost:    maxIdle,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true,
	}
	if o.Proxy {
		t.Proxy = c.proxy
	}
	return t
}

// onlyHTTP1 keeps net/http from HTTP/2, which sends a request again by itself when a stream is refused.
func onlyHTTP1() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return protocols
}

// CloseIdleConnections closes the connections that carry no call.
func (t Transport) CloseIdleConnections() {
	if closer, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// Only reaches the origin of address. Round trips follow no redirect: a 307 would carry the secret, or an
// applicant, to wherever it points.
func (t Transport) Only(address string) (http.RoundTripper, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("alleviate: not an address") // err would quote it
	}
	return oneOrigin{u.Scheme, u.Host, t.RoundTripper}, nil
}

// oneOrigin refuses every request to another scheme, host or port before a connection is made.
type oneOrigin struct {
	scheme, host string
	next         http.RoundTripper
}

var errOrigin = errors.New("alleviate: this host is not configured")

func (o oneOrigin) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != o.scheme || req.URL.Host != o.host {
		if req.Body != nil {
			_ = req.Body.Close() // RoundTrip must close it; nothing was read
		}
		return nil, errOrigin
	}
	return o.next.RoundTrip(req)
}

// IsCertificate says whether err is about the server's certificate.
func IsCertificate(err error) bool {
	_, refused := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return refused || unknown || name || invalid
}
