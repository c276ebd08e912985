package alleviate

import (
	"slices"
	"strings"
)

// Codes that GraphQL servers commonly use; Alleviate's own list is not public (assumed). UNAUTHORIZED,
// NOT_FOUND and VALIDATION_ERROR are in its sister API's table of errors (documented, credit pages of
// debtcore.alleviate.com).
var (
	unauthenticatedCodes = []string{"UNAUTHENTICATED", "UNAUTHORIZED", "AUTH_NOT_AUTHENTICATED"}
	forbiddenCodes       = []string{"FORBIDDEN", "AUTH_NOT_AUTHORIZED"}
	rateLimitCodes       = []string{"RATE_LIMITED", "RATE_LIMIT_EXCEEDED", "TOO_MANY_REQUESTS", "THROTTLED"}
	inputCodes           = []string{"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "VALIDATION_ERROR"}
	notFoundCodes        = []string{"NOT_FOUND"}

	// documentedCodes count as a whole message too: the table does not say where they stand.
	documentedCodes = []string{"UNAUTHORIZED", "NOT_FOUND", "VALIDATION_ERROR"}
)

// documentedProblems are parts of the messages that /guides/testing expects, and their fields.
// A missing field is recognised by its name beside "is required".
var documentedProblems = map[string]string{
	"invalid email": "email",
	"invalid date":  "dateOfBirth",
	"invalid state": "state",
}

// any says whether one of the answer's errors has one of the codes.
func (r reply) any(codes []string) bool {
	return slices.ContainsFunc(r.errors, func(e graphqlError) bool { return slices.Contains(codes, e.code) })
}

// only says whether each of the answer's errors has one of the codes.
func (r reply) only(codes []string) bool {
	return r.allOf(func(e graphqlError) bool { return slices.Contains(codes, e.code) })
}

// allOf says whether Alleviate answered with errors, and each of them is such a one.
func (r reply) allOf(is func(graphqlError) bool) bool {
	return r.trusted() && len(r.errors) > 0 &&
		!slices.ContainsFunc(r.errors, func(e graphqlError) bool { return !is(e) })
}

// hasPath says that the error came up while an operation ran.
func (e graphqlError) hasPath() bool { return e.path != nil }

// aboutInput says that an error is about the input, judging by its code or, loosely, by the
// messages that the docs name.
func (e graphqlError) aboutInput() bool {
	return slices.Contains(inputCodes, e.code) || e.documented()
}

// aboutInputOfOperation says that the operation as a whole refused its input: the error names it
// and nothing inside it, or names no place.
func (e graphqlError) aboutInputOfOperation() bool {
	return e.aboutInput() && (!e.hasPath() || e.ofOperation)
}

// refusesInput says that the error is about the input, or that a variable did not fit the schema:
// variables are coerced before anything is executed (spec.graphql.org, Execution).
func (e graphqlError) refusesInput() bool {
	return e.aboutInput() || e.code == "" && e.uncoerced
}

// isUncoerced knows the words of the common GraphQL libraries for a variable that does not fit.
func isUncoerced(message string) bool {
	return strings.HasPrefix(message, "Variable ") &&
		(strings.Contains(message, " invalid value") || strings.Contains(message, " invalid type"))
}

func (e graphqlError) documented() bool {
	message := strings.ToLower(e.message)
	for phrase := range documentedProblems {
		if strings.Contains(message, phrase) {
			return true
		}
	}
	return strings.Contains(message, "is required") && len(e.fields()) > 0
}
