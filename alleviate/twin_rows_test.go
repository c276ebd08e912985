package alleviate_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/alleviate"
	"intake/alleviate/simulator"
)

func TestTwin_EveryPayloadRow(t *testing.T) {
	f := startTwin(t, func(*alleviate.Config) {})
	for _, tt := range []struct {
		fault                simulator.Fault
		create, submit, look alleviate.Kind
		code                 alleviate.ResultCode // of createLead, when it is done
		submitted            alleviate.SubmitCode // of submitLead, when it is done
	}{
		{simulator.Fault{Name: "code", Value: "1015"}, done, done, done, 1015, 200},
		{simulator.Fault{Name: "code", Value: "1042"}, done, done, done, 1042, 409},
		{simulator.Fault{Name: "no-code"}, done, transient, done, alleviate.CodeUnreadable, 0},
		{simulator.Fault{Name: "code-string"}, done, done, done, 1015, 200},
		{simulator.Fault{Name: "code-string", Value: "\"soon\""}, done, transient, done, alleviate.CodeUnreadable, 0},
		{simulator.Fault{Name: "no-id"}, ambiguous, done, transient, 0, 200},
		{simulator.Fault{Name: "wrong-echo"}, ambiguous, done, done, 0, 200},
		{simulator.Fault{Name: "other-case"}, ambiguous, transient, transient, 0, 0},
		{simulator.Fault{Name: "submit", Value: "208"}, done, done, done, 1015, alleviate.AlreadySubmitted},
		{simulator.Fault{Name: "submit", Value: "400"}, done, done, done, 1015, alleviate.CertificateMissing},
		{simulator.Fault{Name: "submit", Value: "422"}, done, done, done, 1015, alleviate.CertificateRefused},
		{simulator.Fault{Name: "submit", Value: "1021"}, done, done, done, 1015, 1021},
	} {
		t.Run(tt.fault.String(), func(t *testing.T) {
			if err := f.Reset(); err != nil {
				t.Fatal(err)
			}
			in := applicant()
			in.Email = alleviate.Of("sandbox+qualified-1015@test.alleviate.com")
			lead, err := f.client.CreateLead(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			tt.fault.Mode = "always"
			if err := f.Script(tt.fault); err != nil {
				t.Fatal(err)
			}
			defer f.ClearFaults()
			created, err := f.client.CreateLead(t.Context(), in)
			if got := kindOf(t, err); got != tt.create || created.Code != tt.code {
				t.Errorf("createLead: %q with %s, want %q with %s: %v", got, created.Code, tt.create, tt.code, err)
			}
			submitted, err := f.client.SubmitLead(t.Context(), alleviate.SubmitLeadInput{LeadID: lead.ID})
			if got := kindOf(t, err); got != tt.submit || submitted.Code != tt.submitted {
				t.Errorf("submitLead: %q with %s, want %q with %s: %v", got, submitted.Code, tt.submit, tt.submitted, err)
			}
			_, err = f.client.LeadStatus(t.Context(), lead.ID)
			if got := kindOf(t, err); got != tt.look {
				t.Errorf("getLeadStatus: %q, want %q: %v", got, tt.look, err)
			}
		})
	}
	if err := f.Script(simulator.Fault{Name: "unknown"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.client.LeadStatus(t.Context(), "any"); !errors.Is(err, alleviate.ErrUnknownLead) {
		t.Errorf("got %v, want ErrUnknownLead", err)
	}
}

func TestTwin_EveryTokenRow(t *testing.T) {
	wait := func(f *simulator.Fault) { f.RetryAfter = "33" }
	valued := func(value string) func(*simulator.Fault) { return func(f *simulator.Fault) { f.Value = value } }
	var rows []twinRow
	add := func(more ...twinRow) { rows = append(rows, more...) }
	add(named("cut cut-body 500 502 503 504 408 temporarily_unavailable", transient, "", 1, plain)...)
	add(named("500 503", transient, "", 1, saying("html"))...)
	add(named("429", throttled, "", 1, wait)...)
	add(named("429", throttled, "", 1, saying("plain"))...)
	add(named("invalid_client invalid_scope unauthorized_client expired_token", credentials, "", 1, plain)...)
	add(named("301 302 307 308 404", credentials, "", 1, saying("html"))...)
	add(named("400", credentials, "", 1, valued("any_other_word"))...)
	add(named("html plain empty no-token truncated huge endless encoding bom", transient, "", 1, plain)...)
	for _, odd := range []string{"12", "null", `""`, `"a b"`, `"a\r\nX-Evil: 1"`} {
		add(named("odd-token", transient, "", 1, valued(odd))...)
	}
	add(named("token-type", transient, "", 1, valued("MAC"))...)
	add(named("gzip shuffled extra", done, "", 1, plain)...)
	for _, life := range []string{"", "0", "-5", `"3600"`, "null", `"soon"`, "3599.9", "1e14", "true", "{}"} {
		add(named("expires", done, "", 1, valued(life))...)
	}
	f := startTwin(t, func(*alleviate.Config) {})
	for _, row := range rows {
		t.Run(row.story, func(t *testing.T) {
			if err := f.Reset(); err != nil {
				t.Fatal(err)
			}
			f.connect(t, func(*alleviate.Config) {})
			row.fault.Operation, row.fault.Mode = "token", "always"
			if err := f.Script(row.fault); err != nil {
				t.Fatal(err)
			}
			defer f.ClearFaults()
			_, err := f.client.CreateLead(t.Context(), applicant())
			if got := kindOf(t, err); got != row.create {
				t.Errorf("kind is %q, want %q: %v", got, row.create, err)
			}
			e, refused := errors.AsType[*alleviate.TokenError](err)
			if refused != (row.create != done) {
				t.Errorf("a token error: %v, in %v", refused, err)
			}
			if documented := row.fault.Name == "invalid_client" || strings.Contains("invalid_scope unauthorized_client expired_token", row.fault.Name); refused && documented &&
				(e.Code != row.fault.Name || e.Cause == "" || e.Remedy == "" || len(e.AADSTS) != 1) {
				t.Errorf("got %+v, want the cause, the remedy and Microsoft's number", *e)
			}
			if refused && row.fault.RetryAfter == "33" && e.RetryAfter != 33*time.Second {
				t.Errorf("RetryAfter is %s, want 33 s", e.RetryAfter)
			}
			arrived, leads := len(f.Ledger().Calls("token")), len(f.Ledger().Leads)
			if arrived != 1 || (leads == 1) != (row.create == done) {
				t.Errorf("%d token requests and %d leads", arrived, leads)
			}
		})
	}
	for _, c := range canaries {
		if strings.Contains(f.logged.String(), c) {
			t.Errorf("the log has %q", c)
		}
	}
	if !strings.Contains(f.logged.String(), "aadsts=[90000]") {
		t.Error("the log lacks Microsoft's number, which support asks for")
	}
}

func TestTwin_AStormOf401MakesOneTokenRequest(t *testing.T) {
	const callers = 100
	f := startTwin(t, func(*alleviate.Config) {})
	if err := f.client.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.RevokeTokens()
	var calls sync.WaitGroup
	for range callers {
		calls.Go(func() {
			if _, err := f.client.LeadStatus(t.Context(), theirID); !errors.Is(err, alleviate.ErrUnknownLead) {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if got := len(f.Ledger().Calls("token")) - 1; got != 1 {
		t.Errorf("%d token requests in the storm, want 1", got)
	}
}
