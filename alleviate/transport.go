package alleviate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"intake/alleviate/outbound"
)

// ErrWrongAddress is in an *Error or *TokenError when the name of a host led to an address that is
// not on the public Internet. Nothing was sent. A host in a private network is called by its address.
var ErrWrongAddress = outbound.ErrWrongAddress

const (
	dialLimit      = 3 * time.Second
	tlsLimit       = 5 * time.Second
	idleLimit      = 4 * time.Second // below the 5 s of common servers: a stale connection costs a doubt
	maxIdle        = 16              // connections; as many as calls usually run at once
	maxHeaderBytes = 64 << 10
	maxAnswer      = 1 << 20  // bytes; a thousand times a documented answer
	maxToken       = 64 << 10 // bytes; ten times a large token answer
)

// hardenedTransport knows no proxy, follows no upgrade and speaks HTTP/1.1, so that a connection
// that breaks concerns one call. There is no limit for the wait for headers: createLead answers
// when its workflow has ended, and the call's budget bounds that.
func hardenedTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // HTTP/2 sends a request again by itself when a stream is refused
	return &http.Transport{
		Protocols:              protocols,
		Proxy:                  nil,
		DialContext:            outbound.Dialer{Dialer: net.Dialer{Timeout: dialLimit}}.DialContext,
		TLSHandshakeTimeout:    tlsLimit,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		IdleConnTimeout:        idleLimit,
		MaxIdleConnsPerHost:    maxIdle,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true,
	}
}

// only reaches the origin of address through via. Round trips follow no redirect: a 307 would
// carry the secret, or an applicant, to wherever it points.
func only(address string, via http.RoundTripper) (oneOrigin, error) {
	u, err := url.Parse(address)
	if err != nil {
		return oneOrigin{}, errors.New("alleviate: not an address") // err would quote it
	}
	return oneOrigin{u.Scheme, u.Host, via}, nil
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

// mediaType is the type without parameters, "" when it cannot be read.
func mediaType(h http.Header) string {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// retryAfter reads seconds or a date, at most maxRetryAfter; negative when there is none that
// can be read.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v != "" && strings.Trim(v, "0123456789") == "" {
		seconds, err := strconv.ParseInt(v, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(v); err == nil {
		return min(max(0, date.Sub(now)), maxRetryAfter)
	}
	return -1
}

func isCertificateError(err error) bool {
	_, refused := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return refused || unknown || name || invalid
}
