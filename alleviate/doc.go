// Package alleviate is a client for Alleviate's Marketing Lead Automation Service (MLAS), the
// GraphQL API that takes leads for debt relief and bids for them.
//
// # Use
//
// A Client needs an environment and the credentials that Alleviate hands out at onboarding. New
// checks them on their face and makes no request. Run keeps an access token at hand in the
// background; without it, calls fetch tokens when they need them. These and all else about the token are
// methods of Connection, which each client has. Close ends it.
//
//	client, err := alleviate.New(alleviate.Config{
//		Environment:  alleviate.Sandbox(),
//		ClientID:     id,
//		ClientSecret: alleviate.NewSecret(secret),
//	})
//
// CreateLead sends an applicant and waits for the outcome, which may take as long as Alleviate's
// workflow does. When ResultCode.Qualified says so, and the partner's path into the CRM is the
// manual one, SubmitLead hands the lead on. LeadStatus looks at a lead again. There is nothing
// else: the API has no list, no search and no cancel.
//
// Two ids are easily confused and are therefore two types. LeadID is Alleviate's. PartnerLeadID
// is the caller's own: LeadInput sends it under the name leadId and answers echo it as
// partnerLeadId, while SubmitLeadInput's leadId is Alleviate's.
//
// # Personal data and secrets
//
// Answers of a person are wrapped by Of and revealed by Reveal. Everything else that looks at
// them, be it fmt, log/slog or encoding/json, sees "***". An error, an Exchange and a TokenState
// hold ids, codes, field names and fixed words; never a body, a value, a token or a secret. Of a
// message of the server an Exchange has the documented sentences, and of all else the length and a keyed
// hash. Config.WholeExchanges adds the bodies, outside of production.
//
// # Errors
//
// Every failed call returns an *Error (CreateLead's input included), to be had with
// errors.AsType or errors.As. Its Kind says what the failure proves:
//
//   - Transient: nothing began, or the operation is safe to repeat. Try again later, not before
//     RetryAfter. Blocked says that something on the way refused the request.
//   - Throttled: be silent until RetryAfter.
//   - Credentials: a person must change something; no lead is at fault. A *TokenError inside
//     names the cause and the remedy where Alleviate's docs do.
//   - Rejected: this input was refused before anything was done. Fields names the culprits. An input
//     error with the path of the operation itself counts as one by an assumption: field checks come
//     first, says /guides/sandbox-archetypes of the sandbox. Config.FieldChecksLast drops it.
//   - Ambiguous: from CreateLead only. The lead may exist. The API documents no idempotency key
//     and no search by the caller's id, so nobody can find out by asking; a repeat may create the
//     lead twice.
//
// An error with a path, or beside the key data, came up while the operation ran. It proves nothing
// else, whatever its code and the HTTP status say: it is Ambiguous from CreateLead and Transient from
// the others.
//
// ErrUnknownLead, from LeadStatus, is an answer and no *Error.
//
// A result code that nobody has published is no error: the set of codes is open, and the number
// is kept. A refusal by SubmitLead is no error either; it is SubmittedLead.Code.
//
// # Calls, tokens and limits
//
// One call is one attempt. The only repeat happens after a 401, or an authentication code without
// path and data, which proves that nothing was executed: the token is dropped, a new one fetched and
// the request sent once more. A token that is refused while the operation runs is dropped for later
// calls alone. Requests go over HTTP/1.1 and without an idempotency key, so that net/http repeats none
// of which a byte has left. Pace and back-off belong to the caller; the sandbox allows 100 requests a minute (documented, /guides/testing),
// production has a limit without a number. Redirects are not followed, and no host but the two configured
// ones is reached, through a proxy of the process environment only where Config asks for it. A host's name must lead to
// the public Internet unless Config allows private addresses.
//
// Clients with the same credentials share their tokens by Config.Tokens: one token when the scope is the
// same, two when it is not. Config.TokenSource takes the place of the client secret, for certificates and
// workload identity.
//
// # How much of this is documented
//
// Pages are those of https://lead-docs.alleviate.com. Comments say "documented" where a page says
// it, "seen in an example" where only an example shows it, and "assumed" where the docs are silent.
package alleviate
