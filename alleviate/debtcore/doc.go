// Package debtcore reads credit reports from Debt Core, the sister API of the one that takes
// leads. It stands on the same tokens, transport and errors as package alleviate, and its own part is
// small: the addresses and two queries. Nothing of it changes anything there.
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
// A client of leads with the same credentials lends its tokens: Config.Tokens is then leads.Tokens().
//
// A failed call returns an *alleviate.Error, also when Debt Core answered with errors in place of data:
// of kind Rejected for an input that failed validation and Transient for all else, a token that was refused too,
// for the next call comes with a new one. Its Code is the word of the documented table that the messages held. The
// table reads like an unfilled template, so there may be none. No message of the server is kept, which may repeat
// a person's data.
package debtcore
