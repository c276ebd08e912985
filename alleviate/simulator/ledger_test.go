package simulator

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestLedger_KeepsInputAsReceived(t *testing.T) {
	c := call1(t, start(t))
	lead := person("1", map[string]any{"lastName": "O'Brien <& José 李 \u2028"})
	c.create(lead, "")
	e := c.s.Ledger().Calls(opCreate)[0]
	var got struct{ Input map[string]any }
	if err := json.Unmarshal(e.Input, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(lead, got.Input); d != "" {
		t.Errorf("(-sent +kept):\n%s", d)
	}
	if e.Attempt != 1 || e.Key != "P-1" || e.PartnerLeadID != "P-1" || !e.Done || e.Status != 200 || !strings.Contains(e.Answer, e.ID) {
		t.Errorf("odd entry %+v", e)
	}
}

func TestLedger_CountsAttempts(t *testing.T) {
	c := call1(t, start(t))
	id := c.create(person("1"), "").payload(t).ID
	c.create(person("1"), "")
	c.submit(id, "")
	c.submit(id, "")
	var got []int
	for _, e := range append(c.s.Ledger().Calls(opCreate), c.s.Ledger().Calls(opSubmit)...) {
		got = append(got, e.Attempt)
		if e.Key != "P-1" {
			t.Errorf("%s is counted under %q", e.Operation, e.Key)
		}
	}
	if d := cmp.Diff([]int{1, 2, 1, 2}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The process is not closed before its file is opened again, as after kill -9; a torn line is what a kill in
// the middle of a write leaves.
func TestLedger_SurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "simulator.json")
	withState := func(cfg *Config) { cfg.State = path }
	c := call1(t, start(t, withState))
	id := c.create(person("1"), "").payload(t).ID
	record := str(c.submit(id, "").payload(t).CrmRecordID)
	was := c.s.Ledger()
	torn, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := torn.WriteString(`{"lead":{"id":"torn`); err != nil {
		t.Fatal(err)
	}
	if err := torn.Close(); err != nil {
		t.Fatal(err)
	}

	c = call1(t, start(t, withState))
	now := c.s.Ledger()
	if d := cmp.Diff(was.Entries, now.Entries[:len(was.Entries)], cmpopts.EquateEmpty()); d != "" {
		t.Errorf("entries (-before +after):\n%s", d)
	}
	if d := cmp.Diff(was.Leads, now.Leads); d != "" {
		t.Errorf("leads (-before +after):\n%s", d)
	}
	if got := c.submit(id, "").payload(t); got.StatusCode != 208 || str(got.CrmRecordID) != record {
		t.Errorf("submit after the kill: %d %s, want 208 %s", got.StatusCode, str(got.CrmRecordID), record)
	}
	if got := c.create(person("1"), "").payload(t); got.ResultCode != 1003 {
		t.Errorf("the same person after the kill: %d, want 1003", got.ResultCode)
	}
	if calls := c.s.Ledger().Calls(opCreate); calls[1].Attempt != 2 || calls[1].Seq <= was.Entries[len(was.Entries)-1].Seq {
		t.Errorf("numbers began anew: %+v", calls[1])
	}
	call1(t, start(t, withState)) // and the file is whole again
}

func TestLedger_RefusesAFileItCannotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simulator.json")
	if err := os.WriteFile(path, []byte("{}\nnonsense\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(Config{ClientID: "c", Secrets: []string{"s"}, State: path})
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want the line named", err)
	}
}

func TestLedger_FileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simulator.json")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, func(cfg *Config) { cfg.State = path })
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600 (%v)", info.Mode(), err)
	}
}

func TestLedger_ResetForgetsInTheFileToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simulator.json")
	c := call1(t, start(t, func(cfg *Config) { cfg.State = path }))
	c.create(person("1"), "")
	if err := c.s.Reset(); err != nil {
		t.Fatal(err)
	}
	if l := c.s.Ledger(); len(l.Entries) != 0 || len(l.Leads) != 0 {
		t.Errorf("%d entries, %d leads are left", len(l.Entries), len(l.Leads))
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("%d bytes are left (%v)", info.Size(), err)
	}
	if got := c.create(person("1"), "").payload(t); got.ResultCode == 1003 {
		t.Error("a forgotten person is still a duplicate")
	}
}

