package graphql

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/alleviate/internal/wire"
)

func FuzzReadAnswer(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, "\ufeff{}", `{"data":null}`, `{"data":{"createLead":null}}`,
		`{"data":{"createLead":{"id":"x","resultCode":1013,"bidValue":"$25.00"}}}`,
		`{"data":{"createLead":{"id":12,"resultCode":"1013"}},"errors":[{"message":"m","path":["a",0],"extensions":{"code":"C"}}]}`,
		`{"data":{"createLead":{"id":"a","id":"b","ID":"c","resultCode":1e400}}}`,
		`{"errors":[{"message":"x","path":["createLead"],"extensions":{"code":"UNAUTHENTICATED"}}],"data":null}`,
		`{"errors":[{"message":"firstName is required"}]}`, `{"errors":{}}`, `{"errors":[null,1,"x"]}`,
		`{"data":{"createLead":[{"id":1}]}}`, `{"data":"x"}`, `{"data":{"createLead":{"note":"\u0000\ud800"}}}`,
		`{"data":{}}`, `{"data":null,"errors":[{"message":"no"}]}`, strings.Repeat(`{"data":`, 200),
	} {
		f.Add(200, mediaType, []byte(seed))
		for _, status := range []int{302, 400, 401, 403, 404, 429, 500, 503} {
			f.Add(status, "application/json", []byte(seed))
		}
	}
	c := Call{
		Field: "createLead", Repeat: Once,
		Variables: Input([]Value{{Name: "email", Value: "canary@example.org", Given: true, Private: true}}),
		Schema:    Schema{Fields: []string{"firstName", "email"}, Sentences: map[string]string{"invalid email": "email"}},
		Judge: func(payload json.RawMessage) string {
			if wire.ReadObject(payload).ID("id") == "" {
				return "answer without an id"
			}
			return ""
		},
	}
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		a := &Attempt{Call: c, Sent: true, Status: status, mediaType: media, body: body, stated: time.Second, show: shower{call: c}}
		a.answer = readAnswer(body, c)
		a.judge()
		o := wire.ReadObject(a.payload)
		if a.Kind == "" && o.ID("id") == "" {
			t.Fatal("a lead without an id is done")
		}
		if a.Kind == Transient && status != 503 && !a.Blocked {
			t.Fatalf("createLead is told to repeat after HTTP %d", status)
		}
		// A gateway's 401 may have a field named data that is null, and it alone proves nothing.
		gateway401 := status == 401 && media != mediaType && a.graphql && a.data == nil
		ran := a.hasData && !gateway401 || slices.ContainsFunc(a.errors, problem.hasPath)
		if a.Kind != "" && ran && a.Kind != Ambiguous {
			t.Fatalf("createLead may have run, and is told to be %s with HTTP %d", a.Kind, status)
		}
		if shown := o.Line("note"); strings.ContainsAny(shown, "\r\n\x00") || len(shown) > 4*500 {
			t.Fatalf("note %q", shown)
		}
		shown := append(a.Shown(), a.Code()...)
		if bytes.Contains(shown, []byte("canary@example.org")) {
			t.Fatalf("shows what was sent: %s", shown)
		}
	})
}

func TestWithoutEcho_LeavesWhatTheServerSays(t *testing.T) {
	for _, tt := range []struct{ message, want string }{
		{`Variable "$input" got invalid value { lastName: "Ex; email is required", email: "a@example.com" }; Field "firstName" of required type "String!" was not provided.`,
			`; Field "firstName" of required type "String!" was not provided.`},
		{`Variable "$input" got invalid value "invalid date" at "input.monthlyRent"; Int cannot represent non-integer value`,
			` at "input.monthlyRent"; Int cannot represent non-integer value`},
		{`Variable "$input" got invalid value { email: "x" } with no more to say`, ` got invalid value { email: "x" } with no more to say`},
		{`firstName is required`, `firstName is required`},
	} {
		if got := withoutEcho(tt.message); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
