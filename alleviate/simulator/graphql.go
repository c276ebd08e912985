package simulator

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	graphql "github.com/graph-gophers/graphql-go"
)

//go:embed schema.graphql
var schemaText string

const maxAPIRequest = 256 << 10 // bytes; assumed, some fifty times the longest lead

const (
	plainJSON   = "application/json"
	graphqlJSON = "application/graphql-response+json"
)

// parseSchema fails where a resolver does not fit the schema; the library reports some mismatches by panicking.
func parseSchema(r *root) (schema *graphql.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("resolvers do not fit the schema")
		}
	}()
	return graphql.ParseSchema(schemaText, r,
		graphql.MaxDepth(8),
		graphql.MaxQueryLength(32<<10),
		graphql.RestrictIntrospection(func(context.Context) bool { return r.s.assume.get().Introspection }),
	)
}

// request is a GraphQL request as the documentation shows it: query and variables, and what the GraphQL over
// HTTP draft allows beside them.
type request struct {
	Query         string          `json:"query"`
	Variables     json.RawMessage `json:"variables"`
	OperationName string          `json:"operationName"`
	Extensions    json.RawMessage `json:"extensions"`
}

// serveGraphQL answers one request to a schema: the bearer is judged first, and a refused one leaves no input
// behind.
func (s *Server) serveGraphQL(w http.ResponseWriter, r *http.Request, schema *graphql.Schema) {
	if !s.tokens.valid(bearer(r), s.cfg.Now()) {
		s.answer(w, s.arrive(r, arrival{operation: opOther, faultless: true}), unauthorized())
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAPIRequest))
	req, vars, refused := judgeRequest(r, body, err)
	if refused != nil {
		s.answer(w, s.arrive(r, arrival{operation: opOther, input: jsonString(scrub(body, s.secretsOf(r))), raw: body, faultless: true}), *refused)
		return
	}
	a := s.describe(req, vars)
	a.raw = body
	c := s.arrive(r, a)
	if wait := s.pace.take(s.assume.get().CallsPerMinute, s.cfg.Now()); wait != "" {
		c.assumes("callsPerMinute")
		s.answer(w, c, tooMany(wait))
		return
	}
	s.perform(w, c, func() answer { return s.execute(r, c, req, vars, schema) })
}

// judgeRequest refuses whatever is not one JSON object with a query, sent as JSON by POST. The statuses are
// the ones HTTP has for it; Alleviate's are not published.
func judgeRequest(r *http.Request, body []byte, readErr error) (request, map[string]any, *answer) {
	refuse := func(status int, text string) (request, map[string]any, *answer) {
		a := jsonAnswer(status, errorsOnly(text, "BAD_REQUEST"))
		return request{}, nil, &a
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(readErr, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "The body is too large.")
	case readErr != nil:
		return refuse(http.StatusBadRequest, "The body was cut off.")
	case kind != plainJSON || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
		return refuse(http.StatusUnsupportedMediaType, "The body must be application/json in UTF-8.")
	case !accepts(r, plainJSON) && !accepts(r, graphqlJSON):
		return refuse(http.StatusNotAcceptable, "The answer is JSON.")
	case !utf8.Valid(body):
		return refuse(http.StatusBadRequest, "The body is not UTF-8.")
	}
	var req request
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if d.Decode(&req) != nil || d.Decode(new(json.RawMessage)) != io.EOF || req.Query == "" {
		return refuse(http.StatusBadRequest, "The body must be one JSON object with a query.")
	}
	var vars map[string]any
	if len(req.Variables) > 0 && json.Unmarshal(req.Variables, &vars) != nil {
		return refuse(http.StatusBadRequest, "The variables must be an object.")
	}
	return req, vars, nil
}

// execute runs the request. It goes on when the caller leaves, as a workflow would.
func (s *Server) execute(r *http.Request, c *call, req request, vars map[string]any, schema *graphql.Schema) answer {
	ctx := context.WithValue(context.WithoutCancel(r.Context()), callKey{}, c)
	response := schema.Exec(ctx, req.Query, req.OperationName, vars)
	if len(response.Errors) > 0 && string(response.Data) == "{}" {
		response.Data = nil // a variable that could not be coerced: the request was not executed, the library says so badly
	}
	body, err := json.Marshal(response)
	if err != nil {
		return jsonAnswer(http.StatusInternalServerError, errorsOnly("internal error", "INTERNAL_SERVER_ERROR"))
	}
	a := answer{status: http.StatusOK, header: map[string]string{"Content-Type": plainJSON + "; charset=utf-8"}, body: body}
	modern := accepts(r, graphqlJSON)
	if modern {
		a.header["Content-Type"] = graphqlJSON + "; charset=utf-8"
	}
	if response.Data == nil {
		c.assumes("requestErrors")
		rule := s.assume.get().RequestErrors
		if rule == "400" || rule == "negotiated" && modern {
			a.status = http.StatusBadRequest
		}
	}
	return a
}

// callKey finds the call in the context of a resolver.
type callKey struct{}

var operationName = regexp.MustCompile(`\b(createLead|submitLead|getLeadStatus|creditReports?)\b`)

// describe finds operation and lead of a request without executing it.
func (s *Server) describe(req request, vars map[string]any) arrival {
	a := arrival{operation: opOther, input: req.Variables}
	if op := operationName.FindString(req.Query); op != "" {
		a.operation = op
	}
	if len(a.input) == 0 {
		a.input = jsonString([]byte(req.Query))
	}
	input, _ := vars["input"].(map[string]any)
	leadID, _ := input["leadId"].(string)
	id, _ := vars["id"].(string)
	switch a.operation {
	case opCreate:
		email, _ := input["email"].(string)
		a.key = orElse(leadID, digest("email", email))
	case opSubmit:
		a.key = orElse(s.book.partnerOf(leadID), leadID)
	case opStatus:
		a.key = orElse(s.book.partnerOf(id), id)
	}
	return a
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

func accepts(r *http.Request, kind string) bool {
	all := strings.Join(r.Header.Values("Accept"), ",")
	if all == "" {
		return kind == plainJSON
	}
	for part := range strings.SplitSeq(all, ",") {
		got, params, err := mime.ParseMediaType(part)
		if err != nil || params["q"] == "0" {
			continue
		}
		if got == kind || kind == plainJSON && (got == "*/*" || got == "application/*") {
			return true
		}
	}
	return false
}

func unauthorized() answer {
	a := jsonAnswer(http.StatusUnauthorized, map[string]any{"message": "Unauthorized"})
	a.header["Www-Authenticate"] = `Bearer error="invalid_token"`
	return a
}

func errorsOnly(message, code string) map[string]any {
	return map[string]any{"errors": []any{map[string]any{"message": message, "extensions": map[string]any{"code": code}}}}
}

func jsonString(b []byte) json.RawMessage {
	out, _ := json.Marshal(string(b)) // a string
	return out
}
