package simulator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// faultHeader tells one call what is to go wrong with it:
//
//	X-Simulator-Fault: 503; when=after; retry-after=30
const faultHeader = "X-Simulator-Fault"

const (
	before = "before" // nothing of the work is done
	after  = "after"  // the work is done in full, then the caller is told something else
)

// Fault says what goes wrong, with which calls, and how often. FaultKinds lists the names.
type Fault struct {
	Name      string `json:"fault"`
	Operation string `json:"operation"` // token, createLead, submitLead, getLeadStatus, creditReport, creditReports, other; "": every GraphQL call; "*": every call
	Lead      string `json:"lead"`      // only calls for this partner lead id
	When      string `json:"when"`      // "before" (default) or "after" the work
	Mode      string `json:"mode"`      // "always", "next" (default), "percent"
	N         int    `json:"n"`         // how many calls, or how many in a hundred; 0 means 1

	RetryAfter string `json:"retryAfter"` // as sent; "date:60" is the date 60 s from now
	Value      string `json:"value"`      // what the kind asks for: a code, a bid, an expires_in
	Delay      string `json:"delay"`      // of the slow kinds, "2s" when empty
	Body       string `json:"body"`       // of a status: json (default), html, plain, empty, graphql
	Location   string `json:"location"`   // of a redirect; a page of this server when empty
}

// String writes the fault as the header does.
func (f Fault) String() string {
	parts := []string{f.Name}
	for _, p := range []struct{ name, value string }{
		{"when", f.When}, {"retry-after", f.RetryAfter}, {"value", f.Value}, {"delay", f.Delay}, {"body", f.Body}, {"location", f.Location},
	} {
		if p.value != "" {
			parts = append(parts, p.name+"="+p.value)
		}
	}
	return strings.Join(parts, "; ")
}

func parseFault(header string) (Fault, error) {
	parts := strings.Split(header, ";")
	f := Fault{Name: strings.TrimSpace(parts[0])}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		field, ok := map[string]*string{
			"when": &f.When, "retry-after": &f.RetryAfter, "value": &f.Value,
			"delay": &f.Delay, "body": &f.Body, "location": &f.Location,
		}[name]
		if !ok {
			return f, fmt.Errorf("unknown parameter %q", name)
		}
		*field = value
	}
	return f, nil
}

func (f Fault) delay() time.Duration {
	d, err := time.ParseDuration(f.Delay)
	if err != nil {
		return 2 * time.Second
	}
	return d
}

func (f Fault) number() int {
	n, _ := strconv.Atoi(f.Value) // checked when the fault was taken
	return n
}

func (f Fault) concerns(e Entry) bool {
	switch f.Operation {
	case "*":
	case "":
		if e.Operation == opToken {
			return false
		}
	case e.Operation:
	default:
		return false
	}
	return f.Lead == "" || f.Lead == e.Key
}

// script holds the faults that are switched on, and the seed of those that come by chance.
type script struct {
	mu      sync.Mutex
	seed    uint64
	hostile bool
	kinds   []FaultKind
	faults  []Fault
}

func newScript(seed uint64, hostile bool) *script {
	return &script{seed: seed, hostile: hostile, kinds: allKinds()}
}

// Script switches faults on, in addition to those that are on. For each call the first fault counts that
// concerns it. An unknown name or a value that its kind cannot use is an error, and then none is taken.
func (s *Server) Script(faults ...Fault) error { return s.script.add(faults) }

// ClearFaults switches every scripted fault off.
func (s *Server) ClearFaults() { s.script.clear() }

// Faults returns what is switched on, with the calls that are left of "next".
func (s *Server) Faults() []Fault { return s.script.list() }

// SetHostile switches the random faults of Config.Faults on or off.
func (s *Server) SetHostile(on bool) { s.script.setHostile(on) }

func (sc *script) add(faults []Fault) error {
	taken := slices.Clone(faults)
	for i := range taken {
		f := &taken[i]
		f.Mode = orElse(f.Mode, "next")
		f.N = orNumber(f.N, 1)
		if err := sc.check(*f); err != nil {
			return err
		}
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.faults = append(sc.faults, taken...)
	return nil
}

func (sc *script) list() []Fault {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return slices.Clone(sc.faults)
}

func (sc *script) clear() {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.faults = nil
}

func (sc *script) setHostile(on bool) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.hostile = on
}

func (sc *script) isHostile() bool {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return sc.hostile
}

// choose returns the fault of a call: the header's, else the first of the script that concerns it, else nil.
func (sc *script) choose(header string, e Entry) (*Fault, error) {
	if header != "" {
		f, err := parseFault(header)
		if err == nil {
			err = sc.check(f)
		}
		if err == nil && !sc.fits(f, e.Operation) {
			err = fmt.Errorf("%s is no fault of %s", f.Name, e.Operation)
		}
		if err != nil {
			return nil, err
		}
		return &f, nil
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for i, f := range sc.faults {
		if !f.concerns(e) || !sc.fits(f, e.Operation) {
			continue
		}
		switch f.Mode {
		case "percent":
			if sc.roll("percent "+f.String(), e)%100 >= uint64(f.N) {
				continue
			}
		case "next":
			if sc.faults[i].N--; sc.faults[i].N == 0 {
				sc.faults = slices.Delete(sc.faults, i, i+1)
			}
		}
		return &f, nil
	}
	return nil, nil
}
