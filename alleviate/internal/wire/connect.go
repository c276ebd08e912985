package wire

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"

	"intake/alleviate/outbound"
)

// ErrWrongAddress says that the name of a host led to an address that is not on the public Internet.
var ErrWrongAddress = outbound.ErrWrongAddress

// connector looks at the address that a name led to when the socket is about to be connected to it,
// so that no second look-up can put another address in its place.
type connector struct {
	net.Dialer
	private bool      // any address will do
	proxies *sync.Map // host names of proxies, which the operator named
}

// proxy is the proxy of the environment for req, whose own address may be private.
func (c connector) proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if u != nil {
		c.proxies.Store(u.Hostname(), true)
	}
	return u, err
}

func (c connector) isProxy(host string) bool {
	if c.proxies == nil {
		return false
	}
	_, is := c.proxies.Load(host)
	return is
}

func (c connector) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	allowed := outbound.MayLeadTo(host)
	if c.private || c.isProxy(host) {
		allowed = netip.Addr.IsValid
	}
	dialer := c.Dialer
	dialer.Control = func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !allowed(at.Addr()) {
			return ErrWrongAddress
		}
		return nil
	}
	return dialer.DialContext(ctx, network, address)
}
