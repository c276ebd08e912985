package alleviate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"intake/alleviate"
)

func TestQuery_ReadsOnlyAndShowsNoValue(t *testing.T) {
	inBubble(t, func(w *world) {
		w.api = say(200, jsonType, `{"data":{"thing":{"name":"`+nameCanary+`"}}}`)
	}, func(t *testing.T, w *world) {
		q := alleviate.Query{Field: "thing", Document: "query { thing { name } }", Budget: time.Second,
			Variables: map[string]any{"input": map[string]any{"ssn": ssnCanary, "n": 987654321, "list": []string{emailCanary}, "none": nil}}}
		raw, warnings, err := w.client.Query(t.Context(), q)
		if err != nil || string(raw) != `{"name":"`+nameCanary+`"}` || warnings != nil {
			t.Fatalf("got %s, %v, %v", raw, warnings, err)
		}
		if got, want := string(w.exchanges[0].Variables), `{"input":{"list":["***"],"n":"***","none":null,"ssn":"***"}}`; got != want {
			t.Errorf("variables are shown as %s, want %s", got, want)
		}
		if !strings.Contains(w.bodies[0], ssnCanary) {
			t.Error("the variables were not sent")
		}
		q.Document = "mutation { thing { name } }"
		if _, _, err := w.client.Query(t.Context(), q); err == nil || w.apiCalls() != 1 {
			t.Errorf("a mutation was sent: %v", err)
		}
	})
}

func TestQuery_IsTransientWhenTheOutcomeIsOpen(t *testing.T) {
	for name, api := range map[string]script{"lost": cut, "null": say(200, jsonType, `{"data":{"thing":null}}`)} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) { w.api = api }, func(t *testing.T, w *world) {
				_, _, err := w.client.Query(t.Context(), alleviate.Query{Field: "thing", Document: "query { thing }", Budget: time.Second})
				if got := kindOf(t, err); got != transient {
					t.Errorf("kind is %q, want transient", got)
				}
			})
		})
	}
}

func TestPrivate_IsReadFromJSON(t *testing.T) {
	var got struct {
		Zero, None, Absent alleviate.Private[int]
	}
	if err := json.Unmarshal([]byte(`{"Zero":0,"None":null}`), &got); err != nil {
		t.Fatal(err)
	}
	if !got.Zero.Given() || got.None.Given() || got.Absent.Given() {
		t.Errorf("given: %v %v %v, want only the zero", got.Zero.Given(), got.None.Given(), got.Absent.Given())
	}
	err := json.Unmarshal([]byte(`{"Zero":"`+ssnCanary+`"}`), &got)
	if err == nil {
		t.Fatal("text is taken for a number")
	}
	noCanary(t, err)
}
