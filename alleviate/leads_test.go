package alleviate_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate"
)

// sent is the last request that the API received.
func (w *world) sent(t *testing.T) (query string, variables map[string]any) {
	t.Helper()
	var body struct {
		Query     string
		Variables map[string]any
	}
	if err := json.Unmarshal([]byte(w.bodies[len(w.bodies)-1]), &body); err != nil {
		t.Fatal(err)
	}
	return body.Query, body.Variables
}

func TestCreateLead_SendsEveryFieldUnderItsDocumentedName(t *testing.T) {
	in := applicant()
	in.CellPhone = alleviate.Of("9496779225")
	in.WorkPhone = alleviate.Of("8166999999")
	in.Address2 = alleviate.Of("Unit <4>")
	in.ResidenceTypeID = alleviate.Of(alleviate.ResidenceRent)
	in.MonthsAtAddress = alleviate.Of(0)
	in.MonthlyRent = alleviate.Of(1500)
	in.IncomeSourceID = alleviate.Of(alleviate.IncomeUnemployed)
	in.PayFrequencyID = alleviate.Of(alleviate.PayOther)
	in.MonthlyIncome = alleviate.Of(0)
	in.GrossAnnualIncome = alleviate.Of(1)
	in.EmployerName = alleviate.Of("Example & Sons")
	in.MonthsAtEmployer = alleviate.Of(7)
	in.LoanAmount = alleviate.Of(200000000)
	in.LoanPurposeID = alleviate.Of(alleviate.LoanPurposeID(19))
	in.EstimatedDebt = alleviate.Of(25000)
	in.TermsConsent = alleviate.Of(false)
	in.MarketingOptIn = alleviate.Of(true)
	in.CoApplicant = alleviate.Of(false)
	in.SiteURL = "yoursite.com"
	in.ClientIP = alleviate.Of("000.000.000.000")
	in.AffiliateAppID = "affiliate"
	in.TrustedFormCertificateID = alleviate.Of("981eef90ec965dd5a139170a4ad935b8b057baae")
	want := map[string]any{
		"firstName": nameCanary, "lastName": "Example", "email": emailCanary, "homePhone": "4028319225",
		"address1": "1 Main Street", "city": "Dallas", "state": "TX", "zipCode": "75201",
		"cellPhone": "9496779225", "workPhone": "8166999999", "dateOfBirth": birthCanary,
		"socialSecurityNumber": ssnCanary, "address2": "Unit <4>", "residenceTypeId": 2.0,
		"monthsAtAddress": 0.0, "monthlyRent": 1500.0, "incomeSourceId": 7.0, "payFrequencyId": 6.0,
		"monthlyIncome": 0.0, "grossAnnualIncome": 1.0, "employerName": "Example & Sons",
		"monthsAtEmployer": 7.0, "loanAmount": 2e8, "loanPurposeId": 19.0, "estimatedDebt": 25000.0,
		"termsConsent": false, "marketingOptIn": true, "coApplicant": false, "siteURL": "yoursite.com",
		"clientIP": "000.000.000.000", "affiliateAppID": "affiliate", "leadId": "partner-1",
		"trustedformCertificateID": "981eef90ec965dd5a139170a4ad935b8b057baae",
	}
	inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
		if _, err := w.client.CreateLead(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		query, variables := w.sent(t)
		if diff := cmp.Diff(map[string]any{"input": want}, variables); diff != "" {
			t.Errorf("variables (-want +got):\n%s", diff)
		}
		if !strings.Contains(query, "createLead(input: $input)") {
			t.Errorf("query is %s", query)
		}
	})
}

func TestCreateLead_LeavesOutWhatIsEmpty(t *testing.T) {
	in := applicant()
	in.DateOfBirth, in.SocialSecurityNumber = alleviate.Private[alleviate.Date]{}, alleviate.Of("")
	inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
		if _, err := w.client.CreateLead(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		_, variables := w.sent(t)
		var names []string
		for name := range variables["input"].(map[string]any) {
			names = append(names, name)
		}
		slices.Sort(names)
		want := []string{"address1", "city", "email", "firstName", "homePhone", "lastName", "leadId", "state", "zipCode"}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
	})
}

