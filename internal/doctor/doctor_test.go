package doctor_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/alleviate/dnstest"
	"intake/alleviate/simulator"
	"intake/internal/cli/clitest"
	"intake/internal/doctor"
)

// check runs all checks with the program's settings.
func check(t *testing.T, p *clitest.Program) (results []doctor.Result) {
	t.Helper()
	err := doctor.Run(t.Context(), p.Environ, doctor.Options{DebtCore: true}, func(r doctor.Result) { results = append(results, r) })
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestDoctor_PassesWhereNothingIsWrong(t *testing.T) {
	p := clitest.New(t)
	var passed []string
	for _, r := range check(t, p) {
		if r.Status == doctor.Failed {
			t.Errorf("%+v", r)
		}
		if r.Status == doctor.Passed {
			passed = append(passed, r.Name)
		}
	}
	for _, name := range []string{"settings", "database", "audit log", "consent texts", "tenant id", "addresses", "token", "audience", "permissions", "API", "Lead.Read", "Debt Core"} {
		if !slices.Contains(passed, name) {
			t.Errorf("%s did not pass, only %q", name, passed)
		}
	}
	if got := len(p.Simulator.Ledger().Calls("token")); got != 1 {
		t.Errorf("%d tokens were asked for, want one for both APIs", got)
	}
}

// Some servers compress their answers although nobody asked for it.
func TestDoctor_PassesWhereEveryAnswerIsCompressed(t *testing.T) {
	p := clitest.New(t)
	if err := p.Simulator.Script(simulator.Fault{Name: "gzip", Operation: "*", Mode: "always"}); err != nil {
		t.Fatal(err)
	}
	want := doctor.Result{Name: "Debt Core", Status: doctor.Passed}
	if results := check(t, p); !slices.ContainsFunc(results, func(r doctor.Result) bool { return r.Name == want.Name && r.Status == want.Status }) {
		t.Errorf("Debt Core did not pass:\n%+v", results)
	}
}

func TestDoctor_TellsWhenTheSecretEnds(t *testing.T) {
	p := clitest.New(t)
	p.Want(t, 0, "-    secret's end   not checked: ALLEVIATE_SECRET_EXPIRES is not set", "doctor")
	p.Set("ALLEVIATE_SECRET_EXPIRES=2999-12-31")
	p.Want(t, 0, "ok   secret's end   on 2999-12-31, ", "doctor")
}

func TestDoctor_NamesTheCauseAndTheNextStep(t *testing.T) {
	for _, tt := range []struct {
		name     string
		arrange  func(t *testing.T, p *clitest.Program)
		failure  string // name and detail
		nextStep string
	}{
		{"the secret is wrong", fault("invalid_client"), `token invalid_client: the client id or the secret is wrong`, "check the credentials"},
		{"the scope is wrong", fault("invalid_scope"), `token invalid_scope: the scope is wrong`, "use the API's own scope"},
		{"the application is not authorised", fault("unauthorized_client"), `token unauthorized_client: `, "ask Alleviate for the permission"},
		{"the token ran out", fault("expired_token"), `token expired_token: `, "get a new token"},
		{"the token host throttles", fault("429"), `token .*throttled`, "wait until"},
		{"the token host is broken", fault("503"), `token .*transient`, "see whether this machine reaches"},
		{"Lead.Read is missing", faultIn("getLeadStatus", "403"), `Lead.Read .*credentials.*403`, "ask whether the permission was granted"},
		{"the API refuses the token", faultIn("other", "401"), `API .*credentials: token refused twice`, "check client id, secret, scope"},
		{"the API is another page", faultIn("other", "404"), `API .*credentials.*404`, "check client id, secret, scope and address"},
		{"a firewall stands before the API", faultIn("other", "403; body=html"), `API .*transient: blocked before Alleviate.*403`, "see whether this machine reaches"},
		{"Debt Core refuses the token in its envelope", debtCoreAnswers(`{"data":{"creditReports":{"data":null,"errors":[{"message":"UNAUTHORIZED"}]}}}`), `Debt Core .*UNAUTHORIZED`, "check client id"},
		{"Debt Core refuses", faultIn("creditReports", "403"), `Debt Core .*credentials`, "check client id"},
		{"nobody listens", func(_ *testing.T, p *clitest.Program) { p.Set("ALLEVIATE_API_URL=http://127.0.0.1:1/graphql") }, `API .*transient: not sent`, "see whether this machine reaches"},
		{"the token host's name leads into this network", resolvesTo("ALLEVIATE_TOKEN_URL", "10.1.2.3"), `token .*an address that is not public`, "see where DNS and the hosts file"},
		{"the API's name leads to this machine", resolvesTo("ALLEVIATE_API_URL", "127.0.0.1"), `API .*credentials: not sent.*an address that is not public`, "see where DNS and the hosts file"},
		{"Debt Core's name leads to a cloud's metadata", resolvesTo("ALLEVIATE_DEBT_CORE_URL", "169.254.169.254"), `Debt Core .*an address that is not public`, "set its address in place of its name"},
		{"the tenant id is the misprint", func(_ *testing.T, p *clitest.Program) {
			p.Set("ALLEVIATE_TENANT_ID=8797fa3f-ba90-4187-97fb-6ab892ea90355")
		}, `settings ALLEVIATE_TENANT_ID is not a GUID.*13 digits`, "correct this setting"},
		{"the database is gone", func(t *testing.T, p *clitest.Program) {
			p.Set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "none.db"))
		}, `database `, "run intake init once"},
		{"the audit log was edited", func(t *testing.T, p *clitest.Program) {
			p.Want(t, 0, "", "keys", "add", "-reason", "r")
			p.Want(t, 0, "", "keys", "add", "-reason", "r")
			p.Exec(t, "update audit_entry set who = 'nobody' where number = 1")
		}, `audit log audit entry [2-7A-Z]+, which is not linked yet, is not as it was written`, "find out who changed the database"},
		{"the master key is another", func(t *testing.T, p *clitest.Program) {
			other := filepath.Join(t.TempDir(), "other.key")
			if err := os.WriteFile(other, bytes.Repeat([]byte{8}, 32), 0o600); err != nil {
				t.Fatal(err)
			}
			p.Set("INTAKE_MASTER_KEY_FILE=" + other)
		}, `database `, "INTAKE_MASTER_KEY_FILE"},
		{"the secret ends soon", func(_ *testing.T, p *clitest.Program) {
			p.Set("ALLEVIATE_SECRET_EXPIRES=" + time.Now().Add(48*time.Hour).UTC().Format(time.DateOnly))
		}, `secret's end on [-0-9]+, 2 days from now`, "ask for the next secret"},
		{"the day of the secret's end is no date", func(_ *testing.T, p *clitest.Program) {
			p.Set("ALLEVIATE_SECRET_EXPIRES=31.3.2027")
		}, `settings ALLEVIATE_SECRET_EXPIRES must be a date such as 2027-03-31`, "correct this setting"},
		{"the current secret is refused and the next one works", func(_ *testing.T, p *clitest.Program) {
			p.Set("ALLEVIATE_CLIENT_SECRET=an-old-secret-of-last-year", "ALLEVIATE_CLIENT_SECRET_NEXT="+clitest.Secret)
		}, `secret the current secret is refused`, "finish the rotation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := clitest.New(t)
			tt.arrange(t, p)
			results := check(t, p)
			failure := regexp.MustCompile(`^` + tt.failure)
			if !slices.ContainsFunc(results, func(r doctor.Result) bool {
				return r.Status == doctor.Failed && failure.MatchString(r.Name+" "+r.Detail) && strings.Contains(r.NextStep, tt.nextStep)
			}) {
				t.Errorf("no failure %q with the step %q in:\n%+v", tt.failure, tt.nextStep, results)
			}
			if text := fmt.Sprint(results); strings.Contains(text, clitest.Secret) || strings.Contains(text, "eyJ") {
				t.Errorf("the secret or a token is in a result:\n%s", text)
			}
		})
	}
}

// resolvesTo gives the setting an address whose host name resolves to ip.
func resolvesTo(setting, ip string) func(*testing.T, *clitest.Program) {
	return func(t *testing.T, p *clitest.Program) {
		t.Helper()
		dnstest.Zone{"host.example.org": {ip}}.Use(t)
		p.Set(setting + "=https://host.example.org/path")
	}
}

func fault(name string) func(*testing.T, *clitest.Program) { return faultIn("token", name) }

func faultIn(operation, name string) func(*testing.T, *clitest.Program) {
	return func(t *testing.T, p *clitest.Program) {
		t.Helper()
		name, page, _ := strings.Cut(name, "; body=")
		if err := p.Simulator.Script(simulator.Fault{Name: name, Body: page, Operation: operation, Mode: "always"}); err != nil {
			t.Fatal(err)
		}
	}
}

// debtCoreAnswers replaces Debt Core by a server that answers everything with body.
func debtCoreAnswers(body string) func(*testing.T, *clitest.Program) {
	return func(t *testing.T, p *clitest.Program) {
		t.Helper()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		t.Cleanup(server.Close)
		p.Set("ALLEVIATE_DEBT_CORE_URL=" + server.URL + "/credit-service/graphql")
	}
}
