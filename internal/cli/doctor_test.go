package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"intake/alleviate/simulator"
	"intake/internal/dnstest"
)

const canary = "canary-secret-7319"

// live is a complete sandbox configuration; a test changes one thing.
func live(changes ...string) []string {
	return append([]string{
		"ALLEVIATE_ENVIRONMENT=sandbox", "ALLEVIATE_CLIENT_ID=client", "ALLEVIATE_CLIENT_SECRET=" + canary,
		"ALLEVIATE_CRM=manual", "INTAKE_KEYSET_FILE=keys.json", "INTAKE_MASTER_KEY_FILE=master.key",
	}, changes...)
}

// patient is a sandbox configuration whose Alleviate is a twin.
type patient struct {
	twin    *simulator.Server
	environ []string
}

func newPatient(t *testing.T) patient {
	t.Helper()
	twin, err := simulator.Start(simulator.Config{ClientID: "client", Secrets: []string{canary}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := twin.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	master := filepath.Join(dir, "master.key")
	if err := os.WriteFile(master, bytes.Repeat([]byte{7}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	p := patient{twin, live(
		"INTAKE_DATABASE_URL=file:"+filepath.Join(dir, "intake.db"), "INTAKE_KEYSET_FILE="+filepath.Join(dir, "keys.json"),
		"INTAKE_MASTER_KEY_FILE="+master, "ALLEVIATE_TOKEN_URL="+twin.TokenURL(), "ALLEVIATE_API_URL="+twin.APIURL(),
		"ALLEVIATE_DEBT_CORE_URL="+twin.CreditURL(),
	)}
	if code, said := p.intake("init"); code != 0 {
		t.Fatalf("init ended with %d: %s", code, said)
	}
	return p
}

// intake runs a subcommand and returns its exit status and all that it printed.
func (p patient) intake(args ...string) (int, string) {
	var out bytes.Buffer
	code := Run(context.Background(), args, Process{Environ: p.environ, Stdout: &out, Stderr: &out})
	return code, out.String()
}

func TestDoctor_IsGreenWhereAllIsWell(t *testing.T) {
	p := newPatient(t)
	code, said := p.intake("doctor", "-debtcore")
	if code != 0 || strings.Contains(said, "RED") {
		t.Errorf("ended with %d:\n%s", code, said)
	}
	for _, line := range []string{"settings", "database", "audit log", "consent texts", "tenant id", "addresses", "token", "audience", "permissions", "API", "Lead.Read", "Debt Core"} {
		if !regexp.MustCompile(`(?m)^ok +` + line + ` `).MatchString(said) {
			t.Errorf("no green line for %s in:\n%s", line, said)
		}
	}
}

// Some servers pack their answers whatever is asked for.
func TestDoctor_IsGreenWhereEverythingIsPacked(t *testing.T) {
	p := newPatient(t)
	if err := p.twin.Script(simulator.Fault{Name: "gzip", Operation: "*", Mode: "always"}); err != nil {
		t.Fatal(err)
	}
	p.wants(t, 0, "ok   Debt Core", "doctor", "-debtcore")
}

func TestDoctor_TellsWhenTheSecretEnds(t *testing.T) {
	p := newPatient(t)
	p.wants(t, 0, "-    secret's end   not looked at: ALLEVIATE_SECRET_EXPIRES is not set", "doctor")
	p.set("ALLEVIATE_SECRET_EXPIRES=2999-12-31")
	p.wants(t, 0, "ok   secret's end   on 2999-12-31, ", "doctor")
}

func TestDoctor_NamesTheCauseAndTheNextStep(t *testing.T) {
	for _, tt := range []struct {
		story string
		sick  func(t *testing.T, p *patient)
		red   string // the line
		next  string // the step under it
	}{
		{"the secret is wrong", fault("invalid_client"), `token +invalid_client: the client id or the secret is wrong`, "check the credentials"},
		{"the scope is wrong", fault("invalid_scope"), `token +invalid_scope: the scope is wrong`, "use the API's own scope"},
		{"the application is not authorised", fault("unauthorized_client"), `token +unauthorized_client: `, "ask Alleviate for the permission"},
		{"the token ran out", fault("expired_token"), `token +expired_token: `, "get a new token"},
		{"the token host throttles", fault("429"), `token .*throttled`, "wait until"},
		{"the token host is broken", fault("503"), `token .*transient`, "see whether this machine reaches"},
		{"Lead.Read is missing", faultIn("getLeadStatus", "403"), `Lead.Read .*credentials.*403`, "ask whether the permission was granted"},
		{"the API refuses the token", faultIn("other", "401"), `API .*credentials: token refused twice`, "check client id, secret, scope"},
		{"the API is another page", faultIn("other", "404"), `API .*credentials.*404`, "check client id, secret, scope and address"},
		{"a firewall stands before the API", faultIn("other", "403; body=html"), `API .*transient: blocked before Alleviate.*403`, "see whether this machine reaches"},
		{"Debt Core refuses the token in its envelope", debtCoreSays(`{"data":{"creditReports":{"data":null,"errors":[{"message":"UNAUTHORIZED"}]}}}`), `Debt Core .*UNAUTHORIZED`, "check client id"},
		{"Debt Core refuses", faultIn("creditReports", "403"), `Debt Core .*credentials`, "check client id"},
		{"nobody listens", func(_ *testing.T, p *patient) { p.set("ALLEVIATE_API_URL=http://127.0.0.1:1/graphql") }, `API .*transient: not sent`, "see whether this machine reaches"},
		{"the token host's name leads into this network", elsewhere("ALLEVIATE_TOKEN_URL", "10.1.2.3"), `token .*an address that is not public`, "see where DNS and the hosts file"},
		{"the API's name leads to this machine", elsewhere("ALLEVIATE_API_URL", "127.0.0.1"), `API .*credentials: not sent.*an address that is not public`, "see where DNS and the hosts file"},
		{"Debt Core's name leads to a cloud's metadata", elsewhere("ALLEVIATE_DEBT_CORE_URL", "169.254.169.254"), `Debt Core .*an address that is not public`, "set its address in place of its name"},
		{"the tenant id is the misprint", func(_ *testing.T, p *patient) {
			p.set("ALLEVIATE_TENANT_ID=8797fa3f-ba90-4187-97fb-6ab892ea90355")
		}, `settings +ALLEVIATE_TENANT_ID is not a GUID.*13 digits`, "mend this setting"},
		{"the database is gone", func(t *testing.T, p *patient) {
			p.set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "none.db"))
		}, `database `, "run intake init once"},
		{"the audit log was edited", func(t *testing.T, p *patient) {
			p.wants(t, 0, "", "keys", "add", "-reason", "r")
			p.wants(t, 0, "", "keys", "add", "-reason", "r")
			p.exec(t, "update audit_entry set who = 'nobody' where seq = 1")
		}, `audit log +audit entry 1 is not as it was written`, "find out who changed the database"},
		{"the master key is another", func(t *testing.T, p *patient) {
			other := filepath.Join(t.TempDir(), "other.key")
			if err := os.WriteFile(other, bytes.Repeat([]byte{8}, 32), 0o600); err != nil {
				t.Fatal(err)
			}
			p.set("INTAKE_MASTER_KEY_FILE=" + other)
		}, `database `, "INTAKE_MASTER_KEY_FILE"},
		{"the secret ends soon", func(_ *testing.T, p *patient) {
			p.set("ALLEVIATE_SECRET_EXPIRES=" + time.Now().Add(48*time.Hour).UTC().Format(time.DateOnly))
		}, `secret's end +on [-0-9]+, 2 days from now`, "ask for the next secret"},
		{"the day of the secret's end is no date", func(_ *testing.T, p *patient) {
			p.set("ALLEVIATE_SECRET_EXPIRES=31.3.2027")
		}, `settings +ALLEVIATE_SECRET_EXPIRES must be a date such as 2027-03-31`, "mend this setting"},
		{"the current secret is refused and the next one works", func(_ *testing.T, p *patient) {
			p.set("ALLEVIATE_CLIENT_SECRET=an-old-secret-of-last-year", "ALLEVIATE_CLIENT_SECRET_NEXT="+canary)
		}, `secret +the current secret is refused`, "finish the rotation"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			p := newPatient(t)
			tt.sick(t, &p)
			code, said := p.intake("doctor", "-debtcore")
			if code != 1 {
				t.Errorf("ended with %d, want 1", code)
			}
			if !regexp.MustCompile(`(?m)^RED +` + tt.red + `.*\n +next step: .*` + regexp.QuoteMeta(tt.next)).MatchString(said) {
				t.Errorf("no red line %q with the step %q in:\n%s", tt.red, tt.next, said)
			}
			if strings.Contains(said, canary) || strings.Contains(said, "eyJ") {
				t.Errorf("the secret or a token is printed:\n%s", said)
			}
		})
	}
}

func (p *patient) set(settings ...string) { p.environ = append(p.environ, settings...) }

// elsewhere gives the setting an address whose name DNS leads to ip.
func elsewhere(setting, ip string) func(*testing.T, *patient) {
	return func(t *testing.T, p *patient) {
		t.Helper()
		dnstest.Zone{"host.example.org": {ip}}.Use(t)
		p.set(setting + "=https://host.example.org/path")
	}
}

func fault(name string) func(*testing.T, *patient) { return faultIn("token", name) }

func faultIn(operation, name string) func(*testing.T, *patient) {
	return func(t *testing.T, p *patient) {
		t.Helper()
		name, page, _ := strings.Cut(name, "; body=")
		if err := p.twin.Script(simulator.Fault{Name: name, Body: page, Operation: operation, Mode: "always"}); err != nil {
			t.Fatal(err)
		}
	}
}

// debtCoreSays gives the patient a Debt Core that answers everything alike.
func debtCoreSays(body string) func(*testing.T, *patient) {
	return func(t *testing.T, p *patient) {
		t.Helper()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		t.Cleanup(server.Close)
		p.set("ALLEVIATE_DEBT_CORE_URL=" + server.URL + "/credit-service/graphql")
	}
}
