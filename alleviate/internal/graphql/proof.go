package graphql

import (
	"encoding/json"
	"errors"
	"slices"

	"intake/alleviate/internal/wire"
)

const mediaType = "application/graphql-response+json"

// judge is the one place that decides what an outcome proves; no Kind means that the operation is done and its
// payload counts. It judges in a fixed order: did a byte leave, is there a payload that speaks for the API, did
// execution begin, the HTTP status, the GraphQL errors. A payload outranks every status and error beside it,
// because what has been done must never be done again: under a status that GraphQL servers do not give it is a
// doubt. And nothing that shows that execution began is taken for a refusal, whatever the status says.
func (a *Attempt) judge() {
	a.Err = wire.PlainCause(a.lost)
	switch s := a.Status; {
	case s == 0 && !a.Sent:
		a.fail(unbegun(a.lost), "not sent: "+wire.EndedBy(a.lost))
	case s == 0:
		a.fail(a.Call.unproven(), "no answer: "+wire.EndedBy(a.lost))
	case a.trusted() && a.payload != nil:
		a.judgePayload()
	case a.executed():
		a.judgeExecuted()
	case a.cutOff():
		a.fail(a.Call.unproven(), "unreadable answer")
	case s == 401, a.only(unauthenticatedCodes):
		a.fail(refused, "token refused")
	case s == 403 && !a.html, a.only(forbiddenCodes):
		a.fail(Credentials, "permission refused")
	case s == 403, isInputStatus(s) && !a.graphql:
		a.fail(Transient, "blocked before Alleviate")
		a.Blocked = true
	case s/100 == 3, s == 404, s == 405, s == 406, s == 410, s == 415:
		a.fail(Credentials, "address or request refused")
	case s == 429, a.only(rateLimitCodes):
		a.fail(Throttled, "too many calls")
		a.RetryAfter = wire.Throttle(a.stated)
	case s == 503 && a.stated >= 0:
		a.fail(Transient, "unavailable for a stated time")
	case s/100 == 2 && !a.graphql:
		a.fail(a.Call.unproven(), "unreadable answer")
	case !a.trusted():
		a.fail(a.Call.unproven(), "failed on the way or at Alleviate")
	case a.Call.Nullable && a.only(notFoundCodes):
	case a.allOf(a.refusesInput):
		a.fail(Rejected, "refused before execution")
	default:
		a.fail(a.Call.unproven(), "failed without a result")
	}
}

// unbegun is the kind of a request of which nothing was sent.
func unbegun(err error) Kind {
	if errors.Is(err, wire.ErrWrongAddress) {
		return Credentials
	}
	return Transient
}

// trusted says whether the body speaks for the API's GraphQL server and not for something in between: any 2xx,
// the media type that only GraphQL servers send, and the statuses that GraphQL servers give to refused requests.
func (a *Attempt) trusted() bool { return a.graphql && a.speaksGraphQL() }

func (a *Attempt) speaksGraphQL() bool {
	return a.Status/100 == 2 || a.mediaType == mediaType || isInputStatus(a.Status)
}

func isInputStatus(status int) bool { return status == 400 || status == 413 || status == 422 }

// executed says whether the answer shows that execution began, whatever its status and media type: an
// error with a path, which only a resolver's has, or the key data, also with null, which a refused
// request's answer does not have (spec.graphql.org, Response Format).
func (a *Attempt) executed() bool {
	return a.hasData && !a.gateway401() || slices.ContainsFunc(a.errors, problem.hasPath)
}

// gateway401 is a 401 of something else whose body has a field named data that is null. HTTP 401 by
// itself says that nothing was executed, and such a field alone does not speak against it.
func (a *Attempt) gateway401() bool {
	return a.Status == 401 && !a.speaksGraphQL() && a.graphql && a.data == nil
}

// cutOff says that more was said than could be read. A page of HTML is no GraphQL answer, however
// it goes on.
func (a *Attempt) cutOff() bool { return a.lost != nil && !a.graphql && !a.html }

