package alleviate_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"intake/alleviate"
)

func TestExchange_ShowsTheCallWithoutThePerson(t *testing.T) {
	inBubble(t, func(w *world) { w.api = inTurn(say(401, jsonType, `{}`), goodAnswer) }, func(t *testing.T, w *world) {
		if err := create(t, w); err != nil {
			t.Fatal(err)
		}
		if len(w.exchanges) != 2 {
			t.Fatalf("%d exchanges, want one for each request", len(w.exchanges))
		}
		first, second := w.exchanges[0], w.exchanges[1]
		if first.Try != 1 || second.Try != 2 || first.RequestID != second.RequestID || first.RequestID == "" {
			t.Errorf("tries %d %d of requests %q %q", first.Try, second.Try, first.RequestID, second.RequestID)
		}
		if first.HTTPStatus != 401 || first.Err == nil || second.HTTPStatus != 200 || second.Err != nil {
			t.Errorf("got %+v, then %+v", first, second)
		}
		if second.LeadID != theirID || second.PartnerLeadID != ourID || !second.Sent || second.Operation != "createLead" {
			t.Errorf("got %+v", second)
		}
		for _, want := range []string{`"email":"***"`, `"socialSecurityNumber":"***"`, `"leadId":"partner-1"`} {
			if !strings.Contains(string(second.Variables), want) {
				t.Errorf("variables %s lack %s", second.Variables, want)
			}
		}
		for _, want := range []string{`"resultCode":1015`, `"note":"Lead processing complete"`, `"bidValue":"$25.00"`} {
			if !strings.Contains(string(second.Answer), want) {
				t.Errorf("answer %s lacks %s", second.Answer, want)
			}
		}
	})
}

// A hostile server repeats the request in every place of an answer and in its own words.
func TestExchange_HidesWhatAServerRepeats(t *testing.T) {
	person := nameCanary + " " + strings.ToUpper(emailCanary) + " 987-65-4321 " + birthCanary + " " + tokenCanary + ".1"
	body, _ := json.Marshal(map[string]any{
		"data": map[string]any{"OP": map[string]any{
			"id": theirID, "leadId": theirID, "resultCode": person, "note": person, "bidValue": person, "crm": person,
			"crmRecordId": person, "updatedAt": person, emailCanary: person, "more": map[string]any{emailCanary: person},
		}},
		"errors": []any{
			map[string]any{"message": person, "path": []any{emailCanary}, "extensions": map[string]any{"code": person, "field": emailCanary}},
			map[string]any{"message": `got "` + ssnCanary + `" at "input.email" and '` + nameCanary + `'`},
		},
	})
	inBubble(t, func(w *world) { w.api = say(200, jsonType, string(body)) }, func(t *testing.T, w *world) {
		for _, op := range operations {
			got, err := op.call(t.Context(), w.client)
			_ = kindOf(t, err)
			if created, ok := got.(alleviate.CreatedLead); ok {
				noCanary(t, created.Warnings)
			}
		}
		if !strings.Contains(string(w.exchanges[0].Answer), `"fields":["email"],"message":"*** (50 bytes, `) {
			t.Errorf("the answer lost the field, or the length of the message: %s", w.exchanges[0].Answer)
		}
	})
}

// An id that is an answer in disguise is hidden as well.
func TestExchange_HidesAnIDThatIsAnAnswer(t *testing.T) {
	body := `{"data":{"OP":{"id":"` + ssnCanary + `","crm":"` + nameCanary + `","resultCode":1003,"` + ssnCanary + `":1,"` + nameCanary + `":1}}}`
	inBubble(t, func(w *world) { w.api = say(200, jsonType, body) }, func(t *testing.T, w *world) {
		_ = create(t, w)
	})
}

func TestExchange_TellsOfCallsThatWereNotSent(t *testing.T) {
	inBubble(t, func(w *world) { w.token = say(500, "", ``) }, func(t *testing.T, w *world) {
		_ = create(t, w)
		x := w.exchanges[0]
		if x.Sent || x.HTTPStatus != 0 || x.Err == nil || x.Err.Kind != transient {
			t.Errorf("got %+v", x)
		}
	})
}