func TestCreateLead_RefusesWhatTheSchemaCannotSay(t *testing.T) {
	tests := []struct {
		field string
		spoil func(*alleviate.LeadInput)
	}{
		{"dateOfBirth", func(in *alleviate.LeadInput) {
			in.DateOfBirth = alleviate.Of(alleviate.Date{Year: 1961, Month: time.February, Day: 30})
		}},
		{"monthlyIncome", func(in *alleviate.LeadInput) { in.MonthlyIncome = alleviate.Of(1 << 31) }},
		{"city", func(in *alleviate.LeadInput) { in.City = alleviate.Of("\xff") }},
	}
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
				in := applicant()
				tt.spoil(&in)
				_, err := w.client.CreateLead(t.Context(), in)
				if got := kindOf(t, err); got != rejected || !strings.Contains(err.Error(), "fields "+tt.field) {
					t.Errorf("got %v, want rejected with the field", err)
				}
				if w.apiCalls()+w.tokenCalls() != 0 {
					t.Error("a request was made")
				}
			})
		})
	}
}

func TestCall_SendsTheHeadersOfTheContract(t *testing.T) {
	var got http.Header
	inBubble(t, func(w *world) {
		w.api = func(n int, rw http.ResponseWriter, r *http.Request) {
			got = r.Header.Clone()
			goodAnswer(n, rw, r)
		}
	}, func(t *testing.T, w *world) {
		if err := create(t, w); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"Authorization": "Bearer " + tokenCanary + ".1",
			"Content-Type":  "application/json",
			"Accept":        "application/graphql-response+json, application/json;q=0.9",
			"X-Request-Id":  w.exchanges[0].RequestID,
		}
		for name, value := range want {
			if got.Get(name) != value {
				t.Errorf("%s is %q, want %q", name, got.Get(name), value)
			}
		}
		if _, ok := got["Idempotency-Key"]; ok {
			t.Error("net/http would replay the POST for an Idempotency-Key")
		}
	})
}

