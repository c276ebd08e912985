package graphql

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"intake/alleviate/internal/entra"
)

type always string

// RoundTrip answers with the body of that text.
func (a always) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(a)))}, nil
}

// outcome is what one call of an API that always answers alike ends with.
func outcome(t *testing.T, body string, call Call) (Answer, *Attempt) {
	t.Helper()
	source, err := entra.New(entra.Config{Given: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "a.b.c"}), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var last *Attempt
	e := &Endpoint{
		URL: "http://127.0.0.1:1/", API: always(body), Tokens: source.Scope("s"), Now: time.Now, Key: []byte("key"),
		Observe: func(a *Attempt) { last = a }, Fail: func(*Attempt) error { return errors.New("failed") },
	}
	call.Field, call.Budget = "op", time.Minute
	answer, err := e.Do(t.Context(), call)
	if (err == nil) != (last.Kind == "") {
		t.Fatalf("the error is %v and the kind %q", err, last.Kind)
	}
	return answer, last
}

func TestDo_RefusesAnOperationThatDeclaresNothing(t *testing.T) {
	_, a := outcome(t, `{"data":{"op":{}}}`, Call{})
	if a.Kind != Rejected || a.Sent || a.Try != 0 {
		t.Errorf("got %q, sent %v", a.Kind, a.Sent)
	}
}

func TestDo_JudgesAnEnvelopeByWhatTheOperationDeclares(t *testing.T) {
	const both, data, invalid, denied, missing = `{"data":{"id":1},"errors":[{"message":"x"}]}`, `{"data":{"id":1}}`,
		`{"data":null,"errors":[{"message":["VALIDATION_ERROR: y"]}]}`, `{"errors":[{"message":"UNAUTHORIZED"}]}`, `{"data":null,"errors":[{"message":"NOT_FOUND"}]}`
	for _, tt := range []struct {
		story, body string
		call        Call
		want        Kind
		payload     string
		err         error
	}{
		{"data alone", data, Call{Repeat: SafeToRepeat, Envelope: ErrorsFail}, "", `{"id":1}`, nil},
		{"data beside errors", both, Call{Repeat: Once, Envelope: ErrorsFail}, "", `{"id":1}`, nil},
		{"errors that are data", both, Call{Repeat: Once, Envelope: ErrorsAreData}, "", both, nil},
		{"errors that are data, alone", invalid, Call{Repeat: Once, Envelope: ErrorsAreData}, "", invalid, nil},
		{"no envelope", both, Call{Repeat: Once}, "", both, nil},
		{"invalid, safe to repeat", invalid, Call{Repeat: SafeToRepeat, Envelope: ErrorsFail}, Rejected, "", nil},
		{"invalid, once: it ran", invalid, Call{Repeat: Once, Envelope: ErrorsFail}, Ambiguous, "", nil},
		{"invalid, once, by the assumption", invalid, Call{Repeat: Once, Envelope: ErrorsFail, FieldChecksFirst: true}, Rejected, "", nil},
		{"denied, safe to repeat", denied, Call{Repeat: SafeToRepeat, Envelope: ErrorsFail}, Transient, "", ErrUnauthorized},
		{"denied, once: it ran", denied, Call{Repeat: Once, Envelope: ErrorsFail, FieldChecksFirst: true}, Ambiguous, "", ErrUnauthorized},
		{"missing", missing, Call{Repeat: SafeToRepeat, Envelope: ErrorsFail}, Transient, "", ErrNotFound},
		{"nothing, once", `{}`, Call{Repeat: Once, Envelope: ErrorsFail}, Ambiguous, "", nil},
	} {
		t.Run(tt.story, func(t *testing.T) {
			answer, a := outcome(t, `{"data":{"op":`+tt.body+`}}`, tt.call)
			if a.Kind != tt.want || string(answer.Payload) != tt.payload || a.Err != tt.err {
				t.Errorf("got %q with %s and %v, want %q with %s and %v", a.Kind, answer.Payload, a.Err, tt.want, tt.payload, tt.err)
			}
		})
	}
}

func TestHidden_ShowsNamesAlone(t *testing.T) {
	v, err := Hidden(map[string]any{"input": map[string]any{"ssn": "987654321", "n": 987654321, "list": []string{"a"}, "yes": true, "none": nil}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(v.Shown()), `{"input":{"list":["***"],"n":"***","none":null,"ssn":"***","yes":"***"}}`; got != want {
		t.Errorf("shown as %s, want %s", got, want)
	}
	if !strings.Contains(string(v.sent), "987654321") || len(v.private) != 3 {
		t.Errorf("sent %s, looks for %q", v.sent, v.private)
	}
	if _, err := Hidden(map[string]any{"secret-name": json.RawMessage("{")}); err == nil || strings.Contains(err.Error(), "secret-name") {
		t.Errorf("got %v", err)
	}
}
