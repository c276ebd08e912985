package debtcore_test

import (
	"fmt"

	"intake/alleviate"
	"intake/alleviate/debtcore"
)

// Both clients share one token, because the scope is the same.
func ExampleNew() {
	leads, err := alleviate.New(alleviate.Config{
		Environment:  alleviate.Sandbox(),
		ClientID:     "the id from onboarding",
		ClientSecret: alleviate.NewSecret("the secret from onboarding"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer leads.Close()
	credit, err := debtcore.New(alleviate.Config{Environment: debtcore.Sandbox(), Tokens: leads.Tokens()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer credit.Close()
	fmt.Println(credit.TokenState().Scope == leads.TokenState().Scope)
	// Output: true
}
