package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

func tokenKinds() []FaultKind {
	refusal := func(word string, status int) FaultKind {
		return FaultKind{Name: word, Where: opToken, About: "the OAuth error of that name", make: func(f Fault, c *call, _ answer) answer {
			return withRetryAfter(f, c, entraError(status, word, c.entry.At))
		}}
	}
	return []FaultKind{
		refusal("invalid_client", http.StatusUnauthorized),
		refusal("invalid_scope", http.StatusBadRequest),
		refusal("unauthorized_client", http.StatusBadRequest),
		refusal("expired_token", http.StatusBadRequest),
		refusal("temporarily_unavailable", http.StatusServiceUnavailable),
		fieldKind(opToken, "no-token", "200 without access_token", func(_ Fault, m object) { delete(m, "access_token") }),
		fieldKind(opToken, "odd-token", "access_token is the JSON of value", func(f Fault, m object) { m["access_token"] = rawJSON(f.Value) }),
		fieldKind(opToken, "token-type", "token_type is value", func(f Fault, m object) { m["token_type"] = jsonString([]byte(f.Value)) }),
		fieldKind(opToken, "expires", `expires_in is the JSON of value, such as 0, -5, "3600", 1e14; absent without value`, func(f Fault, m object) {
			delete(m, "expires_in")
			if f.Value != "" {
				m["expires_in"] = rawJSON(f.Value)
			}
		}),
	}
}

func graphqlKinds() []FaultKind {
	errorsIn200 := func(name, code, about string) FaultKind {
		return FaultKind{Name: name, Where: "api", About: about, make: func(f Fault, c *call, _ answer) answer {
			return withRetryAfter(f, c, jsonAnswer(http.StatusOK, errorsOnly("A fault was asked for", orElse(f.Value, code))))
		}}
	}
	return []FaultKind{
		errorsIn200("unauthenticated", "UNAUTHENTICATED", "200, errors without data; the code is UNAUTHENTICATED or value"),
		errorsIn200("forbidden", "FORBIDDEN", "200, errors without data; the code is FORBIDDEN or value"),
		errorsIn200("rate-limited", "RATE_LIMITED", "200, errors without data; the code is RATE_LIMITED or value"),
		errorsIn200("errors", "BAD_USER_INPUT", "200, errors without data; the code is BAD_USER_INPUT or value"),
		ranKind("path", "200, an error with the operation's path and no data; the code is BAD_USER_INPUT or value", func(map[string]any) {}),
		ranKind("path-null", "200, the same beside data null, as a resolver's error comes", func(body map[string]any) { body["data"] = nil }),
		{Name: "data-null", Where: "api", About: "200, data null beside an error with the code in value; without value no errors at all", make: func(f Fault, _ *call, _ answer) answer {
			body := map[string]any{}
			if f.Value != "" {
				body = errorsOnly("A fault was asked for", f.Value)
			}
			body["data"] = nil
			return jsonAnswer(http.StatusOK, body)
		}},
		{Name: "wrong-type", Where: "api", About: "200, data is a list", make: func(Fault, *call, answer) answer {
			return jsonAnswer(http.StatusOK, map[string]any{"data": []int{1, 2, 3}})
		}},
		{Name: "errors-beside", Where: "api", About: "the true data with an error beside it; the code is WARNING or value", keeps: true, make: func(f Fault, _ *call, a answer) answer {
			a.body = editObject(a.body, func(m object) {
				m["errors"], _ = json.Marshal(errorsOnly("A fault was asked for", orElse(f.Value, "WARNING"))["errors"])
			})
			return a
		}},
	}
}

// ranKind answers as an operation does that began and failed. With "when" it failed before it had done
// anything or after it had done it all: nobody can tell from the answer.
func ranKind(name, about string, change func(body map[string]any)) FaultKind {
	const operations = opCreate + " " + opSubmit + " " + opStatus + " " + opReport + " " + opReports
	return FaultKind{Name: name, Where: operations, About: about, make: func(f Fault, c *call, _ answer) answer {
		body := map[string]any{"errors": []any{map[string]any{
			"message": "A fault was asked for", "path": []string{c.entry.Operation},
			"extensions": map[string]any{"code": orElse(f.Value, "BAD_USER_INPUT")},
		}}}
		change(body)
		return withRetryAfter(f, c, jsonAnswer(http.StatusOK, body))
	}}
}

