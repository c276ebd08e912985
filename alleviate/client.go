package alleviate

import (
	"context"
	"errors"

	"intake/alleviate/internal/graphql"
)

// Client calls MLAS. It is safe for concurrent use and has one token for all callers. The methods of its
// Connection are about that token.
type Client struct {
	*Connection
	budgets     Budgets
	checksFirst bool // not Config.FieldChecksLast
}

// New checks cfg and reports everything that is wrong on its face at once. It makes no request:
// a credential that Alleviate refuses shows in Ready, in TokenState and as kind Credentials.
func New(cfg Config) (*Client, error) {
	connection, err := cfg.Connect()
	if err != nil {
		return nil, err
	}
	return &Client{connection, cfg.Budgets.orDefaults(), !cfg.FieldChecksLast}, nil
}

// Probe asks the API for nothing, to see whether it answers and takes our token. Any GraphQL
// answer will do that refuses neither token nor permission nor pace.
func (c *Client) Probe(ctx context.Context) error {
	_, err := c.Do(ctx, graphql.Call{
		Field: "__typename", Document: probeDocument, Budget: c.budgets.Status, Repeat: graphql.SafeToRepeat, Variables: graphql.Flat(),
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Answered && (e.Kind == Rejected || e.Kind == Transient) {
		return nil
	}
	return err
}
