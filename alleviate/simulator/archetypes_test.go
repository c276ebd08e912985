package simulator

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every byte here is from the table of /guides/sandbox-archetypes.
func TestArchetypes_AnswerExactlyAsPublished(t *testing.T) {
	c := call1(t, start(t))
	for _, row := range []struct{ key, id, code, bid string }{
		{"qualified-1013", "00000000-0000-0000-0000-000000001013", "1013", `"12.00"`},
		{"qualified-1014", "00000000-0000-0000-0000-000000001014", "1014", `"18.00"`},
		{"qualified-1015", "00000000-0000-0000-0000-000000001015", "1015", `"24.00"`},
		{"qualified-1016", "00000000-0000-0000-0000-000000001016", "1016", `"30.00"`},
		{"qualified-1017", "00000000-0000-0000-0000-000000001017", "1017", `"35.00"`},
		{"qualified-no-bid", "00000000-0000-0000-0000-000000010013", "1013", `null`},
	} {
		for _, email := range []string{"sandbox+" + row.key + "@test.alleviate.com", "SandBox+" + strings.ToUpper(row.key) + "@TEST.alleviate.com"} {
			got := c.create(person("a", map[string]any{"email": email, "leadId": "P-9"}), "")
			want := `{"data":{"createLead":{"id":"` + row.id + `","resultCode":` + row.code +
				`,"note":"Lead processing complete","partnerLeadId":"P-9","bidValue":` + row.bid + `}}}`
			if d := cmp.Diff(want, got.body); d != "" {
				t.Errorf("%s (-want +got):\n%s", email, d)
			}
		}
	}
	for _, call := range c.s.Ledger().Calls(opCreate) {
		if len(call.Assumed) != 0 {
			t.Errorf("call %d of a published archetype is labelled assumed: %v", call.Seq, call.Assumed)
		}
	}
}

func TestArchetypes_LookSpellsBidsAsLeadStatusDoes(t *testing.T) {
	c := call1(t, start(t))
	for _, row := range []struct{ key, id, bid string }{
		{"qualified-1013", "00000000-0000-0000-0000-000000001013", "$12.00"},
		{"qualified-no-bid", "00000000-0000-0000-0000-000000010013", "No Bid Available"},
	} {
		c.create(person("a", map[string]any{"email": "sandbox+" + row.key + "@test.alleviate.com"}), "")
		got := c.look(row.id, "").payload(t)
		if d := cmp.Diff(row.bid, str(got.BidValue)); d != "" {
			t.Errorf("%s (-want +got):\n%s", row.key, d)
		}
	}
}

func TestArchetypes_FieldRulesComeFirst(t *testing.T) {
	c := call1(t, start(t))
	got := c.create(person("a", map[string]any{"email": "sandbox+qualified-1013@test.alleviate.com", "zipCode": "1"}), "")
	if !strings.Contains(got.body, "zipCode must be 5 digits") || len(c.s.Ledger().Leads) != 0 {
		t.Errorf("a bad ZIP went past the archetype: %s", got.body)
	}
}

func TestArchetypes_AssumedOnesAreLabelledAndElsewhere(t *testing.T) {
	c := call1(t, start(t))
	assumed := 0
	for _, a := range Archetypes() {
		if a.Documented {
			continue
		}
		assumed++
		if underTestDomain(a.Email) {
			t.Errorf("%s is invented under Alleviate's own test domain", a.Email)
		}
		got := c.create(person("x", map[string]any{"email": a.Email}), "").payload(t)
		if got.ResultCode != a.Code || got.BidValue != nil {
			t.Errorf("%s: code %d, bid %s; want %d, null", a.Email, got.ResultCode, str(got.BidValue), a.Code)
		}
	}
	if assumed != 8 {
		t.Errorf("%d assumed archetypes, want 8", assumed)
	}
	for _, call := range c.s.Ledger().Calls(opCreate) {
		if len(call.Assumed) != 1 {
			t.Errorf("call %d is not labelled as assumed: %v", call.Seq, call.Assumed)
		}
	}
}

func TestArchetypes_UnknownKeyFollowsTheNamedAssumption(t *testing.T) {
	email := "sandbox+no-such-key@test.alleviate.com"
	for _, row := range []struct {
		choice string
		code   int
		says   string
	}{
		{"ordinary", mustCode(email), ""},
		{"unqualified", 1018, ""},
		{"error", 0, "Unknown archetype"},
	} {
		t.Run(row.choice, func(t *testing.T) {
			c := call1(t, start(t, func(cfg *Config) { cfg.Assumptions.UnknownArchetype = row.choice }))
			got := c.create(person("a", map[string]any{"email": email}), "")
			var body struct {
				Data   struct{ CreateLead *payload }
				Errors []struct{ Message string }
			}
			if err := json.Unmarshal([]byte(got.body), &body); err != nil {
				t.Fatal(err)
			}
			switch {
			case row.says != "" && (len(body.Errors) != 1 || body.Errors[0].Message != row.says):
				t.Errorf("got %s, want the error %q", got.body, row.says)
			case row.says == "" && (body.Data.CreateLead == nil || body.Data.CreateLead.ResultCode != row.code):
				t.Errorf("got %s, want code %d", got.body, row.code)
			}
		})
	}
}

func mustCode(email string) int {
	code, _ := ordinaryOutcome(email)
	return code
}

func TestArchetypes_AreNoDuplicatesAndMakeNone(t *testing.T) {
	c := call1(t, start(t))
	archetype := person("1", map[string]any{"email": "sandbox+qualified-1013@test.alleviate.com"})
	for i, lead := range []map[string]any{archetype, archetype, person("1"), archetype} {
		if got := c.create(lead, "").payload(t).ResultCode; !qualified(got) {
			t.Errorf("lead %d with the same phone: %d", i, got)
		}
	}
}
