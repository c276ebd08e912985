package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
)

// ErrWrongAddress says that the name of a host led to an address that is not on the public Internet.
var ErrWrongAddress = errors.New("alleviate: the host's name leads to an address that is not public")

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
	allowed := mayLeadTo(host)
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

// mayLeadTo is where a host of the settings may lead: localhost to this machine and every other name
// to the public Internet. An address is what the operator meant.
func mayLeadTo(host string) func(netip.Addr) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return netip.Addr.IsValid
	}
	if host == "localhost" {
		return netip.Addr.IsLoopback
	}
	return public
}

// public says whether ip is of the public Internet, by IANA's registries of special addresses.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	switch {
	case nat64.Contains(ip):
		return public(embedded(ip))
	case ip.Is6() && !unicast.Contains(ip):
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// embedded is the IPv4 address that a network without IPv4 writes into the end of an IPv6 one.
func embedded(ip netip.Addr) netip.Addr {
	bytes := ip.As16()
	return netip.AddrFrom4([4]byte(bytes[12:]))
}

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	unicast = netip.MustParsePrefix("2000::/3") // without it: loopback, link-local, private, multicast, mapped
)

// special are the ranges that are not of the public Internet, of IPv6 those in unicast.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),        // this network
	netip.MustParsePrefix("10.0.0.0/8"),       // private
	netip.MustParsePrefix("100.64.0.0/10"),    // behind a provider's NAT
	netip.MustParsePrefix("127.0.0.0/8"),      // loopback
	netip.MustParsePrefix("168.63.129.16/32"), // Azure: what serves a machine beside its metadata
	netip.MustParsePrefix("169.254.0.0/16"),   // link-local, metadata of clouds
	netip.MustParsePrefix("172.16.0.0/12"),    // private
	netip.MustParsePrefix("192.0.0.0/24"),     // protocols
	netip.MustParsePrefix("192.0.2.0/24"),     // documentation
	netip.MustParsePrefix("192.88.99.0/24"),   // relays of 6to4
	netip.MustParsePrefix("192.168.0.0/16"),   // private
	netip.MustParsePrefix("198.18.0.0/15"),    // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"),  // documentation
	netip.MustParsePrefix("203.0.113.0/24"),   // documentation
	netip.MustParsePrefix("224.0.0.0/3"),      // multicast, reserved, broadcast
	netip.MustParsePrefix("2001::/23"),        // protocols, Teredo and benchmarks among them
	netip.MustParsePrefix("2001:db8::/32"),    // documentation
	netip.MustParsePrefix("2002::/16"),        // 6to4, which holds any IPv4 address
	netip.MustParsePrefix("3fff::/20"),        // documentation
}
