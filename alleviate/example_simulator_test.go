package alleviate_test

import (
	"context"
	"errors"
	"fmt"

	"intake/alleviate"
	"intake/alleviate/simulator"
)

// Test your own program against the simulator: it refuses what Alleviate refuses, and goes wrong when told to.
func Example_testingWithTheSimulator() {
	sim, err := simulator.Start(simulator.Config{ClientID: "client", Secrets: []string{"any-word-of-twelve-letters"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sim.Close(context.Background())
	client, err := alleviate.New(alleviate.Config{
		Environment:  alleviate.Loopback(sim.TokenURL(), sim.APIURL()),
		ClientID:     "client",
		ClientSecret: alleviate.NewSecret("any-word-of-twelve-letters"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	in := alleviate.LeadInput{
		FirstName: alleviate.Of("Ada"), LastName: alleviate.Of("Example"), HomePhone: alleviate.Of("5125550148"),
		Email:    alleviate.Of("sandbox+qualified-1015@test.alleviate.com"), // an archetype: its outcome is known
		Address1: alleviate.Of("1 Main Street"), City: alleviate.Of("Dallas"), State: alleviate.Of("TX"), ZipCode: alleviate.Of("75201"),
		PartnerLeadID: "lead-7",
	}
	lead, err := client.CreateLead(context.Background(), in)
	fmt.Println(lead.Code, lead.Bid, err)

	// The answer is lost after the work was done: nobody can know, and the client says so.
	if err := sim.Script(simulator.Fault{Name: "cut", When: "after"}); err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.CreateLead(context.Background(), in)
	if e, ok := errors.AsType[*alleviate.Error](err); ok {
		fmt.Println(e.Kind, e.Reason)
	}
	fmt.Println(len(sim.Ledger().Calls("createLead")), "calls arrived")
	// Output:
	// 1015 24.00 <nil>
	// ambiguous no answer: connection failed
	// 2 calls arrived
}
