package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// try makes one call with a fault and tells what came and how many leads or tokens it made.
func try(t *testing.T, s *Server, operation, fault string) (reply, Entry) {
	t.Helper()
	c := call1(t, s)
	var r reply
	switch operation {
	case opToken:
		r = askToken(t, s, tokenForm(nil), fault)
	case opCreate:
		r = c.create(person("1"), fault)
	case opSubmit:
		r = c.submit(c.create(person("1"), "").payload(t).ID, fault)
	case opStatus:
		r = c.look(c.create(person("1"), "").payload(t).ID, fault)
	}
	calls := s.Ledger().Calls(operation)
	return r, calls[len(calls)-1]
}

func TestFaults_BeforeDoesNothingAndAfterDoesItAll(t *testing.T) {
	for _, k := range FaultKinds() {
		for _, operation := range []string{opToken, opCreate, opSubmit, opStatus} {
			for _, when := range []string{before, after} {
				s := start(t)
				if !s.script.fits(Fault{Name: k.Name}, operation) || k.Name == "endless" {
					continue
				}
				fault := quick(k.Name) + "; when=" + when
				_, e := try(t, s, operation, fault)
				refusing := k.Name == "submit" // statusCode 1099 is an answer, not a submission
				if want := (k.keeps || when == after) && !refusing; e.Done != want {
					t.Errorf("%s of %s: done %t, want %t", fault, operation, e.Done, want)
				}
				if e.Fault != fault && e.Fault != strings.Replace(fault, "delay=8ms; when="+when, "when="+when+"; delay=8ms", 1) &&
					!strings.Contains(fault, "value") {
					t.Errorf("the ledger says %q for %q", e.Fault, fault)
				}
				if leads := len(s.Ledger().Leads); operation == opCreate && (leads == 1) != e.Done {
					t.Errorf("%s: %d leads though done is %t", fault, leads, e.Done)
				}
			}
		}
	}
}

func TestFaults_DoWhatTheySay(t *testing.T) {
	rows := faultRows()
	named := map[string]bool{"503": true} // TestFaults_AnyStatus
	for _, row := range rows {
		named[parsed(t, row.fault).Name] = true
		t.Run(row.operation+" "+row.fault, func(t *testing.T) {
			r, _ := try(t, start(t), row.operation, row.fault)
			if (r.err != nil) != row.broken {
				t.Fatalf("the connection ended with %v", r.err)
			}
			if !row.broken && r.status != row.status {
				t.Errorf("status %d, want %d", r.status, row.status)
			}
			if row.says != "" && !strings.Contains(r.body, row.says) {
				t.Errorf("%q is not in %.400q", row.says, r.body)
			}
			if row.not != "" && strings.Contains(r.body, row.not) {
				t.Errorf("%q is in %.400q", row.not, r.body)
			}
			if row.valid != json.Valid([]byte(r.body)) {
				t.Errorf("valid JSON is %t: %.400q", !row.valid, r.body)
			}
			if row.larger > len(r.body) {
				t.Errorf("%d bytes, want more than %d", len(r.body), row.larger)
			}
		})
	}
	for _, k := range FaultKinds() {
		if !named[k.Name] && k.Name != "endless" && k.Name != "slow" && k.Name != "slow-body" {
			t.Errorf("no row says what %s does", k.Name)
		}
	}
}

type faultRow struct {
	operation, fault string
	broken           bool // the connection ends too early
	status           int
	says, not        string
	valid            bool
	larger           int
}

