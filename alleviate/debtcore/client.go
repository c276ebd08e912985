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

// What may be in an *Error.
var (
	// ErrNotFound: Debt Core says that it has no such report.
	ErrNotFound = errors.New("debtcore: not found")
	// ErrUnauthorized: Debt Core says that it does not accept the token. It is not used again.
	ErrUnauthorized = errors.New("debtcore: token refused")
)

// Error is an answer whose envelope held errors in place of data.
type Error struct {
	// Op is the operation.
	Op string
	// Kind is Rejected for an input that failed validation and Transient for all else, a token that
	// was refused too: the next call comes with a new one.
	Kind alleviate.Kind
	// Codes are the words of the documented table that the messages held: VALIDATION_ERROR,
	// UNAUTHORIZED, NOT_FOUND. The table reads like an unfilled template, so there may be none.
	Codes []string
}

// Error is one line of fixed words.
func (e *Error) Error() string {
	return fmt.Sprintf("debtcore: %s: %s: answered with errors [%s]", e.Op, e.Kind, strings.Join(e.Codes, " "))
}

// Is makes errors.Is true for ErrNotFound with the code NOT_FOUND, and for ErrUnauthorized with
// the code UNAUTHORIZED.
func (e *Error) Is(target error) bool {
	return target == ErrNotFound && slices.Contains(e.Codes, codeNotFound) ||
		target == ErrUnauthorized && slices.Contains(e.Codes, codeUnauthorized)
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
	raw, _, err := c.api.Query(ctx, alleviate.Query{
		Field: op, Document: document, Variables: variables, Budget: queryLimit, Refuses: refusesToken,
	})
	if err != nil {
		return *new(T), err
	}
	e, whole := open[T](raw)
	if !whole || e.Data == nil {
		return *new(T), e.failure(op)
	}
	return *e.Data, nil
}

// open reads an envelope, as far as it can be read. The decoder's own error may quote a value.
func open[T any](raw json.RawMessage) (e envelope[T], whole bool) {
	err := json.Unmarshal(raw, &e)
	return e, err == nil
}

// refusesToken says that an envelope holds UNAUTHORIZED, also beside data.
func refusesToken(raw json.RawMessage) bool {
	e, _ := open[json.RawMessage](raw)
	return slices.Contains(e.codes(), codeUnauthorized)
}

func (e envelope[T]) failure(op string) *Error {
	f := &Error{Op: op, Kind: alleviate.Transient, Codes: e.codes()}
	if slices.Contains(f.Codes, codeInvalid) && !slices.Contains(f.Codes, codeUnauthorized) {
		f.Kind = alleviate.Rejected
	}
	return f
}

func (e envelope[T]) codes() (codes []string) {
	for _, code := range []string{codeInvalid, codeUnauthorized, codeNotFound} {
		for _, err := range e.Errors {
			if strings.Contains(strings.Join(err.Message, " "), code) && !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	return codes
}
