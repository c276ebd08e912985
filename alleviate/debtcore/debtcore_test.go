package debtcore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate"
	"intake/alleviate/debtcore"
)

const (
	secretCanary = "canary-secret"
	nameCanary   = "Canaryname"
	ssnCanary    = "987654321"
)

// answering is a client of a credit service that says body to everything.
func answering(t *testing.T, body string) (client *debtcore.Client, sent func() map[string]any, shown *strings.Builder) {
	t.Helper()
	var last []byte
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"a.b.c"}`)
	})
	mux.HandleFunc("POST /credit-service/graphql", func(w http.ResponseWriter, r *http.Request) {
		last, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, body)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	shown = new(strings.Builder)
	client, err := debtcore.New(alleviate.Config{
		Environment:  alleviate.Loopback(server.URL+"/token", server.URL+"/credit-service/graphql"),
		ClientID:     "client",
		ClientSecret: alleviate.NewSecret(secretCanary),
		Observe:      func(x alleviate.Exchange) { encoded, _ := json.Marshal(x); shown.Write(encoded) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return client, func() map[string]any {
		var request struct{ Variables map[string]any }
		if err := json.Unmarshal(last, &request); err != nil {
			t.Fatal(err)
		}
		return request.Variables
	}, shown
}

func noCanary(t *testing.T, shown string) {
	t.Helper()
	for _, c := range []string{secretCanary, nameCanary, ssnCanary} {
		if strings.Contains(shown, c) {
			t.Errorf("%q shows in %s", c, shown)
		}
	}
}

const reportBody = `{"id":"cr-1","reqOrgContactId":"contact-1","leadId":null,"source":"CRS_TRANSUNION",
	"reportStatus":"COMPLETED","fileStatus":"COMPLETED","createdAt":"2026-02-04T15:30:00.000Z","reportRequestedAt":1770219000000,
	"applicantFirstName":"` + nameCanary + `","applicantSsn":"` + ssnCanary + `",
	"scores":[{"modelName":"VantageScore4","scoreValue":"680","scoreFactors":null}],
	"debts":[{"id":"debt-1","creditorName":"` + nameCanary + `","currentBalance":0,"monthlyPayment":210.5,"hasLastPayment":false,"remarks":["` + nameCanary + `"]}]}`

func TestCreditReport_IsReadAndShowsNoPerson(t *testing.T) {
	client, sent, shown := answering(t, `{"data":{"creditReport":{"data":`+reportBody+`,"errors":null}}}`)
	got, err := client.CreditReport(t.Context(), "cr-1")
	if err != nil {
		t.Fatal(err)
	}
	want := debtcore.Report{
		ID: "cr-1", ContactID: "contact-1", Source: "CRS_TRANSUNION", ReportStatus: "COMPLETED", FileStatus: "COMPLETED",
		CreatedAt:   debtcore.Time{Time: time.Date(2026, time.February, 4, 15, 30, 0, 0, time.UTC)},
		RequestedAt: debtcore.Time{Time: time.Date(2026, time.February, 4, 15, 30, 0, 0, time.UTC)},
		FirstName:   alleviate.Of(nameCanary),
		Scores:      []debtcore.Score{{Model: "VantageScore4", Value: alleviate.Of("680")}},
		Debts: []debtcore.Debt{{
			ID: "debt-1", Creditor: alleviate.Of(nameCanary), CurrentBalance: alleviate.Of(0.0), MonthlyPayment: alleviate.Of(210.5),
			HasLastPayment: alleviate.Of(false), Remarks: []alleviate.Private[string]{alleviate.Of(nameCanary)},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"input": map[string]any{"creditReportId": "cr-1"}}, sent()); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	encoded, _ := json.Marshal(got)
	noCanary(t, fmt.Sprintf("%v %+v %#v %s %s", got, got, got, encoded, struct{ r debtcore.Report }{got}))
	noCanary(t, shown.String())
	if !strings.Contains(shown.String(), `"creditReportId":"***"`) {
		t.Errorf("the exchange is %s", shown)
	}
}

func TestCreditReport_OpensTheEnvelope(t *testing.T) {
	const data = `"data":{"id":"cr-1"}`
	tests := []struct {
		name, envelope string
		want           alleviate.Kind
		code           string
	}{
		{"data alone", `{` + data + `}`, "", ""},
		{"data beside a message that is a string", `{` + data + `,"errors":[{"message":"` + nameCanary + `"}]}`, "", ""},
		{"data beside messages that are a list", `{` + data + `,"errors":[{"message":["a","b"]}]}`, "", ""},
		{"data beside a message of no known type", `{` + data + `,"errors":[{"message":{"a":1}}]}`, "", ""},
		{"not found, as a string", `{"data":null,"errors":[{"message":"NOT_FOUND"}]}`, alleviate.Transient, "NOT_FOUND"},
		{"invalid, as a list", `{"data":null,"errors":[{"message":["VALIDATION_ERROR: ` + ssnCanary + `"]}]}`, alleviate.Rejected, "VALIDATION_ERROR"},
		{"unauthorised", `{"errors":[{"message":"UNAUTHORIZED"}]}`, alleviate.Transient, "UNAUTHORIZED"},
		{"a message without a code", `{"errors":[{"message":"` + nameCanary + `"}]}`, alleviate.Transient, ""},
		{"nothing", `{}`, alleviate.Transient, ""},
		{"data of another type", `{"data":"` + nameCanary + `"}`, alleviate.Transient, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, _, shown := answering(t, `{"data":{"creditReport":`+tt.envelope+`}}`)
			_, err := client.CreditReport(t.Context(), "cr-1")
			if tt.want == "" && err != nil {
				t.Error(err)
			}
			if e, ok := errors.AsType[*alleviate.Error](err); tt.want != "" && (!ok || e.Op != "creditReport" || e.Kind != tt.want || e.Code != tt.code) {
				t.Errorf("got %v, want %s with the code %q", err, tt.want, tt.code)
			}
			if got, want := errors.Is(err, debtcore.ErrNotFound), strings.HasPrefix(tt.name, "not found"); got != want {
				t.Errorf("errors.Is(err, ErrNotFound) is %v", got)
			}
			if got, want := errors.Is(err, debtcore.ErrUnauthorized), tt.name == "unauthorised"; got != want {
				t.Errorf("errors.Is(err, ErrUnauthorized) is %v", got)
			}
			noCanary(t, fmt.Sprintf("%v %+v %#v", err, err, err)+shown.String())
		})
	}
}

// A token that Debt Core refuses is not used again. Inside the envelope the query has run, so it is not
// repeated; without data it was refused before, and is.
func TestCreditReport_ARefusedTokenIsRenewed(t *testing.T) {
	const good = `{"data":{"creditReport":{"data":{"id":"cr-1"}}}}`
	for _, tt := range []struct {
		name, first string
		wantErr     bool
		wantTokens  string // of the calls, after the one that failed another one is made
	}{
		{"in the envelope", `{"data":{"creditReport":{"data":null,"errors":[{"message":"UNAUTHORIZED"}]}}}`, true, "a.1 a.2"},
		{"in the envelope, as a list", `{"data":{"creditReport":{"errors":[{"message":["UNAUTHORIZED: token expired"]}]}}}`, true, "a.1 a.2"},
		{"in the envelope beside data", `{"data":{"creditReport":{"data":{"id":"cr-1"},"errors":[{"message":"UNAUTHORIZED"}]}}}`, false, "a.1 a.2"},
		{"before execution, as a code", `{"errors":[{"message":"x","extensions":{"code":"UNAUTHORIZED"}}]}`, false, "a.1 a.2 a.2"},
		{"before execution, as a message", `{"errors":[{"message":"UNAUTHORIZED"}]}`, false, "a.1 a.2 a.2"},
		{"with a path", `{"errors":[{"message":"UNAUTHORIZED","path":["creditReport"]}]}`, true, "a.1 a.2"},
		{"not found", `{"data":{"creditReport":{"errors":[{"message":"NOT_FOUND"}]}}}`, true, "a.1 a.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var tokens, calls []string
			mux := http.NewServeMux()
			mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
				tokens = append(tokens, fmt.Sprint("a.", len(tokens)+1))
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"%s"}`, tokens[len(tokens)-1])
			})
			mux.HandleFunc("POST /credit-service/graphql", func(w http.ResponseWriter, r *http.Request) {
				calls = append(calls, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
				body := good
				if len(calls) == 1 {
					body = tt.first
				}
				_, _ = io.WriteString(w, body)
			})
			server := httptest.NewServer(mux)
			defer server.Close()
			client, err := debtcore.New(alleviate.Config{
				Environment: alleviate.Loopback(server.URL+"/token", server.URL+"/credit-service/graphql"),
				ClientID:    "client", ClientSecret: alleviate.NewSecret(secretCanary),
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.CreditReport(t.Context(), "cr-1"); (err != nil) != tt.wantErr {
				t.Errorf("the first call ends with %v, want a failure: %v", err, tt.wantErr)
			}
			if _, err := client.CreditReport(t.Context(), "cr-1"); err != nil {
				t.Errorf("the second call ends with %v", err)
			}
			if got := strings.Join(calls, " "); got != tt.wantTokens {
				t.Errorf("the calls came with the tokens %q, want %q", got, tt.wantTokens)
			}
		})
	}
}

