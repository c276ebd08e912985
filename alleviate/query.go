package alleviate

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Query is a read-only GraphQL operation of a sister API that takes the same tokens, such as Debt
// Core. Package debtcore builds them; nobody else needs to.
type Query struct {
	// Field is the field of data that holds the answer.
	Field string
	// Document is the operation's text. It begins with "query".
	Document string
	// Variables are encoded as JSON. An Exchange shows their names and none of their values.
	Variables any
	// Budget is the time limit of the whole call.
	Budget time.Duration
	// Refuses says whether the answer, of which it gets data.<Field>, refuses the token. Then the
	// token is not used again; the query is not repeated. It may be nil.
	Refuses func(json.RawMessage) bool
}

var errNotQuery = errors.New("alleviate: only a query may be sent this way")

// Query returns data.<Field> as it came. It is never null: a null is an error of kind Transient,
// and so is everything that leaves the outcome open, because a query is safe to repeat.
func (c *Client) Query(ctx context.Context, q Query) (json.RawMessage, []Warning, error) {
	if !strings.HasPrefix(q.Document, "query") {
		return nil, nil, errNotQuery
	}
	raw, err := json.Marshal(q.Variables)
	if err != nil {
		return nil, nil, errors.New("alleviate: the variables cannot be encoded") // err may quote them
	}
	a, err := c.do(ctx, call{
		op: q.Field, document: q.Document, budget: q.Budget, vars: variables{raw: raw}, refuses: q.Refuses,
	})
	if err != nil {
		return nil, nil, err
	}
	return a.payload, a.warnings(), nil
}

// maskJSON keeps the names of a JSON value and hides its leaves, which it collects.
func maskJSON(v any, leaves *[]string) any {
	switch v := v.(type) {
	case map[string]any:
		masked := make(map[string]any, len(v))
		for name, inner := range v {
			masked[name] = maskJSON(inner, leaves)
		}
		return masked
	case []any:
		masked := make([]any, len(v))
		for i, inner := range v {
			masked[i] = maskJSON(inner, leaves)
		}
		return masked
	case string:
		*leaves = append(*leaves, v)
	case json.Number:
		*leaves = append(*leaves, v.String())
	case nil:
		return nil
	}
	return redacted
}