func faultRows() []faultRow {
	return []faultRow{
		{operation: opToken, fault: "invalid_client", status: 401, says: `"error":"invalid_client"`, valid: true},
		{operation: opToken, fault: "invalid_scope", status: 400, says: `"error":"invalid_scope"`, valid: true},
		{operation: opToken, fault: "unauthorized_client", status: 400, says: `"error":"unauthorized_client"`, valid: true},
		{operation: opToken, fault: "expired_token", status: 400, says: `"error":"expired_token"`, valid: true},
		{operation: opToken, fault: "temporarily_unavailable", status: 503, says: `"error":"temporarily_unavailable"`, valid: true},
		{operation: opToken, fault: "no-token", status: 200, says: "Bearer", not: "access_token", valid: true},
		{operation: opToken, fault: "odd-token; value=5", status: 200, says: `"access_token":5`, valid: true},
		{operation: opToken, fault: "odd-token; value=\"a\\nb\"", status: 200, says: `"access_token":"a\nb"`, valid: true},
		{operation: opToken, fault: "token-type; value=mac", status: 200, says: `"token_type":"mac"`, valid: true},
		{operation: opToken, fault: "expires; value=0", status: 200, says: `"expires_in":0`, valid: true},
		{operation: opToken, fault: "expires; value=-5", status: 200, says: `"expires_in":-5`, valid: true},
		{operation: opToken, fault: `expires; value="3600"`, status: 200, says: `"expires_in":"3600"`, valid: true},
		{operation: opToken, fault: "expires; value=1e14", status: 200, says: `"expires_in":1e14`, valid: true},
		{operation: opToken, fault: "expires", status: 200, says: "access_token", not: `"expires_in"`, valid: true},
		{operation: opToken, fault: "encoding", status: 200, says: "access_token", valid: true},
		{operation: opCreate, fault: "encoding; value=deflate", status: 200, says: `"createLead"`, valid: true},
		{operation: opCreate, fault: "gzip", status: 200, says: "\x1f\x8b"},
		{operation: opCreate, fault: "path; when=after", status: 200, says: `"path":["createLead"]`, not: `"data"`, valid: true},
		{operation: opCreate, fault: "path; value=UNAUTHENTICATED", status: 200, says: `"code":"UNAUTHENTICATED"`, not: `"data"`, valid: true},
		{operation: opCreate, fault: "path-null", status: 200, says: `"data":null,"errors":[{"extensions":{"code":"BAD_USER_INPUT"},"message":"A fault was asked for","path":["createLead"]}]`, valid: true},
		{operation: opStatus, fault: "path-null; value=FORBIDDEN; when=after", status: 200, says: `"path":["getLeadStatus"]`, valid: true},
		{operation: opToken, fault: "html", status: 200, says: "<!doctype html>"},
		{operation: opToken, fault: "truncated", status: 200, says: "access_token"},
		{operation: opToken, fault: "huge", status: 200, says: "access_token", valid: true, larger: 64 << 10},
		{operation: opToken, fault: "echo", status: 400, says: "client_secret="},
		{operation: opToken, fault: "cut", broken: true},

		{operation: opCreate, fault: "cut", broken: true},
		{operation: opCreate, fault: "cut; when=after", broken: true},
		{operation: opCreate, fault: "cut-body", broken: true, says: `{"data":{"createLead"`},
		{operation: opCreate, fault: "html", status: 200, says: "<!doctype html>"},
		{operation: opCreate, fault: "plain", status: 200, says: "OK"},
		{operation: opCreate, fault: "empty", status: 200},
		{operation: opCreate, fault: "echo", status: 400, says: "socialSecurityNumber"},
		{operation: opCreate, fault: "truncated", status: 200, says: `{"data":{"createLead"`},
		{operation: opCreate, fault: "huge", status: 200, says: `"resultCode"`, valid: true, larger: 1 << 20},
		{operation: opCreate, fault: "bom", status: 200, says: "\xef\xbb\xbf{"},
		{operation: opCreate, fault: "shuffled", status: 200, says: `"resultCode":`, not: `{"id"`, valid: true},
		{operation: opCreate, fault: "extra", status: 200, says: `"resultCodeText":"unknown field"`, valid: true},
		{operation: opCreate, fault: "unauthenticated", status: 200, says: `"code":"UNAUTHENTICATED"`, not: `"data"`, valid: true},
		{operation: opCreate, fault: "unauthenticated; value=AUTH_NOT_AUTHENTICATED", status: 200, says: `"code":"AUTH_NOT_AUTHENTICATED"`, valid: true},
		{operation: opCreate, fault: "forbidden", status: 200, says: `"code":"FORBIDDEN"`, not: `"data"`, valid: true},
		{operation: opCreate, fault: "rate-limited", status: 200, says: `"code":"RATE_LIMITED"`, not: `"data"`, valid: true},
		{operation: opCreate, fault: "errors", status: 200, says: `"errors":`, not: `"data"`, valid: true},
		{operation: opCreate, fault: "data-null", status: 200, says: `{"data":null}`, valid: true},
		{operation: opCreate, fault: "data-null; value=BAD_USER_INPUT", status: 200, says: `{"data":null,"errors":[{"extensions":{"code":"BAD_USER_INPUT"}`, valid: true},
		{operation: opCreate, fault: "data-null; value=INTERNAL_SERVER_ERROR", status: 200, says: `"code":"INTERNAL_SERVER_ERROR"`, valid: true},
		{operation: opCreate, fault: "wrong-type", status: 200, says: `"data":[1,2,3]`, valid: true},
		{operation: opCreate, fault: "errors-beside", status: 200, says: `"resultCode"`, valid: true},
		{operation: opCreate, fault: "errors-beside; value=X", status: 200, says: `"code":"X"`, valid: true},
		{operation: opCreate, fault: "code-string", status: 200, says: `"resultCode":"10`, valid: true},
		{operation: opCreate, fault: "code-string; value=null", status: 200, says: `"resultCode":null`, valid: true},
		{operation: opCreate, fault: "no-code", status: 200, says: `"id"`, not: "resultCode", valid: true},
		{operation: opCreate, fault: "no-id", status: 200, says: "resultCode", not: `"id"`, valid: true},
		{operation: opCreate, fault: "wrong-echo", status: 200, says: `"partnerLeadId":"somebody-else"`, not: "P-1", valid: true},
		{operation: opCreate, fault: "other-case", status: 200, says: `"ResultCode"`, not: `"resultCode"`, valid: true},
		{operation: opCreate, fault: "duplicate-keys", status: 200, says: `"id":"another","id":"`, valid: true},
		{operation: opCreate, fault: "code; value=1042", status: 200, says: `"resultCode":1042`, valid: true},
		{operation: opCreate, fault: "code; value=1003", status: 200, says: `"resultCode":1003,"note":"Lead processing complete","partnerLeadId":"P-1","bidValue":null`, valid: true},
		{operation: opCreate, fault: "bid; value=No Bid Available", status: 200, says: `"bidValue":"No Bid Available"`, valid: true},
		{operation: opCreate, fault: "bid; value=12.00", status: 200, says: `"bidValue":"12.00"`, valid: true},
		{operation: opCreate, fault: "bid; value=$12.00", status: 200, says: `"bidValue":"$12.00"`, valid: true},
		{operation: opCreate, fault: "bid; value=null", status: 200, says: `"bidValue":null`, valid: true},

		{operation: opSubmit, fault: "submit; value=208", status: 200, says: `"statusCode":208,"crmRecordId":"`, valid: true},
		{operation: opSubmit, fault: "submit; value=400", status: 200, says: `"statusCode":400,"crmRecordId":null`, valid: true},
		{operation: opSubmit, fault: "submit; value=422", status: 200, says: `"statusCode":422,"crmRecordId":null`, valid: true},
		{operation: opSubmit, fault: "submit; value=1021", status: 200, says: `"statusCode":1021`, valid: true},
		{operation: opSubmit, fault: "code-string", status: 200, says: `"statusCode":"200"`, valid: true},
		{operation: opSubmit, fault: "no-id", status: 200, says: "statusCode", not: `"leadId"`, valid: true},
		{operation: opSubmit, fault: "cut; when=after", broken: true},

		{operation: opStatus, fault: "unknown", status: 200, says: `{"data":{"getLeadStatus":null}}`, valid: true},
		{operation: opStatus, fault: "code; value=1018", status: 200, says: `"resultCode":1018`, valid: true},
		{operation: opStatus, fault: "bid; value=No Bid Available", status: 200, says: `"bidValue":"No Bid Available"`, valid: true},
		{operation: opStatus, fault: "data-null", status: 200, says: `{"data":null}`, valid: true},
	}
}

