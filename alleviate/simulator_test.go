package alleviate_test

import (
	"context"
	"errors"
	"testing"

	"intake/alleviate"
	"intake/alleviate/simulator"
)

// twin is a client of the simulator, which has its own copy of the schema: a name misspelt in this
// package is refused there.
func twin(t *testing.T) *alleviate.Client {
	t.Helper()
	sim, err := simulator.Start(simulator.Config{ClientID: "client", Secrets: []string{secretCanary}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close(context.Background()) })
	cfg := config(alleviate.Loopback(sim.TokenURL(), sim.APIURL()))
	cfg.Observe = func(x alleviate.Exchange) { noCanary(t, x) }
	client, err := alleviate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestAgainstTheSimulator_PublishedArchetypes(t *testing.T) {
	client := twin(t)
	tests := []struct {
		key   string
		code  alleviate.ResultCode
		cents int64
	}{
		{"qualified-1013", 1013, 1200},
		{"qualified-1014", 1014, 1800},
		{"qualified-1015", 1015, 2400},
		{"qualified-1016", 1016, 3000},
		{"qualified-1017", 1017, 3500},
		{"qualified-no-bid", 1013, 0},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			in := applicant()
			in.Email = alleviate.Of("sandbox+" + tt.key + "@test.alleviate.com")
			lead, err := client.CreateLead(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if lead.Code != tt.code || lead.Bid.Cents != tt.cents || !lead.Code.Qualified() {
				t.Errorf("code %s, bid %d; want %s, %d", lead.Code, lead.Bid.Cents, tt.code, tt.cents)
			}
		})
	}
}

func TestAgainstTheSimulator_ALeadIsSentLookedAtAndSubmitted(t *testing.T) {
	client := twin(t)
	if err := client.Probe(t.Context()); err != nil {
		t.Errorf("probe: %v", err)
	}
	in := applicant()
	in.MonthlyIncome, in.TermsConsent = alleviate.Of(0), alleviate.Of(false)
	in.LoanPurposeID = alleviate.Of(alleviate.LoanTaxes)
	in.SiteURL, in.ClientIP, in.AffiliateAppID = "yoursite.com", alleviate.Of("000.000.000.000"), "affiliate"
	lead, err := client.CreateLead(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if lead.PartnerLeadID != ourID {
		t.Errorf("echo is %q, want %q", lead.PartnerLeadID, ourID)
	}
	status, err := client.LeadStatus(t.Context(), lead.ID)
	if err != nil || status.Code != lead.Code || status.UpdatedAt.IsZero() || status.PartnerLeadID != ourID {
		t.Errorf("got %+v, %v; want the code %s", status, err, lead.Code)
	}
	for _, want := range []alleviate.SubmitCode{alleviate.Submitted, alleviate.AlreadySubmitted} {
		submitted, err := client.SubmitLead(t.Context(), alleviate.SubmitLeadInput{LeadID: lead.ID, MobilePhone: alleviate.Of("5551234567")})
		if err != nil || submitted.Code != want || submitted.CRMRecordID == "" {
			t.Errorf("got %+v, %v; want %s", submitted, err, want)
		}
	}
}

func TestAgainstTheSimulator_ItsRefusalsAreUnderstood(t *testing.T) {
	client := twin(t)
	if _, err := client.LeadStatus(t.Context(), "nobody"); !errors.Is(err, alleviate.ErrUnknownLead) {
		t.Errorf("got %v, want ErrUnknownLead", err)
	}
	for field, spoil := range map[string]func(*alleviate.LeadInput){
		"firstName": func(in *alleviate.LeadInput) { in.FirstName = alleviate.Private[string]{} },
		"email":     func(in *alleviate.LeadInput) { in.Email = alleviate.Of("not-an-email") },
		"state":     func(in *alleviate.LeadInput) { in.State = alleviate.Of("Texas") },
	} {
		t.Run(field, func(t *testing.T) {
			in := applicant()
			spoil(&in)
			_, err := client.CreateLead(t.Context(), in)
			e, _ := errors.AsType[*alleviate.Error](err)
			if kindOf(t, err) != rejected || len(e.Fields) != 1 || e.Fields[0] != field {
				t.Errorf("got %v, want rejected with the field", err)
			}
		})
	}
}
