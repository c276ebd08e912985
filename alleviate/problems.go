package alleviate

import (
	"slices"
	"strings"
)

// Codes that GraphQL servers commonly use; Alleviate's own list is not public (assumed).
var (
	unauthenticatedCodes = []string{"UNAUTHENTICATED", "AUTH_NOT_AUTHENTICATED"}
	forbiddenCodes       = []string{"FORBIDDEN", "AUTH_NOT_AUTHORIZED"}
	rateLimitCodes       = []string{"RATE_LIMITED", "RATE_LIMIT_EXCEEDED", "TOO_MANY_REQUESTS", "THROTTLED"}
	inputCodes           = []string{"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "VALIDATION_ERROR"}
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

// notInput says that an error is not about the input, judging by its code or, loosely, by the
// messages that the docs name.
func (e graphqlError) notInput() bool {
	return !slices.Contains(inputCodes, e.code) && !e.documented()
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
