package simulator

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// storm sends the same hundred leads, each from its own goroutine and each until it is answered, and returns
// what chance did to each call.
func storm(t *testing.T, seed uint64) (faults map[string]string, l Ledger) {
	t.Helper()
	s := start(t, func(cfg *Config) { cfg.Seed = seed })
	c := call1(t, s)
	s.SetHostile(true)
	var group sync.WaitGroup
	for i := range 100 {
		lead := person(fmt.Sprint(i))
		group.Go(func() {
			for range 5 {
				if r := c.create(lead, ""); r.err == nil && r.status == 200 {
					return
				}
			}
		})
	}
	group.Wait()
	faults = map[string]string{}
	l = s.Ledger()
	for _, e := range l.Calls(opCreate) {
		faults[fmt.Sprintf("%s/%d", e.Key, e.Attempt)] = e.Fault
	}
	return faults, l
}

func TestHostile_SameSeedSameFaultsUnderConcurrency(t *testing.T) {
	first, l := storm(t, 11)
	second, _ := storm(t, 11)
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("the same seed differs (-first +second):\n%s", d)
	}
	other, _ := storm(t, 12)
	if cmp.Equal(first, other) {
		t.Error("another seed brought the same faults")
	}
	for partner, n := range l.Processed() {
		if n != 1 {
			t.Errorf("%s was processed %d times", partner, n)
		}
	}
	if l.Seed != 11 {
		t.Errorf("the ledger names the seed %d", l.Seed)
	}
}

func TestHostile_SharesAreAsPromised(t *testing.T) {
	sc := newScript(3, true)
	count := map[string]int{}
	const throws = 20000
	for i := range throws {
		m := sc.mood(Entry{Operation: opCreate, Key: fmt.Sprint(i), Attempt: 1})
		if m.fault != nil {
			count[m.fault.Name]++
		}
		if m.latency < 0 || m.latency >= 50e6 {
			t.Fatalf("latency %v", m.latency)
		}
	}
	for name, percent := range map[string]int{"401": 5, "429": 2, "503": 2, "cut": 1} {
		want := throws * percent / 100
		if got := count[name]; got < want*8/10 || got > want*12/10 {
			t.Errorf("%s: %d of %d, want about %d", name, got, throws, want)
		}
	}
}

func TestHostile_RefusesAValidTokenOnce(t *testing.T) {
	sc := newScript(3, true)
	refused := 0
	for i := range 5000 {
		e := Entry{Operation: opCreate, Key: fmt.Sprint(i), Attempt: 1}
		m := sc.mood(e)
		if m.fault == nil || m.fault.Name != "401" {
			continue
		}
		refused++
		e.Attempt = 2
		if again := sc.mood(e); again.fault != nil && again.fault.Name == "401" {
			t.Fatalf("lead %d was refused twice in a row", i)
		}
	}
	if refused < 100 {
		t.Errorf("only %d refusals were seen", refused)
	}
}

func TestHostile_WaitsAreToldAndCutsAreAfterTheWork(t *testing.T) {
	sc := newScript(3, true)
	for i := range 5000 {
		switch m := sc.mood(Entry{Operation: opCreate, Key: fmt.Sprint(i), Attempt: 1}); {
		case m.fault == nil:
		case m.fault.Name == "cut" && m.fault.When != after:
			t.Fatal("a cut before the work")
		case (m.fault.Name == "429" || m.fault.Name == "503") && m.fault.RetryAfter == "":
			t.Fatal("a throttle without Retry-After")
		}
	}
}

func TestHostile_DisguiseChangesNothingThatCounts(t *testing.T) {
	body := []byte(`{"data":{"createLead":{"id":"1","resultCode":1013,"bidValue":null}}}`)
	var want, got struct{ Data map[string]map[string]any }
	if err := json.Unmarshal(body, &want); err != nil {
		t.Fatal(err)
	}
	changed := mood{dress: true, order: 5}.disguise(answer{status: 200, body: body})
	if err := json.Unmarshal(changed.body, &got); err != nil {
		t.Fatal(err)
	}
	extra := 0
	for name, value := range got.Data["createLead"] {
		was, known := want.Data["createLead"][name]
		if !known {
			extra++
			continue
		}
		if d := cmp.Diff(was, value); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if extra == 0 || len(got.Data["createLead"]) != 3+extra {
		t.Errorf("got %s", changed.body)
	}
}

func TestHostile_TokensLiveVariously(t *testing.T) {
	s := start(t, func(cfg *Config) { cfg.Faults = true })
	lives := map[int]bool{}
	for range 30 {
		var got struct {
			ExpiresIn int `json:"expires_in"`
		}
		r := askToken(t, s, tokenForm(nil), "")
		if r.err != nil || r.status != 200 {
			continue // one of the accidents
		}
		if err := json.Unmarshal([]byte(r.body), &got); err != nil {
			t.Fatal(err)
		}
		if got.ExpiresIn < 60 || got.ExpiresIn >= 3600 {
			t.Errorf("expires_in %d", got.ExpiresIn)
		}
		lives[got.ExpiresIn] = true
	}
	if len(lives) < 10 {
		t.Errorf("only %d different lives", len(lives))
	}
}

func TestHostile_OneSwitchTurnsItOff(t *testing.T) {
	s := start(t, func(cfg *Config) { cfg.Faults = true })
	s.SetHostile(false)
	c := call1(t, s)
	for i := range 100 {
		if r := c.create(person(fmt.Sprint(i)), ""); r.err != nil || r.status != 200 {
			t.Fatalf("call %d: %d %v", i, r.status, r.err)
		}
	}
}
