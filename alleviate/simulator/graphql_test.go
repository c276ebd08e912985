package simulator

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchema_ResolversFit(t *testing.T) {
	schema, err := parseSchema(&root{})
	if err != nil || schema == nil {
		t.Fatal(err)
	}
}

func TestAPI_StoresNothingForARefusedToken(t *testing.T) {
	s := start(t)
	good := token(t, s)
	s.RevokeTokens()
	body, _ := json.Marshal(map[string]any{"query": createQuery, "variables": map[string]any{"input": person("a")}})
	for name, authorization := range map[string]string{
		"missing": "", "unknown": "Bearer x.y.z", "revoked": "Bearer " + good, "of another scheme": "Basic " + good, "empty": "Bearer ",
	} {
		t.Run(name, func(t *testing.T) {
			r := send(t, http.MethodPost, s.APIURL(), string(body), map[string]string{
				"Authorization": authorization, "Content-Type": "application/json", faultHeader: "slow"})
			if r.status != http.StatusUnauthorized || !strings.Contains(r.header.Get("Www-Authenticate"), "invalid_token") {
				t.Errorf("got %d, want 401 with a challenge", r.status)
			}
		})
	}
	l := s.Ledger()
	if len(l.Leads) != 0 {
		t.Errorf("%d leads were stored", len(l.Leads))
	}
	for _, e := range l.Calls(opOther) {
		if e.Input != nil || e.Done || e.Status != 401 || e.Fault != "" {
			t.Errorf("call %d left something behind: %+v", e.Seq, e)
		}
	}
}

func TestAPI_RefusesWhatIsNoGraphQLRequest(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	query := `{"query":"{ __typename }"}`
	for _, row := range []struct {
		name, method, path, kind, accept, body string
		status                                 int
	}{
		{"GET", "GET", "/graphql", "", "", "", 405},
		{"PUT", "PUT", "/graphql", "application/json", "", query, 405},
		{"another path", "POST", "/graphql/", "application/json", "", query, 404},
		{"a form", "POST", "/graphql", "application/x-www-form-urlencoded", "", "query=x", 415},
		{"raw GraphQL", "POST", "/graphql", "application/graphql", "", "{ __typename }", 415},
		{"another charset", "POST", "/graphql", "application/json; charset=latin1", "", query, 415},
		{"a caller who wants XML", "POST", "/graphql", "application/json", "text/xml", query, 406},
		{"no JSON", "POST", "/graphql", "application/json", "", "{", 400},
		{"two objects", "POST", "/graphql", "application/json", "", query + query, 400},
		{"a batch", "POST", "/graphql", "application/json", "", "[" + query + "]", 400},
		{"an unknown member", "POST", "/graphql", "application/json", "", `{"query":"{ __typename }","x":1}`, 400},
		{"no query", "POST", "/graphql", "application/json", "", `{"variables":{}}`, 400},
		{"variables that are a list", "POST", "/graphql", "application/json", "", `{"query":"{ __typename }","variables":[1]}`, 400},
		{"invalid UTF-8", "POST", "/graphql", "application/json", "", "{\"query\":\"\xff\"}", 400},
		{"more than 256 KiB", "POST", "/graphql", "application/json", "", strings.Repeat(" ", 256<<10+1), 413},
	} {
		t.Run(row.name, func(t *testing.T) {
			header := map[string]string{"Authorization": "Bearer " + c.token, "Content-Type": row.kind}
			if row.accept != "" {
				header["Accept"] = row.accept
			}
			if r := send(t, row.method, "http://"+s.Addr()+row.path, row.body, header); r.status != row.status {
				t.Errorf("got %d, want %d", r.status, row.status)
			}
		})
	}
}

func TestAPI_RefusesInputBeforeItDoesAnything(t *testing.T) {
	long := strings.Repeat("é", 51)
	for _, row := range []struct {
		name   string
		change map[string]any
		says   string
	}{
		{"firstName empty (documented)", map[string]any{"firstName": ""}, "firstName is required"},
		{"firstName left out: coercion, in the library's words", map[string]any{"firstName": nil}, `"firstName"`},
		{"email (documented)", map[string]any{"email": "not-an-email"}, "Invalid email format"},
		{"email with a display name", map[string]any{"email": "Ada <a@example.com>"}, "Invalid email format"},
		{"email behind a blank", map[string]any{"email": " ada@example.com"}, "Invalid email format"},
		{"email without a dot", map[string]any{"email": "a@localhost"}, "Invalid email format"},
		{"date of another order (documented)", map[string]any{"dateOfBirth": "06/15/1985"}, "Invalid date format"},
		{"a date that is none", map[string]any{"dateOfBirth": "2023-02-29"}, "Invalid date format"},
		{"a blank name", map[string]any{"lastName": "  "}, "lastName is required"},
		{"a name of 51 characters", map[string]any{"lastName": long}, "lastName must be 1 to 50 characters"},
		{"a formatted phone", map[string]any{"homePhone": "402-831-9225"}, "homePhone must be 10 digits"},
		{"an eleven-digit phone", map[string]any{"cellPhone": "14028319225"}, "cellPhone must be 10 digits"},
		{"digits of another script", map[string]any{"workPhone": "٤٠٢٨٣١٩٢٢٥"}, "workPhone must be 10 digits"},
		{"ZIP+4", map[string]any{"zipCode": "65542-1234"}, "zipCode must be 5 digits"},
		{"a state in full", map[string]any{"state": "Ohio"}, "state must be 2 letters"},
		{"a dashed SSN", map[string]any{"socialSecurityNumber": "123-45-6789"}, "socialSecurityNumber must be 9 digits"},
		{"no address", map[string]any{"address1": ""}, "address1 is required"},
		{"no city", map[string]any{"city": ""}, "city is required"},
		{"an empty optional field", map[string]any{"siteURL": ""}, "siteURL must not be empty"},
		{"an unknown field", map[string]any{"trustedFormCertificateId": "x"}, "not defined"},
		{"a number as text", map[string]any{"loanAmount": "7"}, "could not unmarshal"},
		{"a fraction", map[string]any{"loanAmount": 1.5}, "could not unmarshal"},
		{"more than 32 bits", map[string]any{"loanAmount": 3e9}, "could not unmarshal"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := call1(t, start(t))
			r := c.create(person("a", row.change), "")
			var got struct {
				Data   *json.RawMessage
				Errors []struct{ Message string }
			}
			if err := json.Unmarshal([]byte(r.body), &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Errors) != 1 || !strings.Contains(got.Errors[0].Message, row.says) || got.Data != nil {
				t.Errorf("got %s, want %q and no data", r.body, row.says)
			}
			l := c.s.Ledger()
			if len(l.Leads) != 0 || l.Calls(opCreate)[0].Done {
				t.Error("it was stored all the same")
			}
		})
	}
}

