package alleviate_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"intake/alleviate"
)

// say answers every request alike. OP in the body stands for the operation asked for.
func say(status int, contentType, body string, headers ...string) script {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "OP", operation(r)))
	}
}

const jsonType, graphqlType = "application/json", "application/graphql-response+json"

func operation(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	for _, op := range []string{"createLead", "submitLead", "getLeadStatus", "__typename"} {
		if bytes.Contains(body, []byte(op)) {
			return op
		}
	}
	return "token"
}

// silent never answers; it ends when the caller leaves.
func silent(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cut closes the connection without an answer.
func cut(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// inTurn answers the first requests with the first scripts and all others with the last.
func inTurn(scripts ...script) script {
	return func(n int, w http.ResponseWriter, r *http.Request) {
		scripts[min(n, len(scripts))-1](n, w, r)
	}
}

func goodToken(n int, w http.ResponseWriter, r *http.Request) { tokenFor("3599")(n, w, r) }

// tokenFor grants tokens with this JSON as expires_in; each holds the canary and its number.
func tokenFor(expiresIn string) script {
	return func(n int, w http.ResponseWriter, r *http.Request) {
		say(200, jsonType, fmt.Sprintf(`{"token_type":"Bearer","expires_in":%s,"access_token":"%s.%d"}`,
			expiresIn, tokenCanary, n))(n, w, r)
	}
}

// goodAnswer is the documented answer of each operation.
func goodAnswer(n int, w http.ResponseWriter, r *http.Request) {
	say(200, jsonType, `{"data":{"OP":`+goodPayload+`}}`)(n, w, r)
}

const goodPayload = `{"id":"d5faed99-51c3-4181-959e-5557d1eef042","leadId":"d5faed99-51c3-4181-959e-5557d1eef042",` +
	`"resultCode":1015,"note":"Lead processing complete","partnerLeadId":"partner-1","bidValue":"$25.00",` +
	`"statusCode":200,"crmRecordId":"3rb1h2o3gql","crm":"AFS","updatedAt":"2026-02-04T15:30:00.000Z"}`

// operations are the three calls, each with its budget.
var operations = []struct {
	name   string
	budget time.Duration
	call   func(context.Context, *alleviate.Client) (any, error)
}{
	{"createLead", 120 * time.Second, func(ctx context.Context, c *alleviate.Client) (any, error) {
		return c.CreateLead(ctx, applicant())
	}},
	{"submitLead", 30 * time.Second, func(ctx context.Context, c *alleviate.Client) (any, error) {
		return c.SubmitLead(ctx, alleviate.SubmitLeadInput{LeadID: theirID, MobilePhone: alleviate.Of("5551234567")})
	}},
	{"getLeadStatus", 10 * time.Second, func(ctx context.Context, c *alleviate.Client) (any, error) {
		return c.LeadStatus(ctx, theirID)
	}},
}
