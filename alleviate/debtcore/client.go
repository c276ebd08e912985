package debtcore

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"intake/alleviate"
	"intake/alleviate/internal/graphql"
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

// Client reads credit reports. It is safe for concurrent use. The methods of its Connection are about its token.
type Client struct {
	*alleviate.Connection
	checksFirst bool // not Config.FieldChecksLast
}

// New checks cfg as alleviate.New does and refuses credentials of one environment at the host of
// the other. It makes no request. With Config.Tokens of an alleviate.Client it has that client's token, as
// long as the scope is the same.
func New(cfg alleviate.Config) (*Client, error) {
	for host, scope := range map[string]string{
		sandboxHost:    alleviate.Production().Scope,
		productionHost: alleviate.Sandbox().Scope,
	} {
		if strings.HasPrefix(cfg.Environment.APIURL, host+"/") && cfg.Environment.Scope == scope {
			return nil, errors.New("debtcore: API URL and scope belong to different environments")
		}
	}
	connection, err := cfg.Connect()
	if err != nil {
		return nil, err
	}
	return &Client{connection, !cfg.FieldChecksLast}, nil
}

// What may be in an *alleviate.Error, for errors.Is.
var (
	// ErrNotFound: Debt Core says that it has no such report.
	ErrNotFound = graphql.ErrNotFound
	// ErrUnauthorized: Debt Core says that it does not accept the token. It is not used again.
	ErrUnauthorized = graphql.ErrUnauthorized
)

// queryLimit is the budget of one query; the docs name none.
const queryLimit = 30 * time.Second

// read sends a query and returns what is in its envelope. Data counts although errors came beside it.
func read[T any](ctx context.Context, c *Client, field, document string, variables any) (T, error) {
	var into T
	hidden, err := graphql.Hidden(variables)
	if err != nil {
		return into, err
	}
	_, err = c.Do(ctx, graphql.Call{
		Field: field, Document: document, Budget: queryLimit, Repeat: graphql.SafeToRepeat, Envelope: graphql.ErrorsFail, Variables: hidden, FieldChecksFirst: c.checksFirst,
		Judge: func(data json.RawMessage) string {
			if json.Unmarshal(data, &into) != nil { // its error may quote a value
				return "unreadable answer"
			}
			return ""
		},
	})
	if err != nil {
		return *new(T), err
	}
	return into, nil
}