// judgePayload judges an answer that has a payload to trust.
func (a *Attempt) judgePayload() {
	if a.Call.Envelope == ErrorsFail && wire.IsNull(a.inEnvelope()) {
		a.judgeEnvelope()
		return
	}
	if a.Call.Judge == nil {
		return
	}
	if fault := a.Call.Judge(a.result().Payload); fault != "" {
		a.fail(a.Call.unproven(), fault)
	}
}

// What may be the Err of a failure in an envelope.
var (
	ErrNotFound     = errors.New("alleviate: not found")
	ErrUnauthorized = errors.New("alleviate: token refused in the answer")
)

// inEnvelope is the data of an envelope.
func (a *Attempt) inEnvelope() json.RawMessage { return wire.ReadObject(a.payload)["data"] }

// judgeEnvelope judges an envelope with errors, or nothing, in place of data. The operation has run.
func (a *Attempt) judgeEnvelope() {
	const reason = "answered with errors"
	a.fail(a.Call.unproven(), reason)
	says := func(code string) bool {
		return slices.ContainsFunc(a.inside, func(p problem) bool { return p.says(code) })
	}
	switch {
	case says(codeUnauthorized):
		a.Err = ErrUnauthorized
	case says(codeInvalid) && (a.Call.FieldChecksFirst || a.Call.Repeat == SafeToRepeat):
		a.fail(Rejected, reason)
	case says(codeNotFound):
		a.Err = ErrNotFound
	}
}

// judgeExecuted judges an answer that shows that execution began and has no payload to trust.
func (a *Attempt) judgeExecuted() {
	switch {
	case a.Call.Nullable && a.trusted() && (a.null && len(a.errors) == 0 || a.only(notFoundCodes)):
	case a.Status == 401, a.any(unauthenticatedCodes):
		a.fail(a.Call.unproven(), "token refused while it ran")
	case a.Call.FieldChecksFirst && a.trusted() && a.allOf(a.refusedByOperation):
		a.fail(Rejected, "input refused")
	case a.payload != nil:
		a.fail(a.Call.unproven(), "a result under a status that cannot be trusted")
	default:
		a.fail(a.Call.unproven(), "ran without a result")
	}
}

// refusesToken says that an answer that counts, or leaves a doubt, refuses the token.
func (a *Attempt) refusesToken() bool {
	return a.Status == 401 || a.any(unauthenticatedCodes) ||
		slices.ContainsFunc(a.inside, func(p problem) bool { return p.says(codeUnauthorized) })
}

// any says whether one of the answer's errors has one of the codes.
func (a *Attempt) any(codes []string) bool {
	return slices.ContainsFunc(a.errors, func(p problem) bool { return p.in(codes) })
}

// only says whether each of the answer's errors has one of the codes.
func (a *Attempt) only(codes []string) bool {
	return a.allOf(func(p problem) bool { return p.in(codes) })
}

// allOf says whether the API answered with errors, and each of them is such a one.
func (a *Attempt) allOf(is func(problem) bool) bool {
	return a.trusted() && len(a.errors) > 0 &&
		!slices.ContainsFunc(a.errors, func(p problem) bool { return !is(p) })
}

// aboutInput says that an error is about the input, judging by its code or, loosely, by the messages that the
// docs name.
func (a *Attempt) aboutInput(p problem) bool { return p.in(inputCodes) || a.Call.Schema.documented(p) }

// refusedByOperation says that the operation as a whole refused its input: the error names it and nothing
// inside it, or names no place.
func (a *Attempt) refusedByOperation(p problem) bool {
	return a.aboutInput(p) && (!p.hasPath() || p.ofOperation)
}

// refusesInput says that the error is about the input, or that a variable did not fit the schema: variables
// are coerced before anything is executed (spec.graphql.org, Execution).
func (a *Attempt) refusesInput(p problem) bool { return a.aboutInput(p) || p.code == "" && p.uncoerced }
