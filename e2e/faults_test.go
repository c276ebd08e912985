package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"intake/alleviate/simulator"
	"intake/internal/lead"
)

// faultRow is one fault of Alleviate in the running product: what goes wrong with the first call of an
// operation (or with each), and the one status in which the lead must then be found on disk.
type faultRow struct {
	simulator.Fault
	want       lead.Status
	wantStep   lead.Step
	wantCreate int // createLead calls
	wantSubmit int // submitLead calls
	wantThere  int // leads that Alleviate processed
	settings   []string
}

func (r faultRow) name() string {
	return strings.Join(append([]string{r.Operation, r.Fault.String(), r.Mode}, r.settings...), " ")
}

// A lead that hits a fault ends delivered once, or visibly waiting, in doubt or parked.
var (
	delivered = faultRow{want: lead.Submitted, wantCreate: 1, wantSubmit: 1, wantThere: 1}
	repeated  = faultRow{want: lead.Submitted, wantCreate: 2, wantSubmit: 1, wantThere: 1}
	waits     = faultRow{want: lead.Received, wantStep: lead.Send, wantCreate: 1}
	parked    = faultRow{want: lead.Parked, wantCreate: 1}
	doubt     = faultRow{want: lead.InDoubt, wantCreate: 1}
	atRest    = faultRow{want: lead.Created, wantCreate: 1, wantThere: 1}
	duplicate = faultRow{want: lead.Created, wantCreate: 1} // processed is what was no duplicate
	looks     = faultRow{want: lead.Created, wantStep: lead.Look, wantCreate: 1, wantThere: 1}
	untouched = faultRow{want: lead.Received, wantStep: lead.Send}
	submits   = faultRow{want: lead.Created, wantStep: lead.Submit, wantCreate: 1, wantSubmit: 1, wantThere: 1}
	declined  = faultRow{want: lead.Refused, wantCreate: 1, wantSubmit: 1, wantThere: 1}
	stuck     = faultRow{want: lead.Parked, wantCreate: 1, wantSubmit: 1, wantThere: 1}
)

func (r faultRow) of(operation string, faults ...string) []faultRow {
	var rows []faultRow
	for _, header := range faults {
		row := r
		row.Fault = parse(header)
		row.Operation = operation
		rows = append(rows, row)
	}
	return rows
}

// done is the same row for a fault that comes after the work.
func (r faultRow) done() faultRow {
	r.wantThere = 1
	return r
}

// with is the same row for a program with another setting.
func (r faultRow) with(setting string) faultRow {
	r.settings = []string{setting}
	return r
}

// parse reads a fault as the simulator's header writes it, with "always" for each call.
func parse(header string) simulator.Fault {
	parts := strings.Split(header, "; ")
	f := simulator.Fault{Name: parts[0], Mode: "next", N: 1}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "always":
			f.Mode = name
		case "when":
			f.When = value
		case "retry-after":
			f.RetryAfter = value
		case "value":
			f.Value = value
		case "delay":
			f.Delay = value
		case "body":
			f.Body = value
		default:
			panic("e2e: no such part of a fault: " + part)
		}
	}
	return f
}

// fieldChecksLast drops the assumption that an operation's own input error made no lead.
const fieldChecksLast = "ALLEVIATE_FIELD_CHECKS=last"

