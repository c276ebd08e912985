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

// The kind of an error says what may be done.
func ExampleError() {
	srv := server(`{"errors":[{"message":"firstName is required","extensions":{"code":"BAD_USER_INPUT"}}]}`)
	defer srv.Close()
	client, err := alleviate.New(alleviate.Config{
		Environment:  alleviate.Loopback(srv.URL+"/token", srv.URL+"/graphql"),
		ClientID:     "client",
		ClientSecret: alleviate.NewSecret("secret"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.CreateLead(context.Background(), alleviate.LeadInput{})
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
