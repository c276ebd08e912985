// Package dnstest is a DNS server inside the process, for tests.
package dnstest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Zone maps host names to addresses: one text for each look-up of the name, the last of them from then on, each
// with addresses separated by spaces. Other names do not exist.
type Zone map[string][]string

// Use makes the zone the DNS of this process until the test ends.
func (z Zone) Use(t *testing.T) {
	t.Helper()
	before := net.DefaultResolver
	net.DefaultResolver = z.Resolver()
	t.Cleanup(func() { net.DefaultResolver = before })
}

// Resolver answers from the zone; no query leaves the process.
func (z Zone) Resolver() *net.Resolver {
	s := &server{zone: z, asked: map[dnsmessage.Question]int{}}
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go s.serve(theirs)
		return ours, nil
	}}
}

type server struct {
	zone Zone

	mu    sync.Mutex
	asked map[dnsmessage.Question]int
}

// serve answers until the resolver closes the connection. As over TCP, each message is preceded by its length.
func (s *server) serve(c net.Conn) {
	defer c.Close()
	for {
		var length uint16
		if binary.Read(c, binary.BigEndian, &length) != nil {
			return
		}
		query := make([]byte, length)
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		answer, err := s.answer(query)
		if err != nil {
			return // the resolver reports that there was no answer
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

func (s *server) answer(query []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	for _, q := range m.Questions {
		addresses, known := s.lookUp(q)
		if !known {
			m.RCode = dnsmessage.RCodeNameError
		}
		for _, address := range addresses {
			if body := record(q.Type, address); body != nil {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: body})
			}
		}
	}
	return m.Pack()
}

func (s *server) lookUp(q dnsmessage.Question) (addresses []string, known bool) {
	results, known := s.zone[strings.TrimSuffix(q.Name.String(), ".")]
	if !known {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(s.asked[q], len(results)-1)
	s.asked[q]++
	return strings.Fields(results[n]), true
}

// record is the answer to a query of that type; nil for an address of the other family.
func record(kind dnsmessage.Type, address string) dnsmessage.ResourceBody {
	ip := netip.MustParseAddr(address)
	switch {
	case kind == dnsmessage.TypeA && ip.Is4():
		return &dnsmessage.AResource{A: ip.As4()}
	case kind == dnsmessage.TypeAAAA && ip.Is6():
		return &dnsmessage.AAAAResource{AAAA: ip.As16()}
	}
	return nil
}
