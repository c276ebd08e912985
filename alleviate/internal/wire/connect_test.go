package wire

import (
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

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

// door counts who comes to a port of this machine.
type door struct {
	address, port string
	came          chan string // the address of each, in turn
}

func openDoor(t *testing.T) door {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	address := listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	d := door{address, port, make(chan string, 1000)}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			d.came <- c.RemoteAddr().String()
			_ = c.Close()
		}
	}()
	return d
}

// visits is how many came before this one, which is last.
func (d door) visits(t *testing.T) int {
	t.Helper()
	last, err := net.Dial("tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	for n := 0; ; n++ {
		if <-d.came == last.LocalAddr().String() {
			return n
		}
	}
}

// byZone connects by the names of zone.
func byZone(zone dnstest.Zone) connector {
	return connector{Dialer: net.Dialer{Timeout: dialLimit, Resolver: zone.Resolver()}}
}

func TestConnect_ANameThatLeadsInsideIsNotFollowed(t *testing.T) {
	zone, names := dnstest.Zone{}, map[string]string{}
	for i, address := range append(inside, "127.0.0.1 10.0.0.1", "10.0.0.1 ::1 127.0.0.1") {
		if !strings.Contains(address, "%") { // no DNS says so
			name := string(rune('a'+i/26)) + string(rune('a'+i%26)) + ".example.org"
			zone[name], names[name] = []string{address}, address
		}
	}
	d := openDoor(t)
	for name, address := range names {
		connection, err := byZone(zone).connect(t.Context(), "tcp", net.JoinHostPort(name, d.port))
		if err == nil {
			_ = connection.Close()
		}
		_, noIPv6 := errors.AsType[*net.AddrError](err) // then this machine connects to no such address
		if !errors.Is(err, ErrWrongAddress) && !(noIPv6 && strings.Contains(address, ":")) {
			t.Errorf("a name that leads to %s: %v", address, err)
		}
	}
	if n := d.visits(t); n != 0 {
		t.Errorf("this machine was reached %d times", n)
	}
}

// The first answer of DNS is public and all others lead to this machine: who looked up twice, once to
// check and once to connect, would come in.
func TestConnect_NoSecondLookUpPutsAnotherAddressInPlace(t *testing.T) {
	d := openDoor(t)
	c := byZone(dnstest.Zone{ours: {"8.8.8.8", "127.0.0.1"}})
	c.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} // from where nobody outside is reached
	for call, inside := range []bool{false, true, true} {
		connection, err := c.connect(t.Context(), "tcp", net.JoinHostPort(ours, d.port))
		if err == nil {
			_ = connection.Close()
		}
		if err == nil || errors.Is(err, ErrWrongAddress) != inside {
			t.Errorf("call %d: %v", call, err)
		}
	}
	if n := d.visits(t); n != 0 {
		t.Errorf("this machine was reached %d times", n)
	}
}

func TestConnect_ReachesWhatIsWrittenOutAndLocalhost(t *testing.T) {
	d := openDoor(t)
	for _, host := range []string{"127.0.0.1", "::ffff:127.0.0.1", "localhost"} {
		connection, err := connector{}.connect(t.Context(), "tcp4", net.JoinHostPort(host, d.port))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		_ = connection.Close()
	}
	if n := d.visits(t); n != 3 {
		t.Errorf("reached %d times, want 3", n)
	}
	if _, err := (connector{}).connect(t.Context(), "tcp", "no port"); err == nil {
		t.Error("an address without a port was taken")
	}
}

// A proxy is what the operator named, and its own address is often private.
func TestConnect_ReachesAProxyInAPrivateNetworkAndNoOtherHost(t *testing.T) {
	d := openDoor(t)
	c := byZone(dnstest.Zone{"proxy.example.org": {"127.0.0.1"}, ours: {"127.0.0.1"}})
	c.proxies = new(sync.Map)
	c.proxies.Store("proxy.example.org", true)
	connection, err := c.connect(t.Context(), "tcp", net.JoinHostPort("proxy.example.org", d.port))
	if err != nil {
		t.Fatal(err)
	}
	_ = connection.Close()
	if _, err := c.connect(t.Context(), "tcp", net.JoinHostPort(ours, d.port)); !errors.Is(err, ErrWrongAddress) {
		t.Errorf("another name: %v", err)
	}
	if d.visits(t) != 1 || hardened(Options{Proxy: true}).Proxy == nil {
		t.Error("the proxy was not reached once, or is not asked for")
	}
}
