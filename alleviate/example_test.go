package alleviate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"intake/alleviate"
)

// server answers as Alleviate and Entra would, for the examples.
func server(answer string) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"a.b.c"}`)
	})
	mux.HandleFunc("POST /graphql", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	})
	return httptest.NewServer(mux)
}

// Send a lead and read the outcome. For the sandbox, Environment is alleviate.Sandbox().
func ExampleClient_CreateLead() {
	srv := server(`{"data":{"createLead":{"id":"550e8400-e29b-41d4-a716-446655440000","resultCode":1015,
		"note":"Lead processing complete","partnerLeadId":"lead-7","bidValue":"$24.00"}}}`)
	defer srv.Close()

	client, err := alleviate.New(alleviate.Config{
		Environment:  alleviate.Loopback(srv.URL+"/token", srv.URL+"/graphql"),
		ClientID:     "the id from onboarding",
		ClientSecret: alleviate.NewSecret("the secret from onboarding"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	lead, err := client.CreateLead(context.Background(), alleviate.LeadInput{
		FirstName:     alleviate.Of("Ada"),
		LastName:      alleviate.Of("Example"),
		Email:         alleviate.Of("ada@example.org"),
		HomePhone:     alleviate.Of("4028319225"),
		Address1:      alleviate.Of("1 Main Street"),
		City:          alleviate.Of("Dallas"),
		State:         alleviate.Of("TX"),
		ZipCode:       alleviate.Of("75201"),
		DateOfBirth:   alleviate.Of(alleviate.Date{Year: 1985, Month: time.June, Day: 15}),
		MonthlyIncome: alleviate.Of(0), // an answer, and so it is sent
		PartnerLeadID: "lead-7",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(lead.ID, lead.Code, lead.Code.Qualified(), lead.Bid.Cents)
	// Output: 550e8400-e29b-41d4-a716-446655440000 1015 true 2400
}

// local is a client of such a server.
func local(srv *httptest.Server) *alleviate.Client {
	client, err := alleviate.New(alleviate.Config{
		Environment:  alleviate.Loopback(srv.URL+"/token", srv.URL+"/graphql"),
		ClientID:     "client",
		ClientSecret: alleviate.NewSecret("secret"),
	})
	if err != nil {
		panic(err)
	}
	return client
}

// Ask for a token before the first lead, and look at how it is doing. Run does so in the background.
func ExampleConnection_Ready() {
	srv := server(`{}`)
	defer srv.Close()
	client := local(srv)
	defer client.Close()
	err := client.Ready(context.Background())
	if refusal, ok := errors.AsType[*alleviate.TokenError](err); ok {
		fmt.Println(refusal.Cause, refusal.Remedy, refusal.AADSTS)
		return
	}
	state := client.TokenState()
	fmt.Println(state.Secret, state.Expires.Sub(state.Fetched), state.FetchesToday)
	// Output: current 59m59s 1
}

// Hand a qualified lead on. A refusal is an answer.
func ExampleClient_SubmitLead() {
	srv := server(`{"data":{"submitLead":{"leadId":"550e8400","statusCode":208,"crmRecordId":"3rb1h2o3gql","crm":"AFS"}}}`)
	defer srv.Close()
	client := local(srv)
	defer client.Close()
	submitted, err := client.SubmitLead(context.Background(), alleviate.SubmitLeadInput{LeadID: "550e8400", MobilePhone: alleviate.Of("5125550148")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(submitted.Code, submitted.Code.InCRM(), submitted.CRM, submitted.CRMRecordID)
	// Output: 208 true AFS 3rb1h2o3gql
}

// Look at a lead again. That Alleviate has no such lead is an answer too.
func ExampleClient_LeadStatus() {
	srv := server(`{"data":{"getLeadStatus":null}}`)
	defer srv.Close()
	client := local(srv)
	defer client.Close()
	status, err := client.LeadStatus(context.Background(), "550e8400")
	switch {
	case errors.Is(err, alleviate.ErrUnknownLead):
		fmt.Println("not found there")
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(status.Code, status.Code.Final(), status.UpdatedAt)
	}
	// Output: not found there
}

// See what went over the wire, without what a person typed.
func ExampleExchange() {
	srv := server(`{"errors":[{"message":"Invalid email format: ada@example","extensions":{"code":"BAD_USER_INPUT"}}]}`)
	defer srv.Close()
	client, err := alleviate.New(alleviate.Config{
		Environment:  alleviate.Loopback(srv.URL+"/token", srv.URL+"/graphql"),
		ClientID:     "client",
		ClientSecret: alleviate.NewSecret("secret"),
		Observe: func(x alleviate.Exchange) {
			fmt.Println(x.Operation, x.HTTPStatus, string(x.Variables), x.Err.Code, x.Err.Fields)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	_, _ = client.CreateLead(context.Background(), alleviate.LeadInput{Email: alleviate.Of("ada@example")})
	// Output: createLead 200 {"input":{"email":"***"}} BAD_USER_INPUT [email]
}

// The kind of an error says what may be done.
func ExampleError() {
	srv := server(`{"errors":[{"message":"firstName is required","extensions":{"code":"BAD_USER_INPUT"}}]}`)
	defer srv.Close()
	client := local(srv)
	defer client.Close()
	_, err := client.CreateLead(context.Background(), alleviate.LeadInput{})
	if e, ok := errors.AsType[*alleviate.Error](err); ok {
		switch e.Kind {
		case alleviate.Transient, alleviate.Throttled:
			fmt.Println("again, not before", e.RetryAfter)
		case alleviate.Credentials:
			fmt.Println("stop and tell a person")
		case alleviate.Rejected:
			fmt.Println("correct", e.Fields)
		case alleviate.Ambiguous:
			fmt.Println("do not repeat: the lead may exist")
		}
	}
	// Output: correct [firstName]
}

// Personal values show nowhere but in the request.
func ExampleOf() {
	in := alleviate.LeadInput{Email: alleviate.Of("ada@example.org")}
	fmt.Printf("%v %s\n", in.Email, in.Email.Reveal())
	// Output: *** ada@example.org
}