func payloadKinds() []FaultKind {
	const echoes = opCreate + " " + opSubmit + " " + opStatus
	return []FaultKind{
		fieldKind(echoes, "code-string", "the code as a string, or the JSON of value", func(f Fault, m object) {
			code := codeField(m)
			m[code] = jsonString(m[code])
			if f.Value != "" {
				m[code] = rawJSON(f.Value)
			}
		}),
		fieldKind(echoes, "no-code", "the code is missing", func(_ Fault, m object) { delete(m, codeField(m)) }),
		fieldKind(echoes, "no-id", "the id is missing", func(_ Fault, m object) { delete(m, idField(m)) }),
		fieldKind(echoes, "wrong-echo", "partnerLeadId belongs to another lead; value overrides", func(f Fault, m object) {
			m["partnerLeadId"] = jsonString([]byte(orElse(f.Value, "somebody-else")))
		}),
		fieldKind(echoes, "other-case", "field names begin with a capital", func(_ Fault, m object) {
			for name, value := range m {
				delete(m, name)
				m[strings.ToUpper(name[:1])+name[1:]] = value
			}
		}),
		{Name: "duplicate-keys", Where: echoes, About: "the id comes twice, the first time as another one", keeps: true, make: func(_ Fault, _ *call, a answer) answer {
			for _, name := range []string{"id", "leadId"} {
				key := []byte(`"` + name + `":`)
				a.body = bytes.Replace(a.body, key, append([]byte(`"`+name+`":"another",`), key...), 1)
			}
			return a
		}},
	}
}

func fieldKind(where, name, about string, change func(f Fault, m object)) FaultKind {
	return FaultKind{Name: name, Where: where, About: about, keeps: true, make: func(f Fault, c *call, a answer) answer {
		if c.entry.Operation == opToken {
			a.body = editObject(a.body, func(m object) { change(f, m) })
			return a
		}
		a.body = editPayload(a.body, func(m object) { change(f, m) })
		return a
	}}
}

func codeField(m object) string {
	if _, ok := m["statusCode"]; ok {
		return "statusCode"
	}
	return "resultCode"
}

func idField(m object) string {
	if _, ok := m["leadId"]; ok {
		return "leadId"
	}
	return "id"
}

// outcomeKinds change what the work yields, not how it is told.
func outcomeKinds() []FaultKind {
	told := func(_ Fault, _ *call, a answer) answer { return a }
	return []FaultKind{
		{Name: "code", Where: opCreate + " " + opStatus, About: "the lead gets the result code in value, for good", keeps: true, make: told},
		{Name: "bid", Where: opCreate + " " + opStatus, About: `bidValue is spelled as in value; "null" is null`, keeps: true, make: told},
		{Name: "submit", Where: opSubmit, About: "statusCode is value: 208, 400, 422, 1021 …", keeps: true, make: told},
		{Name: "unknown", Where: opStatus, About: "getLeadStatus is null although the lead exists", keeps: true, make: told},
	}
}

// outcome returns the call's fault if it is the outcome of that name.
func (c *call) outcome(name string) *Fault {
	if c.fault == nil || c.fault.Name != name {
		return nil
	}
	return c.fault
}

func (c *call) bidOf(bid string) *string {
	forced := c.outcome("bid")
	switch {
	case forced == nil:
		return nonEmpty(bid)
	case forced.Value == "null":
		return nil
	}
	return &forced.Value
}

func (c *call) overrule(lead *Lead) {
	forced := c.outcome("code")
	if forced == nil {
		return
	}
	lead.ResultCode = forced.number()
	if !qualified(lead.ResultCode) {
		lead.Bid = ""
	}
}