// Every place that keeps or shows something is searched for the secret, each token and their spellings, after
// each way to send them, faults that echo and requests that carry them where they do not belong included.
func TestLedger_NeverHoldsSecretOrToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simulator.json")
	var log syncBuffer
	s := start(t, func(cfg *Config) {
		cfg.State = path
		cfg.Log = slog.New(slog.NewJSONHandler(&log, nil))
	})
	c := call1(t, s)
	for _, k := range FaultKinds() {
		for _, when := range []string{before, after} {
			fault := quick(k.Name) + "; when=" + when
			if s.script.fits(Fault{Name: k.Name}, opToken) {
				askToken(t, s, tokenForm(nil), fault)
			}
			if s.script.fits(Fault{Name: k.Name}, opCreate) {
				c.create(person(k.Name, map[string]any{"employerName": testSecret, "lastName": "x" + testSecret}), fault)
			}
		}
	}
	askToken(t, s, tokenForm(nil)+"&"+url.QueryEscape(testSecret)+"=1", "")
	askToken(t, s, tokenForm(nil), "code; value="+testSecret)
	c.ask(`{ __typename } # `+testSecret, nil, "")
	c.create(person("t", map[string]any{"employerName": c.token}), "")
	send(t, http.MethodPost, s.APIURL(), testSecret, map[string]string{"Authorization": "Bearer " + c.token})
	send(t, http.MethodPost, "http://"+s.Addr()+"/elsewhere?"+url.QueryEscape(testSecret), tokenForm(nil), nil)

	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := json.Marshal(s.Ledger())
	if err != nil {
		t.Fatal(err)
	}
	shown := send(t, http.MethodGet, s.ControlURL(), "", nil)
	for place, text := range map[string]string{"state file": string(file), "ledger": string(ledger), "page": shown.body, "log": log.String()} {
		if len(text) < 1000 {
			t.Errorf("%s: only %d bytes were searched", place, len(text))
		}
		for name, canary := range map[string]string{
			"secret": testSecret, "escaped secret": url.QueryEscape(testSecret), "secret in JSON": jsonText(testSecret), "token": c.token,
			"any token": "eyJ0eXAi",
		} {
			if strings.Contains(text, canary) {
				t.Errorf("the %s is in the %s", name, place)
			}
		}
	}
}

// quick makes a fault harmless to wait for.
func quick(name string) string {
	switch name {
	case "slow", "slow-body":
		return name + "; delay=8ms"
	case "endless":
		return "cut-body" // nobody reads an endless body to its end
	case "code", "submit":
		return name + "; value=1099"
	case "odd-token", "expires":
		return name + "; value=null"
	}
	return name
}

func TestLedger_ShortSecretsSpoilNoInput(t *testing.T) {
	s := start(t, func(cfg *Config) { cfg.Secrets = []string{testSecret, "a", "Ada"} })
	lead := person("1")
	call1(t, s).create(lead, "")
	var got struct{ Input map[string]any }
	if err := json.Unmarshal(s.Ledger().Calls(opCreate)[0].Input, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(lead, got.Input); d != "" {
		t.Errorf("(-sent +kept):\n%s", d)
	}
}

func TestLedger_StaysReadableWhenASecretWasANumber(t *testing.T) {
	s := start(t, func(cfg *Config) { cfg.Secrets = []string{testSecret, "123456789012"} })
	call1(t, s).create(person("1", map[string]any{"loanAmount": 123456789012}), "")
	kept, err := json.Marshal(s.Ledger())
	if err != nil || strings.Contains(string(kept), "123456789012") {
		t.Errorf("kept as it was, or unreadable: %v", err)
	}
}