func parsed(t *testing.T, header string) Fault {
	t.Helper()
	f, err := parseFault(header)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFaults_AnyStatus(t *testing.T) {
	now := time.Date(2026, 2, 4, 15, 30, 0, 0, time.UTC)
	for _, row := range []struct {
		operation, fault string
		status           int
		kind, header     string
		value            string
	}{
		{opToken, "429", 429, "application/json", "Retry-After", ""},
		{opToken, "429; body=plain; retry-after=60", 429, "text/plain", "Retry-After", "60"},
		{opToken, "429; retry-after=date:60", 429, "application/json", "Retry-After", "Wed, 04 Feb 2026 15:31:00 GMT"},
		{opToken, "429; retry-after=-5", 429, "application/json", "Retry-After", "-5"},
		{opToken, "429; retry-after=315360000", 429, "application/json", "Retry-After", "315360000"},
		{opToken, "500", 500, "application/json", "", ""},
		{opToken, "502; body=html", 502, "text/html", "", ""},
		{opToken, "307", 307, "application/json", "Location", "/elsewhere"},
		{opToken, "307; location=http://127.0.0.1:1/x", 307, "application/json", "Location", "http://127.0.0.1:1/x"},
		{opCreate, "401", 401, "application/json", "Www-Authenticate", `Bearer error="invalid_token"`},
		{opCreate, "403", 403, "application/json", "", ""},
		{opCreate, "403; body=html", 403, "text/html", "", ""},
		{opCreate, "400", 400, "application/json", "", ""},
		{opCreate, "400; body=graphql; value=BAD_USER_INPUT", 400, "application/graphql-response+json", "", ""},
		{opCreate, "413", 413, "application/json", "", ""},
		{opCreate, "422", 422, "application/json", "", ""},
		{opCreate, "404", 404, "application/json", "", ""},
		{opCreate, "405", 405, "application/json", "", ""},
		{opCreate, "301", 301, "application/json", "Location", "/elsewhere"},
		{opCreate, "429", 429, "application/json", "Retry-After", ""},
		{opCreate, "429; retry-after=7", 429, "application/json", "Retry-After", "7"},
		{opCreate, "408", 408, "application/json", "", ""},
		{opCreate, "500", 500, "application/json", "", ""},
		{opCreate, "501", 501, "application/json", "", ""},
		{opCreate, "502", 502, "application/json", "", ""},
		{opCreate, "503", 503, "application/json", "Retry-After", ""},
		{opCreate, "503; retry-after=30", 503, "application/json", "Retry-After", "30"},
		{opCreate, "504; body=empty", 504, "", "", ""},
		{opCreate, "294", 294, "application/graphql-response+json", "", ""},
	} {
		t.Run(row.operation+" "+row.fault, func(t *testing.T) {
			s := start(t, func(cfg *Config) { cfg.Now = func() time.Time { return now } })
			r, e := try(t, s, row.operation, row.fault)
			kind, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
			if r.status != row.status || kind != row.kind {
				t.Errorf("got %d %q, want %d %q", r.status, kind, row.status, row.kind)
			}
			if row.header != "" && r.header.Get(row.header) != row.value {
				t.Errorf("%s: %q, want %q", row.header, r.header.Get(row.header), row.value)
			}
			if e.Done != (row.status == 294) || e.Status != row.status {
				t.Errorf("ledger: done %t, status %d", e.Done, e.Status)
			}
		})
	}
}

func TestFaults_RedirectFollowedIsSeen(t *testing.T) {
	s := start(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.TokenURL(), strings.NewReader(tokenForm(nil)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set(faultHeader, "307")
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // only the ledger counts
	if got := len(s.Ledger().Calls(opElsewhere)); got != 1 {
		t.Errorf("%d calls elsewhere, want 1", got)
	}
}

func TestFaults_SlowOnes(t *testing.T) {
	for _, fault := range []string{"slow; delay=80ms", "slow; delay=80ms; when=after", "slow-body; delay=80ms"} {
		began := time.Now()
		r, _ := try(t, start(t), opCreate, fault)
		if took := time.Since(began); took < 80*time.Millisecond || !strings.Contains(r.body, "resultCode") || r.err != nil {
			t.Errorf("%s: %v, %v, %s", fault, took, r.err, r.body)
		}
	}
}

func TestFaults_EndlessGoesOnUntilTheCallerLeaves(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL(), strings.NewReader(`{"query":"{ __typename }"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + c.token, "Content-Type": "application/json", faultHeader: "endless; delay=1h"} {
		req.Header.Set(name, value)
	}
	res, err := direct().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.CopyN(io.Discard, res.Body, 2<<20); err != nil {
		t.Errorf("ended after %d bytes: %v", n, err)
	}
	_ = res.Body.Close() // the cleanup of start fails if the handler stays
}

func TestScript_ModesAndOrder(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	statuses := func(n int) (got []int) {
		for range n {
			got = append(got, c.ask("{ __typename }", nil, "").status)
		}
		return got
	}
	script := func(faults ...Fault) {
		t.Helper()
		if err := s.Script(faults...); err != nil {
			t.Fatal(err)
		}
	}
	script(Fault{Name: "500", N: 2}, Fault{Name: "401"})
	if d := cmp.Diff([]int{500, 500, 401, 200}, statuses(4)); d != "" {
		t.Errorf("next (-want +got):\n%s", d)
	}
	script(Fault{Name: "503", Mode: "always"})
	if d := cmp.Diff([]int{503, 503, 503}, statuses(3)); d != "" {
		t.Errorf("always (-want +got):\n%s", d)
	}
	if r := askToken(t, s, tokenForm(nil), ""); r.status != 200 {
		t.Errorf("a fault for the API hit the token endpoint: %d", r.status)
	}
	s.ClearFaults()
	script(Fault{Name: "500", Operation: opCreate, Lead: "P-2", Mode: "always"})
	got := []int{c.create(person("1"), "").status, c.create(person("2"), "").status, c.look("x", "").status}
	if d := cmp.Diff([]int{200, 500, 200}, got); d != "" {
		t.Errorf("one lead (-want +got):\n%s", d)
	}
	s.ClearFaults()
	script(Fault{Name: "500", Mode: "percent", N: 30})
	bad := 0
	for _, status := range statuses(200) {
		if status == 500 {
			bad++
		}
	}
	if bad < 30 || bad > 90 {
		t.Errorf("30 %% of 200 came to %d", bad)
	}
}

func TestScript_HeaderComesFirst(t *testing.T) {
	s := start(t)
	if err := s.Script(Fault{Name: "500", Mode: "always"}); err != nil {
		t.Fatal(err)
	}
	if r := call1(t, s).ask("{ __typename }", nil, "422"); r.status != 422 {
		t.Errorf("got %d, want the header's 422", r.status)
	}
}

func TestScript_RefusesWhatItDoesNotKnow(t *testing.T) {
	s := start(t)
	for _, f := range []Fault{
		{}, {Name: "nope"}, {Name: "600"}, {Name: "500", When: "later"}, {Name: "500", Mode: "often"}, {Name: "500", N: -1}, {Name: "500", Body: "xml"},
		{Name: "500", Operation: "createlead"}, {Name: "slow", Delay: "long"}, {Name: "code"}, {Name: "submit", Value: "x"}, {Name: "429", RetryAfter: "1\r\nX: y"},
	} {
		if err := s.Script(Fault{Name: "500"}, f); err == nil {
			t.Errorf("%+v was taken", f)
		}
	}
	if left := s.Faults(); len(left) != 0 {
		t.Errorf("%d faults were taken beside a wrong one", len(left))
	}
	c := call1(t, s)
	for _, header := range []string{"nope", "500; color=red", "expires; value=1", "code"} {
		if r := c.create(person("1"), header); r.status != 400 || !strings.Contains(r.body, faultHeader) {
			t.Errorf("%s: %d %s, want 400 that names the header", header, r.status, r.body)
		}
	}
	if len(s.Ledger().Leads) != 0 {
		t.Error("a call with a wrong fault made a lead")
	}
}
