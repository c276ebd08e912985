package e2e

import (
	"database/sql"
	"strings"
	"testing"
	"time"
)

// behind runs a statement on the database of a program that has ended, as somebody does who should
// not.
func (p *process) behind(statement string, args ...any) {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+p.file("data/intake.db"))
	must(p.t, err)
	defer db.Close()
	_, err = db.Exec(statement, args...)
	must(p.t, err)
}

// forwardAMinute moves the program's clock on to when what it does every minute is due again.
func (p *program) forwardAMinute() {
	p.t.Helper()
	if code, said := p.then([]string{"clock", "-forward", "1m"}); code != 0 {
		p.t.Fatalf("clock ended with %d: %s", code, said)
	}
}

// awaitMetric waits until the program shows the line.
func awaitMetric(t *testing.T, addr, line string) {
	t.Helper()
	await(t, "the metrics show "+line, func() bool {
		return strings.Contains(scrape(t, addr), "\n"+line+"\n")
	})
}

// Server, doctor and audit verify walk the same chain and agree about it.
func TestAudit_TheServerTheDoctorAndTheCommandAgreeAboutTheChain(t *testing.T) {
	t.Parallel()
	addr := freeAddr(t)
	p := serve(t, "INTAKE_ADMIN_ADDR="+addr)
	if code, said := p.then([]string{"keys", "add", "-by", "ann", "-reason", "ninety days"}); code != 0 {
		t.Fatalf("keys add ended with %d: %s", code, said)
	}
	p.then([]string{"keys", "add", "-by", "bob", "-reason", "one more"})
	p.forwardAMinute()
	await(t, "both entries are linked", func() bool { return p.out.has(`"audit entries chained","links":2`) })
	p.stop()
	p.start()
	awaitMetric(t, addr, `intake_chain_intact{chain="audit"} 1`)
	awaitMetric(t, addr, `intake_chain_entries{chain="audit"} 2`)
	_, said := p.then([]string{"audit", "verify"})
	_, head, found := strings.Cut(strings.TrimSpace(said), "whole: 2 entries, head ")
	if !found || !p.out.has(`"chain is intact","chain":"audit","entries":2,"head":"`+head+`"`) {
		t.Errorf("audit verify says %q, and the log of the server does not have that head", said)
	}
	p.stop()

	p.behind("update audit_entry set reason = 'none', at = $1 where number = 2", time.Now().UnixMilli())
	p.start()
	awaitMetric(t, addr, `intake_chain_intact{chain="audit"} 0`)
	if !p.out.has(`"level":"ERROR","msg":"chain is broken","chain":"audit","cause":"audit entry 2 is not as it was written","intact_until":1`) {
		t.Errorf("no alarm in the log:\n%s", p.out.String())
	}
	for _, args := range [][]string{{"audit", "verify"}, {"doctor"}} {
		if code, said := p.then(args); code != 1 || !strings.Contains(said, "audit entry 2 is not as it was written") {
			t.Errorf("intake %s ended with %d and said %q", strings.Join(args, " "), code, said)
		}
	}
}
