package outbound

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"intake/alleviate/dnstest"
)

const ours = "leads.example.org" // stands for a host of the settings

// inside are addresses that a name must not lead to, every range with its first and last.
var inside = strings.Fields(`
	0.0.0.0 0.255.255.255 10.0.0.0 10.1.2.3 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255
	127.0.0.1 127.255.255.255 168.63.129.16 169.254.0.0 169.254.169.254 169.254.255.255
	172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.0 192.88.99.255
	192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255
	203.0.113.0 203.0.113.255 224.0.0.1 239.255.255.255 240.0.0.0 255.255.255.255
	:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:10.0.0.1
	64:ff9b::10.0.0.1 64:ff9b::127.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1 64:ff9b:1::8.8.8.8
	100::1 2001::1 2001:0:4136:e378::1 2001:2::1 2001:10::1 2001:1ff:ffff::1 2001:db8::1 2001:db8:ffff::1
	2002:a00:1::1 2002:7f00:1::1 2002:808:808::1 3fff::1 3fff:fff:ffff::1 4000::1 5f00::1
	fc00::1 fd00:ec2::254 fdff:ffff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff00::1 ff02::1 ffff::1`)

// outside are the neighbours of those ranges, and addresses of public hosts.
var outside = strings.Fields(`
	1.0.0.0 8.8.8.8 9.255.255.255 11.0.0.0 20.190.128.1 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
	168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255
	192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
	198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
	2000::1 2001:200::1 2001:db7:ffff::1 2001:db9::1 2003::1 2603:1030::1 2a00:1450::1 3ffe:ffff::1`)

func TestPublic_IsWhatTheRegistriesSay(t *testing.T) {
	for want, addresses := range map[bool][]string{false: inside, true: outside} {
		for _, address := range addresses {
			if got := public(netip.MustParseAddr(address)); got != want {
				t.Errorf("%s is public: %t, want %t", address, got, want)
			}
		}
	}
}

func TestMayLeadTo_GoesByWhatTheOperatorWrote(t *testing.T) {
	for _, tt := range []struct {
		host, address string
		want          bool
	}{
		{ours, "8.8.8.8", true},
		{ours, "10.1.2.3", false},
		{ours, "127.0.0.1", false},
		{"localhost", "127.0.0.1", true},
		{"localhost", "::1", true},
		{"localhost", "10.1.2.3", false},
		{"localhost", "8.8.8.8", false},
		{"localhost.", "127.0.0.1", false},
		{"LOCALHOST", "127.0.0.1", false},
		{"10.1.2.3", "10.1.2.3", true},
		{"127.0.0.1", "127.0.0.1", true},
		{"fd00::5", "fd00::5", true},
		{"127.1", "127.0.0.1", false},      // a name to us, an address to some resolvers
		{"0x7f000001", "127.0.0.1", false}, // the same
		{"", "127.0.0.1", false},
	} {
		if got := MayLeadTo(tt.host)(netip.MustParseAddr(tt.address)); got != tt.want {
			t.Errorf("%q may lead to %s: %t, want %t", tt.host, tt.address, got, tt.want)
		}
	}
}

// byZone connects by the names of zone.
func byZone(zone dnstest.Zone) Dialer {
	return Dialer{net.Dialer{Timeout: 3 * time.Second, Resolver: zone.Resolver()}}
}

func TestConnect_ANameThatLeadsInsideIsNotFollowed(t *testing.T) {
	zone, names := dnstest.Zone{}, map[string]string{}
	for i, address := range append(inside, "127.0.0.1 10.0.0.1", "10.0.0.1 ::1 127.0.0.1") {
		if !strings.Contains(address, "%") { // no DNS says so
			name := string(rune('a'+i/26)) + string(rune('a'+i%26)) + ".example.org"
			zone[name], names[name] = []string{address}, address
		}
	}
	d := dnstest.OpenDoor(t)
	for name, address := range names {
		connection, err := byZone(zone).DialContext(t.Context(), "tcp", net.JoinHostPort(name, d.Port))
		if err == nil {
			_ = connection.Close()
		}
		_, noIPv6 := errors.AsType[*net.AddrError](err) // then this machine connects to no such address
		if !errors.Is(err, ErrWrongAddress) && !(noIPv6 && strings.Contains(address, ":")) {
			t.Errorf("a name that leads to %s: %v", address, err)
		}
	}
	if n := d.Visits(t); n != 0 {
		t.Errorf("this machine was reached %d times", n)
	}
}

// The first answer of DNS is public and all others lead to this machine: who looked up twice, once to
// check and once to connect, would come in.
func TestConnect_NoSecondLookUpPutsAnotherAddressInPlace(t *testing.T) {
	d := dnstest.OpenDoor(t)
	c := byZone(dnstest.Zone{ours: {"8.8.8.8", "127.0.0.1"}})
	c.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} // from where nobody outside is reached
	for call, inside := range []bool{false, true, true} {
		connection, err := c.DialContext(t.Context(), "tcp", net.JoinHostPort(ours, d.Port))
		if err == nil {
			_ = connection.Close()
		}
		if err == nil || errors.Is(err, ErrWrongAddress) != inside {
			t.Errorf("call %d: %v", call, err)
		}
	}
	if n := d.Visits(t); n != 0 {
		t.Errorf("this machine was reached %d times", n)
	}
}

func TestConnect_ReachesWhatIsWrittenOutAndLocalhost(t *testing.T) {
	d := dnstest.OpenDoor(t)
	for _, host := range []string{"127.0.0.1", "::ffff:127.0.0.1", "localhost"} {
		connection, err := Dialer{}.DialContext(t.Context(), "tcp4", net.JoinHostPort(host, d.Port))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		_ = connection.Close()
	}
	if n := d.Visits(t); n != 3 {
		t.Errorf("reached %d times, want 3", n)
	}
	if _, err := (Dialer{}).DialContext(t.Context(), "tcp", "no port"); err == nil {
		t.Error("an address without a port was taken")
	}
}