func TestExchange_MeasuresTheRequest(t *testing.T) {
	inBubble(t, func(w *world) {
		w.api = func(n int, rw http.ResponseWriter, r *http.Request) {
			pass(42 * time.Second)
			_, _ = io.WriteString(rw, "12345")
		}
	}, func(t *testing.T, w *world) {
		_ = create(t, w)
		if x := w.exchanges[0]; x.Duration != 42*time.Second || x.Received != 5 || string(x.Answer) != "null" {
			t.Errorf("Duration %s, Received %d, Answer %s", x.Duration, x.Received, x.Answer)
		}
	})
}

// Servers quote what a person typed in their messages. Of a message its documented sentences are kept, and what it
// is about; anything else is a length and a hash.
func TestExchange_OfAMessageOnlyTheDocumentedIsKept(t *testing.T) {
	for _, tt := range []struct{ message, want string }{
		{`Invalid email format: ` + emailCanary, `"fields":["email"],"message":"invalid email, *** (47 bytes, `},
		{`firstName is required`, `"fields":["firstName"],"message":"is required, *** (21 bytes, `},
		{ssnCanary + ` is no socialSecurityNumber of ` + nameCanary, `"fields":["socialSecurityNumber"],"message":"*** (51 bytes, `},
		{`UNAUTHORIZED`, `"message":"UNAUTHORIZED"`},
		{`token ` + tokenCanary + `.1 refused, secret ` + secretCanary, `"message":"*** (`},
	} {
		body, _ := json.Marshal(map[string]any{"errors": []any{map[string]any{
			"message": tt.message, "path": []any{"createLead", "input", emailCanary}, "extensions": map[string]any{"code": strings.ToUpper(nameCanary)},
		}}})
		inBubble(t, func(w *world) { w.api = say(200, jsonType, string(body)) }, func(t *testing.T, w *world) {
			err := create(t, w)
			_ = kindOf(t, err)
			answer := string(w.exchanges[0].Answer)
			if !strings.Contains(answer, tt.want) || !strings.Contains(answer, `"path":["createLead","input","*** (`) {
				t.Errorf("%s is shown as %s, want %s", tt.message, answer, tt.want)
			}
		})
	}
}

// Equal texts of one client have equal hashes, and those of another client have others.
func TestExchange_HashesAreKeyed(t *testing.T) {
	shown := map[string]int{}
	for range 2 {
		inBubble(t, func(w *world) { w.api = say(200, jsonType, `{"errors":[{"message":"`+ssnCanary+`"}]}`) }, func(t *testing.T, w *world) {
			_, _ = create(t, w), create(t, w)
			for _, x := range w.exchanges {
				shown[string(x.Answer)]++
			}
		})
	}
	if len(shown) != 2 {
		t.Errorf("got %v, want one text for each of two clients", shown)
	}
}

func TestExchange_IsWholeWhenAskedButForTokenSecretAndSSN(t *testing.T) {
	var whole []alleviate.Exchange
	inBubble(t, func(w *world) {
		w.config.WholeExchanges = true
		w.api = say(200, jsonType, `{"errors":[{"message":"`+emailCanary+` 987-65-4321 \u0039\u00387654321 `+tokenCanary+`.1"}]}`)
	}, func(t *testing.T, w *world) {
		_ = create(t, w)
		whole, w.exchanges = w.exchanges, nil
	})
	x := whole[0]
	for _, secret := range []string{secretCanary, tokenCanary, ssnCanary, "987-65-4321", "7654321"} {
		if shown := fmt.Sprintf("%+v", x); strings.Contains(shown, secret) {
			t.Errorf("%q is in %s", secret, shown)
		}
	}
	if !strings.Contains(x.WholeRequest, emailCanary) || !strings.Contains(x.WholeRequest, nameCanary) || !strings.Contains(x.WholeAnswer, emailCanary) {
		t.Errorf("the bodies are %s and %s", x.WholeRequest, x.WholeAnswer)
	}
	for name, env := range map[string]alleviate.Environment{"the preset": alleviate.Production(), "its host under another name": func() alleviate.Environment {
		e := alleviate.Production()
		e.Name = "staging"
		return e
	}()} {
		cfg := config(env)
		cfg.WholeExchanges = true
		if _, err := alleviate.New(cfg); err == nil {
			t.Errorf("%s: whole exchanges are kept in production", name)
		}
	}
}
