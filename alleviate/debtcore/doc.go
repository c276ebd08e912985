// Package debtcore reads credit reports from Debt Core, the sister API of the one that takes
// leads. It shares package alleviate's token source, transport and errors, and its own part is
// small: the addresses, the envelope and two queries. Nothing of it changes anything there.
//
// Pages are those of https://debtcore.alleviate.com. Where a comment says "schema", the source is
// not Alleviate's documentation but the schema text that a partner published
// (https://github.com/BorrowBetter/adcsdk), which is strong evidence and not Alleviate's word.
//
//	client, err := debtcore.New(alleviate.Config{
//		Environment:  debtcore.Sandbox(),
//		ClientID:     id,
//		ClientSecret: alleviate.NewSecret(secret),
//	})
//
// A failed call returns an *alleviate.Error, or an *Error when Debt Core answered and its envelope
// held errors in place of data. Neither holds a message of the server, which may repeat a person's data.
package debtcore