func TestCreditReport_KeepsTheKindsOfTheLeadAPI(t *testing.T) {
	client, _, _ := answering(t, `{"errors":[{"message":"x","extensions":{"code":"FORBIDDEN"}}]}`)
	_, err := client.CreditReport(t.Context(), "cr-1")
	if e, ok := errors.AsType[*alleviate.Error](err); !ok || e.Kind != alleviate.Credentials || e.Op != "creditReport" {
		t.Errorf("got %v, want an *alleviate.Error of kind credentials", err)
	}
}

func TestCreditReports_SendsItsFilterAndReadsAPage(t *testing.T) {
	client, sent, _ := answering(t, `{"data":{"creditReports":{"data":{"totalCount":3,"pageInfo":{"hasNextPage":true,"endCursor":"c2"},
		"edges":[{"node":{"id":"cr-1"}},{"node":{"id":"cr-2"}}]}}}}`)
	got, err := client.CreditReports(t.Context(), debtcore.Filter{ContactID: "contact-1", IDs: []debtcore.ReportID{"cr-1", "cr-2"}, First: 2, After: "c0"})
	if err != nil {
		t.Fatal(err)
	}
	want := debtcore.Page{Reports: []debtcore.Report{{ID: "cr-1"}, {ID: "cr-2"}}, Total: 3, More: true, EndCursor: "c2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantSent := map[string]any{
		"where": map[string]any{"reqOrgContactId": "contact-1", "creditReportIds": []any{"cr-1", "cr-2"}}, "first": 2.0, "after": "c0",
	}
	if diff := cmp.Diff(wantSent, sent()); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if _, err := client.CreditReports(t.Context(), debtcore.Filter{IDs: make([]debtcore.ReportID, 21)}); err == nil {
		t.Error("21 ids are taken")
	}
}
