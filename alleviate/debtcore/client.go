package debtcore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"intake/alleviate"
)

const (
	sandboxHost    = "https://debt-core-api-sandbox.alleviate.com"
	productionHost = "https://debt-core-api.alleviate.com"
	creditPath     = "/credit-service/graphql"
)

// Sandbox is the credit service of the sandbox. Host and path are documented
// (/end-to-end/full-enrollment-flow); the tenant id is the well-formed one, since the docs print
// it with a digit too many.
func Sandbox() alleviate.Environment {
	env := alleviate.Sandbox()
	env.APIURL = sandboxHost + creditPath
	return env
}

// Production is the credit service with real reports. The docs do not name the host; it is the one
// that a partner's published client uses.
func Production() alleviate.Environment {
	env := alleviate.Production()
	env.APIURL = productionHost + creditPath
	return env
}

// Client reads credit reports. It is safe for concurrent use.
type Client struct{ api *alleviate.Client }

// New checks cfg as alleviate.New does and refuses credentials of one environment at the host of
// the other. It makes no request.
func New(cfg alleviate.Config) (*Client, error) {
	for host, scope := range map[string]string{
		sandboxHost:    alleviate.Production().Scope,
		productionHost: alleviate.Sandbox().Scope,
	} {
		if strings.HasPrefix(cfg.Environment.APIURL, host+"/") && cfg.Environment.Scope == scope {
			return nil, errors.New("debtcore: API URL and scope belong to different environments")
		}
	}
	api, err := alleviate.New(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{api}, nil
}

// Run keeps a token at hand until ctx ends, as alleviate.Client.Run does. It need not be running.
func (c *Client) Run(ctx context.Context) { c.api.Run(ctx) }

// ErrNotFound is in an *Error when Debt Core says that it has no such report.
var ErrNotFound = errors.New("debtcore: not found")

// Error is an answer whose envelope held errors in place of data.
type Error struct {
	// Op is the operation.
	Op string
	// Kind is Rejected for an input that failed validation, Credentials for a token that was not
	// accepted, and Transient for all else.
	Kind alleviate.Kind
	// Codes are the words of the documented table that the messages held: VALIDATION_ERROR,
	// UNAUTHORIZED, NOT_FOUND. The table reads like an unfilled template, so there may be none.
	Codes []string
}

// Error is one line of fixed words.
func (e *Error) Error() string {
	return fmt.Sprintf("debtcore: %s: %s: answered with errors [%s]", e.Op, e.Kind, strings.Join(e.Codes, " "))
}

// Is makes errors.Is(err, ErrNotFound) true for the code NOT_FOUND.
func (e *Error) Is(target error) bool {
	return target == ErrNotFound && slices.Contains(e.Codes, codeNotFound)
}

const (
	codeInvalid      = "VALIDATION_ERROR"
	codeUnauthorized = "UNAUTHORIZED"
	codeNotFound     = "NOT_FOUND"
)

// envelope is what every operation of Debt Core answers with; each part may be null.
type envelope[T any] struct {
	Data   *T `json:"data"`
	Errors []struct {
		Message messages `json:"message"`
	} `json:"errors"`
}

// messages is a string in some services and a list of strings in others; both are accepted.
type messages []string

// UnmarshalJSON takes a string, a list of strings, or anything else as no message.
func (m *messages) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*m = messages{one}
		return nil
	}
	var many []string
	_ = json.Unmarshal(b, &many) // what is neither says nothing that we could use
	*m = many
	return nil
}

// queryLimit is the budget of one query; the docs name none.
const queryLimit = 30 * time.Second

// read sends a query and opens its envelope. Data counts although errors came beside it.
func read[T any](ctx context.Context, c *Client, op, document string, variables any) (T, error) {
	var e envelope[T]
	raw, _, err := c.api.Query(ctx, alleviate.Query{Field: op, Document: document, Variables: variables, Budget: queryLimit})
	if err != nil {
		return *new(T), err
	}
	if json.Unmarshal(raw, &e) != nil || e.Data == nil {
		return *new(T), e.failure(op) // the decoder's own error may quote a value
	}
	return *e.Data, nil
}

func (e envelope[T]) failure(op string) *Error {
	f := &Error{Op: op, Kind: alleviate.Transient}
	for _, code := range []string{codeInvalid, codeUnauthorized, codeNotFound} {
		for _, err := range e.Errors {
			if strings.Contains(strings.Join(err.Message, " "), code) && !slices.Contains(f.Codes, code) {
				f.Codes = append(f.Codes, code)
			}
		}
	}
	switch {
	case slices.Contains(f.Codes, codeUnauthorized):
		f.Kind = alleviate.Credentials
	case slices.Contains(f.Codes, codeInvalid):
		f.Kind = alleviate.Rejected
	}
	return f
}