func faultRows() []faultRow {
	const create, submit, token = "createLead", "submitLead", "token"
	return slices.Concat(
		repeated.of(create, "401", "unauthenticated", "unauthenticated; value=UNAUTHORIZED", "unauthenticated; value=AUTH_NOT_AUTHENTICATED"),
		waits.of(create, "forbidden; always", "403; always", "301; always", "404; always", "405; always", "410; always", "415; always",
			"429; retry-after=60", "429", "429; retry-after=date:60", "rate-limited", "503; retry-after=60",
			"403; body=html; retry-after=60", "400; retry-after=60", "400; body=html; retry-after=60", "413; retry-after=60", "422; retry-after=60"),
		parked.of(create, "errors", "errors; value=VALIDATION_ERROR", "path", "path-null"),
		parked.done().of(create, "path-null; when=after"), // what the assumption costs where it is wrong
		doubt.with(fieldChecksLast).of(create, "path", "path-null"),
		doubt.done().with(fieldChecksLast).of(create, "path; when=after", "path-null; when=after"),
		doubt.of(create, "503", "408", "500", "502", "504", "507", "cut", "empty", "html", "wrong-type", "slow; delay=4s", "data-null; value=INTERNAL_SERVER_ERROR",
			"data-null; value=UNAUTHENTICATED", "data-null; value=FORBIDDEN", "errors; value=INTERNAL_SERVER_ERROR", "errors; value=OTHER",
			"path; value=UNAUTHENTICATED", "path-null; value=UNAUTHENTICATED", "path-null; value=FORBIDDEN", "path-null; value=RATE_LIMITED"),
		doubt.done().of(create, "503; when=after", "408; when=after", "500; when=after", "502; when=after", "504; when=after", "cut; when=after",
			"cut-body", "truncated; when=after", "empty; when=after", "html; when=after", "slow; when=after; delay=4s", "slow-body; delay=4s",
			"endless; when=after", "huge", "no-id", "wrong-echo", "encoding", "encoding; value=deflate", "data-null; when=after; value=UNAUTHENTICATED",
			"path; when=after; value=INTERNAL_SERVER_ERROR", "path-null; when=after; value=UNAUTHENTICATED", "path-null; when=after; value=UNAUTHORIZED",
			"path-null; when=after; value=FORBIDDEN", "path-null; when=after; value=RATE_LIMITED", "errors; when=after; value=INTERNAL_SERVER_ERROR"),
		delivered.of(create, "gzip", "294", "shuffled", "extra", "errors-beside", "code-string", "bid; value=$25.00", "bid; value=25.00", "bid; value=No Bid Available", "bid; value=null"),
		looks.of(create, "no-code", "code; value=1000", "code; value=1001", "code; value=9999", "code; value=1099"),
		atRest.of(create, "code; value=1018", "code; value=1020"),
		duplicate.of(create, "code; value=1003"),

		submits.of(submit, "503", "500", "cut", "cut; when=after", "empty", "html", "429; retry-after=60", "403; always", "slow; delay=4s", "data-null; value=INTERNAL_SERVER_ERROR", "404; always",
			"path-null; value=UNAUTHENTICATED", "errors; value=INTERNAL_SERVER_ERROR", "403; body=html; retry-after=60", "400; retry-after=60", "encoding"),
		declined.of(submit, "submit; value=400", "submit; value=422"),
		stuck.of(submit, "submit; value=1021", "errors", "path-null"),
		delivered.of(submit, "submit; value=208", "errors-beside", "gzip"),

		untouched.of(token, "invalid_client; always", "invalid_scope; always", "unauthorized_client; always", "expired_token; always",
			"temporarily_unavailable; always", "429; always; retry-after=60", "429; always; body=plain", "503; always", "500; always", "404; always", "307; always",
			"html; always", "empty; always", "truncated; always", "huge; always", "no-token; always", "odd-token; always", "token-type; always", "echo; always", "cut; always", "encoding; always"),
		delivered.of(token, "gzip; always", "expires; value=0; always", "expires; value=-5; always", "expires; value=\"3600\"; always", "expires; value=1e14; always"),
	)
}

func TestFaults_EveryOneEndsDeliveredOnceOrVisiblyWaiting(t *testing.T) {
	t.Parallel()
	for _, row := range faultRows() {
		t.Run(row.name(), func(t *testing.T) {
			t.Parallel()
			p, tw := apart(t)
			p.settings = append(append(p.settings, "ALLEVIATE_SUBMIT_TIMEOUT=2s"), row.settings...)
			tw.start()
			body, err := json.Marshal(row.Fault)
			must(t, err)
			order(t, tw.addr, "faults", string(body))
			p.start()
			receipt := p.accepted(required())
			row.awaitCalls(t, tw)
			if code := p.stop(); code != 0 {
				t.Errorf("the program ended with %d, want 0", code)
			}
			row.check(t, p, tw, receipt)
		})
	}
}

// awaitCalls waits until the calls that the row expects have arrived. Ending the program then
// lets the last of them end.
func (r faultRow) awaitCalls(t *testing.T, tw *twin) {
	t.Helper()
	await(t, "the calls have arrived", func() bool {
		ledger := tw.ledger()
		return len(ledger.Calls("createLead")) >= r.wantCreate && len(ledger.Calls("submitLead")) >= r.wantSubmit &&
			len(ledger.Calls("token")) >= 1
	})
}

func (r faultRow) check(t *testing.T, p *program, tw *twin, receipt string) {
	t.Helper()
	l, _ := p.onDisk(receipt)
	if l.Status != r.want || l.Step != r.wantStep {
		t.Errorf("the lead is %s and waits for %q because %q, want %s and %q", l.Status, l.Step, l.Reason, r.want, r.wantStep)
	}
	ledger := tw.ledger()
	if n := len(ledger.Calls("createLead")); n != r.wantCreate {
		t.Errorf("%d createLead calls, want %d", n, r.wantCreate)
	}
	if n := len(ledger.Calls("submitLead")); n != r.wantSubmit {
		t.Errorf("%d submitLead calls, want %d", n, r.wantSubmit)
	}
	if n := ledger.Processed()[string(l.ID)]; n != r.wantThere || n > 1 {
		t.Errorf("Alleviate processed the lead %d times, want %d", n, r.wantThere)
	}
	if n := len(ledger.Calls("elsewhere")); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
	if l.Step == lead.AtRest && l.Status != lead.Submitted && l.Status != lead.Created && l.Reason == "" {
		t.Errorf("the lead is %s without a reason", l.Status)
	}
}
