// Package outbound connects to hosts that the settings name, and nowhere else: not to this machine or the private network
// that a name of somebody else's DNS leads to.
package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// ErrWrongAddress is in the error of a connection when the name of a host led to an address that is not on the public
// Internet. Nothing was sent. A host in a private network is called by its address.
var ErrWrongAddress = errors.New("the host's name leads to an address that is not public")

// Dialer looks at the address that a name led to when the socket is about to be connected to it,
// so that no second look-up can put another address in its place.
type Dialer struct{ net.Dialer }

// DialContext connects to a host and port.
func (c Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	allowed := MayLeadTo(host)
	dialer := c.Dialer
	dialer.Control = func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !allowed(at.Addr()) {
			return ErrWrongAddress
		}
		return nil
	}
	return dialer.DialContext(ctx, network, address)
}

// MayLeadTo is where a host of the settings may lead: localhost to this machine and every other name
// to the public Internet. An address is what the operator meant.
func MayLeadTo(host string) func(netip.Addr) bool {
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
