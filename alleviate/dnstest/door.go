package dnstest

import (
	"net"
	"testing"
)

// Door counts who comes to a port of this machine.
type Door struct {
	Address, Port string
	came          chan string // the address of each, in turn
}

// OpenDoor opens a port until the test ends.
func OpenDoor(t *testing.T) Door {
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
	d := Door{address, port, make(chan string, 1000)}
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

// Visits is how many came before this one, which is last.
func (d Door) Visits(t *testing.T) int {
	t.Helper()
	last, err := net.Dial("tcp", d.Address)
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
