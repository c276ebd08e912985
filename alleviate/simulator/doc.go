// Package simulator is a local twin of Alleviate: the Entra ID token endpoint and the MLAS GraphQL API, on
// loopback, over real sockets. It is strict always and hostile on demand.
//
// Nothing of the client under test is imported here, so that a misspelling shared by both sides cannot hide.
//
// What it answers is one of three things, and its own output says which:
//
//   - documented: stated by https://lead-docs.alleviate.com
//   - seen in an example: the shape is printed there, the meaning is not
//   - assumed: the pages are silent; the choice has a name in [Assumptions], is logged at start, and is
//     listed in the ledger beside every answer it shaped
//
// The ledger keeps what callers sent, as they sent it, invented or real: use invented people only. It never
// keeps a client secret or a token.
package simulator
