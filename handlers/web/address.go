package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"intake/internal/lead"
)

const forwardedFor = "X-Forwarded-For"

// visitorAddress is the address that a request comes from: that of the connection or, behind our own proxies, what
// they forward. It is zero when they forward none that can be read: the proxy's address would stand for
// everybody.
func (b *Base) visitorAddress(r *http.Request) netip.Addr {
	peer := peerAddress(r)
	if !b.isProxy(peer) {
		return peer
	}
	address, shape := b.forwardedAddress(r.Header.Values(forwardedFor))
	if shape != "" {
		b.warnOfProxy(r, shape)
	}
	return address
}

// peerAddress is the other end of the connection.
func peerAddress(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr) // zero for what is no address
	return peer.Addr().Unmap().WithZone("")
}

func (b *Base) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(b.Proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// forwardedAddress is the last address that is not one of our proxies', or the first one when all are. Items before
// one that cannot be read are ignored, since our proxies may not have written them. The shape says why there is
// no address.
func (b *Base) forwardedAddress(lines []string) (address netip.Addr, shape string) {
	shape = "missing"
	items := strings.Split(strings.Join(lines, ","), ",")
	for _, item := range slices.Backward(items) {
		if item = strings.Trim(item, " \t"); item == "" {
			continue // an empty item of a list means nothing in HTTP
		}
		next, ok := readForwarded(item)
		if !ok {
			return netip.Addr{}, shapeOf(item)
		}
		address, shape = next, ""
		if !b.isProxy(address) {
			break
		}
	}
	return address, shape
}

// readForwarded reads an item of X-Forwarded-For: an address, which may be quoted and have a port, IPv6 in
// brackets then.
func readForwarded(item string) (address netip.Addr, ok bool) {
	if unquoted, quoted := strings.CutPrefix(item, `"`); quoted {
		if item, ok = strings.CutSuffix(unquoted, `"`); !ok {
			return address, false
		}
	}
	if inside, rest, closed := strings.Cut(strings.TrimPrefix(item, "["), "]"); closed && item[0] == '[' {
		if port, has := strings.CutPrefix(rest, ":"); rest != "" && (!has || !isDigits(port)) {
			return address, false
		}
		item = inside
	} else if host, port, has := strings.Cut(item, ":"); has && strings.Contains(host, ".") && isDigits(port) {
		item = host
	}
	address, err := netip.ParseAddr(item)
	address = address.Unmap().WithZone("")
	if err != nil || address.IsUnspecified() {
		return netip.Addr{}, false
	}
	return address, true
}

// shapeOf classifies an item that cannot be read, for the log, which must not hold its text.
func shapeOf(item string) string {
	switch {
	case strings.EqualFold(item, "unknown"):
		return "unknown"
	case strings.HasPrefix(item, "_"):
		return "hidden"
	}
	return "unreadable"
}

// Household is the key of a limit by address: an IPv4 address, or the /64 prefix of IPv6 that one household has. It
// is not valid when the visitor's address is unknown.
func (b *Base) Household(r *http.Request) netip.Prefix {
	address := b.visitorAddress(r)
	bits := 64
	if address.Is4() {
		bits = 32
	}
	return netip.PrefixFrom(address, bits).Masked()
}

// warnOfProxy logs each shape once while the program runs.
func (b *Base) warnOfProxy(r *http.Request, shape string) {
	if _, warned := b.warnedShapes.LoadOrStore(shape, true); !warned {
		b.Log.Warn("a proxy of INTAKE_TRUSTED_PROXIES does not tell the visitor's address in X-Forwarded-For: evidence has none, and no limit by address holds",
			"shape", shape, "request", RequestID(r))
	}
}

// ClientIP is the visitor's address as it is stored; not given when it is unknown.
func (b *Base) ClientIP(r *http.Request) (ip lead.Private[string]) {
	if address := b.visitorAddress(r); address.IsValid() {
		return lead.Keep(address.String())
	}
	return ip
}

// ProxyChain is X-Forwarded-For as our own proxies sent it. Anybody else's is ignored.
func (b *Base) ProxyChain(r *http.Request) (chain lead.Private[string]) {
	if lines := r.Header.Values(forwardedFor); len(lines) > 0 && b.isProxy(peerAddress(r)) {
		return lead.Keep(printable(strings.Join(lines, ", ")))
	}
	return chain
}

// UserAgent is what the browser calls itself, as it is stored.
func UserAgent(r *http.Request) lead.Private[string] { return lead.Keep(printable(r.UserAgent())) }

// maxHeaderBytes bounds what is stored of a header.
const maxHeaderBytes = 512

// printable is the printable ASCII of a header, cut to maxHeaderBytes, so that evidence holds no control
// characters.
func printable(s string) string {
	out := make([]byte, 0, min(len(s), maxHeaderBytes))
	for i := 0; i < len(s) && len(out) < maxHeaderBytes; i++ {
		if s[i] >= ' ' && s[i] <= '~' {
			out = append(out, s[i])
		}
	}
	return string(out)
}

func isDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