func TestCreateLead_ReadsTheAnswer(t *testing.T) {
	answer := func(code string) string {
		return `{"id":"550e8400","resultCode":` + code + `,"note":"Lead processing complete","partnerLeadId":"partner-1","bidValue":null}`
	}
	created := func(code alleviate.ResultCode) alleviate.CreatedLead {
		return alleviate.CreatedLead{ID: "550e8400", Code: code, Note: "Lead processing complete", PartnerLeadID: ourID}
	}
	withBid := created(1013)
	withBid.Bid = alleviate.Bid{Cents: 1200, Offered: true, Raw: "12.00"}
	oddBid := created(1013)
	oddBid.Bid = alleviate.Bid{Raw: "twelve"}
	bare := alleviate.CreatedLead{ID: "550e8400", Code: 1018}
	number := alleviate.CreatedLead{ID: "12345", Code: 1018}
	warned := created(1013)
	warned.Warnings = []alleviate.Warning{{Code: "SLOW", Fields: []string{"email"}}}
	tests := []struct {
		name, body string
		want       alleviate.CreatedLead
	}{
		{"qualified", answer("1013"), created(1013)},
		{"at rest", answer("1018"), created(1018)},
		{"a number that nobody has published", answer("1042"), created(1042)},
		{"a negative number", answer("-7"), created(-7)},
		{"digits in a string", answer(`" 1013 "`), created(1013)},
		{"a float that is whole", answer("1013.0"), created(1013)},
		{"a float that is not", answer("1013.5"), created(alleviate.CodeUnreadable)},
		{"a word for a code", answer(`"QUALIFIED"`), created(alleviate.CodeUnreadable)},
		{"null for a code", answer("null"), created(alleviate.CodeUnreadable)},
		{"a code beyond 32 bits", answer("99999999999"), created(alleviate.CodeUnreadable)},
		{"a list for a code", answer("[1013]"), created(alleviate.CodeUnreadable)},
		{"no code", `{"id":"550e8400"}`, alleviate.CreatedLead{ID: "550e8400"}},
		{"a code of another case", `{"id":"550e8400","ResultCode":1013}`, alleviate.CreatedLead{ID: "550e8400"}},
		{"no echo", `{"id":"550e8400","resultCode":1018,"partnerLeadId":null}`, bare},
		{"an id that is a number", `{"id":12345,"resultCode":1018}`, number},
		{"a bid without a sign", strings.Replace(answer("1013"), "null", `"12.00"`, 1), withBid},
		{"a bid of an unknown form", strings.Replace(answer("1013"), "null", `"twelve"`, 1), oddBid},
		{"fields that nobody has published", strings.Replace(answer("1013"), "{", `{"x":{"y":[1]},"ID":"other",`, 1), created(1013)},
		{"warnings", answer("1013") + `},"errors":[{"message":"email ` + emailCanary + `","extensions":{"code":"SLOW"}}],"more":{"x":1`, warned},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				w.api = say(200, jsonType, `{"data":{"createLead":`+tt.body+`}}`)
			}, func(t *testing.T, w *world) {
				got, err := w.client.CreateLead(t.Context(), applicant())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestSubmitLead_ReadsTheAnswer(t *testing.T) {
	tests := []struct {
		name, body string
		want       alleviate.SubmittedLead
	}{
		{"submitted", `{"leadId":"d5faed99-51c3-4181-959e-5557d1eef042","statusCode":200,"crmRecordId":"3rb1h2o3gql","crm":"AFS","partnerLeadId":"PARTNER-LEAD-12345"}`,
			alleviate.SubmittedLead{LeadID: theirID, Code: alleviate.Submitted, CRMRecordID: "3rb1h2o3gql", CRM: "AFS", PartnerLeadID: "PARTNER-LEAD-12345"}},
		{"already submitted", `{"statusCode":"208"}`, alleviate.SubmittedLead{LeadID: theirID, Code: alleviate.AlreadySubmitted}},
		{"certificate missing", `{"statusCode":400,"crmRecordId":null,"crm":null}`, alleviate.SubmittedLead{LeadID: theirID, Code: alleviate.CertificateMissing}},
		{"certificate refused", `{"statusCode":422}`, alleviate.SubmittedLead{LeadID: theirID, Code: alleviate.CertificateRefused}},
		{"the docs' stray code", `{"statusCode":1021}`, alleviate.SubmittedLead{LeadID: theirID, Code: 1021}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				w.api = say(200, jsonType, `{"data":{"submitLead":`+tt.body+`}}`)
			}, func(t *testing.T, w *world) {
				got, err := w.client.SubmitLead(t.Context(), alleviate.SubmitLeadInput{
					LeadID: theirID, TrustedFormCertificateID: alleviate.Of("cert"), MobilePhone: alleviate.Of("5551234567"),
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				_, variables := w.sent(t)
				want := map[string]any{"input": map[string]any{
					"leadId": string(theirID), "trustedformCertificateID": "cert", "mobilePhone": "5551234567",
				}}
				if diff := cmp.Diff(want, variables); diff != "" {
					t.Errorf("variables (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestLeadStatus_ReadsTheAnswer(t *testing.T) {
	inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
		got, err := w.client.LeadStatus(t.Context(), theirID)
		if err != nil {
			t.Fatal(err)
		}
		want := alleviate.LeadStatus{
			ID: theirID, Code: 1015, UpdatedAt: time.Date(2026, time.February, 4, 15, 30, 0, 0, time.UTC),
			PartnerLeadID: ourID, Bid: alleviate.Bid{Cents: 2500, Offered: true, Raw: "$25.00"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, variables := w.sent(t)
		if diff := cmp.Diff(map[string]any{"id": string(theirID)}, variables); diff != "" {
			t.Errorf("variables (-want +got):\n%s", diff)
		}
	})
}

// An id is opaque: a blank in it is a part of it, on both ways.
func TestIDs_AreComparedAsTheyWereGiven(t *testing.T) {
	for _, tt := range []struct {
		given, echo alleviate.PartnerLeadID
		want        alleviate.Kind
	}{
		{"a b ", "a b ", done},
		{"a b ", "a b", ambiguous},
		{"a", " a", ambiguous},
		{"ä", "ä", done},
		{"ä", "å", ambiguous},
		{"Lead-1", "lead-1", ambiguous},
	} {
		body, _ := json.Marshal(map[string]any{"data": map[string]any{"createLead": map[string]any{"id": " x y", "resultCode": 1018, "partnerLeadId": tt.echo}}})
		inBubble(t, func(w *world) { w.api = say(200, jsonType, string(body)) }, func(t *testing.T, w *world) {
			in := applicant()
			in.PartnerLeadID = tt.given
			lead, err := w.client.CreateLead(t.Context(), in)
			if got := kindOf(t, err); got != tt.want {
				t.Errorf("%q sent and %q come back is %q, want %q", tt.given, tt.echo, got, tt.want)
			}
			if err == nil && (lead.ID != " x y" || lead.PartnerLeadID != tt.given) {
				t.Errorf("the ids are %q and %q", lead.ID, lead.PartnerLeadID)
			}
		})
	}
}