// Both answers look alike: who relies on one of them relies on the assumption.
func TestAPI_FieldChecksComeFirstOrLast(t *testing.T) {
	for checks, leads := range map[string]int{"first": 0, "last": 1} {
		s := start(t, func(c *Config) { c.Assumptions.FieldChecks = checks })
		r := call1(t, s).create(person("1", map[string]any{"email": "nobody"}), "")
		if !strings.Contains(r.body, `"path":["createLead"]`) || !strings.Contains(r.body, "Invalid email format") {
			t.Errorf("%s: the answer is %s", checks, r.body)
		}
		if got := len(s.Ledger().Leads); got != leads {
			t.Errorf("%s: %d leads are made, want %d", checks, got, leads)
		}
	}
}

func TestAPI_AcceptsTheEdges(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"50 characters":      {"lastName": strings.Repeat("é", 50)},
		"one character":      {"firstName": "李"},
		"the docs' loan":     {"loanAmount": 200000000},
		"no date of birth":   {"dateOfBirth": nil, "socialSecurityNumber": nil, "leadId": nil},
		"a leap day":         {"dateOfBirth": "2024-02-29"},
		"the docs' site":     {"siteURL": "app.monevo.us", "clientIP": "000.000.000.000", "termsConsent": true},
		"an id of no table":  {"loanPurposeId": 19},
		"a plus tag":         {"email": "ada+x@mail.example.co.uk"},
		"a state in lower":   {"state": "oh"},
		"certificate, child": {"trustedformCertificateID": "981eef90ec965dd5a139170a4ad935b8b057baae", "coApplicant": false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := call1(t, start(t)).create(person("a", change), "").payload(t); !qualified(got.ResultCode) {
				t.Errorf("code %d", got.ResultCode)
			}
		})
	}
}

func TestAPI_OrdinaryOutcomeIsTheSameEachTime(t *testing.T) {
	var seen []payload
	for range 2 {
		got := call1(t, start(t)).create(person("a"), "").payload(t)
		if len(got.ID) != 36 || got.Note != "Lead processing complete" || str(got.PartnerLeadID) != "P-a" || (*got.BidValue)[0] != '$' {
			t.Errorf("odd answer %+v", got)
		}
		got.ID = ""
		seen = append(seen, got)
	}
	if d := cmp.Diff(seen[0], seen[1]); d != "" {
		t.Errorf("two twins differ (-first +second):\n%s", d)
	}
}

func TestAPI_StatusOfRequestErrorsIsNegotiated(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	for _, row := range []struct {
		accept, kind string
		status       int
	}{
		{"application/graphql-response+json", "application/graphql-response+json; charset=utf-8", 400},
		{"application/json", "application/json; charset=utf-8", 200},
		{"*/*", "application/json; charset=utf-8", 200},
	} {
		r := send(t, http.MethodPost, s.APIURL(), `{"query":"{ nope }"}`, map[string]string{
			"Authorization": "Bearer " + c.token, "Content-Type": "application/json", "Accept": row.accept})
		if r.status != row.status || r.header.Get("Content-Type") != row.kind || strings.Contains(r.body, `"data"`) {
			t.Errorf("Accept %s: %d %s %s", row.accept, r.status, r.header.Get("Content-Type"), r.body)
		}
	}
}

func TestAPI_IntrospectionIsOffUntilAssumed(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	query := `{ __schema { queryType { name } } }`
	if r := c.ask(query, nil, ""); strings.Contains(r.body, "Query") {
		t.Errorf("the schema was told: %s", r.body)
	}
	if err := s.Assume(Assumptions{Introspection: true}); err != nil {
		t.Fatal(err)
	}
	if r := c.ask(query, nil, ""); !strings.Contains(r.body, `"name":"Query"`) {
		t.Errorf("the schema was not told: %s", r.body)
	}
}

func TestAPI_CountsCallsWhenAsked(t *testing.T) {
	s := start(t, func(cfg *Config) { cfg.Assumptions.CallsPerMinute = 3 })
	c := call1(t, s)
	var got []int
	for range 4 {
		got = append(got, c.ask("{ __typename }", nil, "").status)
	}
	if d := cmp.Diff([]int{200, 200, 200, 429}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
