package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"intake/alleviate/simulator"
)

// sandboxTenant is in the path of the simulator's token address.
const sandboxTenant = "8797fa3f-ba90-4187-97fb-6ab892ea9035"

// twin is the simulator of Alleviate as a process of its own.
type twin struct {
	*process
	addr string
}

func newTwin(t testing.TB, settings ...string) *twin {
	t.Helper()
	addr := freeAddr(t)
	return &twin{newProcess(t, []string{"simulator", "-addr", addr}, settings...), addr}
}

func startTwin(t testing.TB, settings ...string) *twin {
	t.Helper()
	tw := newTwin(t, settings...)
	tw.start()
	return tw
}

func (tw *twin) start() {
	tw.t.Helper()
	tw.process.start()
	tw.awaitReady("http://" + tw.addr + "/control/faults")
}

// addresses are the settings with which a program calls this simulator.
func (tw *twin) addresses() []string {
	return []string{
		"ALLEVIATE_TOKEN_URL=http://" + tw.addr + "/" + sandboxTenant + "/oauth2/v2.0/token",
		"ALLEVIATE_API_URL=http://" + tw.addr + "/graphql",
	}
}

func (tw *twin) ledger() simulator.Ledger { return ledgerAt(tw.t, tw.addr) }

func (p *program) ledger() simulator.Ledger { return ledgerAt(p.t, p.twin) }

// ledgerAt reads what has arrived at the simulator that listens on addr.
func ledgerAt(t testing.TB, addr string) simulator.Ledger {
	t.Helper()
	answer, err := http.Get("http://" + addr + "/control/ledger.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var ledger simulator.Ledger
	if err := json.NewDecoder(answer.Body).Decode(&ledger); err != nil {
		t.Fatal(err)
	}
	return ledger
}

// order tells the simulator on addr what is to go wrong or otherwise to change.
func order(t testing.TB, addr, path, body string) {
	t.Helper()
	answer, err := http.Post("http://"+addr+"/control/"+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(answer.Body)
		t.Fatalf("the simulator does not take the order %s %s: %s", path, body, said)
	}
}

// awaitDelivered waits until the simulator has handed n leads to its CRM, which is the courier's
// last call, and returns the ledger.
func awaitDelivered(t testing.TB, addr string, n int) simulator.Ledger {
	t.Helper()
	var ledger simulator.Ledger
	await(t, "the simulator has the leads", func() bool {
		ledger = ledgerAt(t, addr)
		submitted := 0
		for _, call := range ledger.Calls("submitLead") {
			if call.Done {
				submitted++
			}
		}
		return submitted >= n
	})
	return ledger
}

// onlyLead is what the one createLead call in the ledger brought. It fails the test when there was
// another number of calls or of leads.
func onlyLead(t testing.TB, ledger simulator.Ledger) map[string]any {
	t.Helper()
	calls := ledger.Calls("createLead")
	if len(calls) != 1 || len(ledger.Leads) != 1 {
		t.Fatalf("the ledger has %d createLead calls and %d leads, want one of each", len(calls), len(ledger.Leads))
	}
	return inputOf(t, calls[0])
}

// inputOf is the LeadInput of a createLead call.
func inputOf(t testing.TB, call simulator.Entry) map[string]any {
	t.Helper()
	var variables struct{ Input map[string]any }
	if err := json.Unmarshal(call.Input, &variables); err != nil {
		t.Fatal(err)
	}
	return variables.Input
}
