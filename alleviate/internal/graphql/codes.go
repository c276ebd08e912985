package graphql

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
	inputCodes           = []string{"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", codeInvalid}
	notFoundCodes        = []string{codeNotFound}

	// documentedCodes count as a message too: the table does not say where they stand.
	documentedCodes = []string{codeInvalid, codeUnauthorized, codeNotFound}
)

const (
	codeInvalid      = "VALIDATION_ERROR"
	codeUnauthorized = "UNAUTHORIZED"
	codeNotFound     = "NOT_FOUND"
)

// Schema is what a call knows of the API's names and sentences. Only these are taken out of a message, so that
// nothing a person typed can pass for one.
type Schema struct {
	// Fields are the names of the input's fields.
	Fields []string
	// Sentences are parts of documented messages in small letters, and the fields that they are about. A missing
	// field is recognised by its name beside "is required".
	Sentences map[string]string
	// Shows are the names of the answer's fields whose values may be shown, where the value is what it should be:
	// an id, a number or a documented sentence.
	Shows map[string]func(text string) bool
}

const isRequired = "is required"

func (s Schema) fields(p problem, named string) []string {
	words := append(strings.FieldsFunc(p.message, notNameRune), append(p.path, named)...)
	var names []string
	for _, f := range s.Fields {
		if slices.Contains(words, f) {
			names = append(names, f)
		}
	}
	for _, sentence := range s.sentences(p.message) {
		if f := s.Sentences[sentence]; f != "" {
			names = append(names, f)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sentences are the documented ones in a message.
func (s Schema) sentences(message string) (found []string) {
	message = strings.ToLower(message)
	for sentence := range s.Sentences {
		if strings.Contains(message, sentence) {
			found = append(found, sentence)
		}
	}
	if strings.Contains(message, isRequired) {
		found = append(found, isRequired)
	}
	slices.Sort(found)
	return found
}

func (s Schema) documented(p problem) bool {
	found := s.sentences(p.message)
	return len(found) > 1 || len(found) == 1 && (found[0] != isRequired || len(p.fields) > 0)
}

func (p problem) in(codes []string) bool { return slices.Contains(codes, p.code) }

// hasPath says that the error came up while an operation ran.
func (p problem) hasPath() bool { return p.path != nil }

// is tells whether the message is that word alone.
func (p problem) is(code string) bool { return strings.TrimSpace(p.message) == code }

// says tells whether the message holds a word of the documented table.
func (p problem) says(code string) bool { return p.code == code || strings.Contains(p.message, code) }
