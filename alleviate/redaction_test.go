package alleviate_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/alleviate"
)

// hidden are structs that a careless caller may build around ours: fields that fmt cannot reach
// through methods, pointers, maps and slices.
type hidden struct {
	input  alleviate.LeadInput
	secret alleviate.Secret
	submit *alleviate.SubmitLeadInput
	many   []alleviate.LeadInput
	byKey  map[alleviate.Secret]alleviate.Private[string]
	any    any
}

func TestPersonalValuesAndSecrets_ShowInNoPrinter(t *testing.T) {
	in := applicant()
	submit := alleviate.SubmitLeadInput{LeadID: theirID, MobilePhone: alleviate.Of(ssnCanary)}
	secret := alleviate.NewSecret(secretCanary)
	for name, v := range map[string]any{
		"input":             in,
		"pointer to input":  &in,
		"submit input":      submit,
		"secret":            secret,
		"pointer to secret": &secret,
		"one answer":        in.Email,
		"date":              in.DateOfBirth,
		"config":            alleviate.Config{ClientSecret: secret, NextSecret: alleviate.NewSecret(nextSecretCanary)},
		"unexported fields": hidden{in, secret, &submit, []alleviate.LeadInput{in}, map[alleviate.Secret]alleviate.Private[string]{secret: in.Email}, in},
		"map":               map[alleviate.Secret]alleviate.LeadInput{secret: in},
		"slice":             []any{in, secret},
	} {
		t.Run(name, func(t *testing.T) { noCanary(t, v) })
	}
}

// Everything in LeadInput that a person says must be wrapped; this finds a new field that is not.
func TestLeadInput_WrapsEveryAnswer(t *testing.T) {
	open := []string{"SiteURL", "AffiliateAppID", "PartnerLeadID"}
	for _, v := range []any{alleviate.LeadInput{}, alleviate.SubmitLeadInput{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !strings.HasPrefix(f.Type.Name(), "Private[") && !slices.Contains(append(open, "LeadID"), f.Name) {
				t.Errorf("%s.%s is a plain %s", typ.Name(), f.Name, f.Type)
			}
		}
	}
}

func TestSecret_IsReadFromTextAndRevealed(t *testing.T) {
	var s alleviate.Secret
	if err := s.UnmarshalText([]byte(secretCanary)); err != nil || s.Reveal() != secretCanary {
		t.Errorf("got %q, %v", s.Reveal(), err)
	}
	if got := (alleviate.Secret{}).Reveal(); got != "" {
		t.Errorf("the zero secret reveals %q", got)
	}
}

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
