//go:build foreign

package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"intake/alleviate"
)

// onEach runs a test once for each GraphQL server, with the settings of a client that works.
func onEach(t *testing.T, test func(t *testing.T, cfg alleviate.Config)) {
	for name, api := range servers.APIs {
		t.Run(name, func(t *testing.T) {
			test(t, alleviate.Config{
				Environment:  alleviate.Loopback(servers.Token, api),
				ClientID:     servers.ClientID,
				ClientSecret: alleviate.NewSecret(servers.Secret),
			})
		})
	}
}

func newClient(t *testing.T, cfg alleviate.Config) *alleviate.Client {
	t.Helper()
	client, err := alleviate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// applicant has the eight required fields. Its answers are words that no server says by itself.
func applicant() alleviate.LeadInput {
	return alleviate.LeadInput{
		FirstName: alleviate.Of("Zelphine"),
		LastName:  alleviate.Of("Quorndale"),
		Email:     alleviate.Of("zelphine@quorndale.example"),
		HomePhone: alleviate.Of("4028319225"),
		Address1:  alleviate.Of("71 Ümlaut \"Street\""),
		City:      alleviate.Of("Brixtonbury"),
		State:     alleviate.Of("TX"),
		ZipCode:   alleviate.Of("75201"),
	}
}

// answers are the fields of applicant under the names of the schema.
func answers() map[string]any {
	return map[string]any{
		"firstName": "Zelphine", "lastName": "Quorndale", "email": "zelphine@quorndale.example",
		"homePhone": "4028319225", "address1": "71 Ümlaut \"Street\"", "city": "Brixtonbury",
		"state": "TX", "zipCode": "75201",
	}
}

// received is the input that a GraphQL server has coerced and kept, asked for past the client.
func received(t *testing.T, cfg alleviate.Config, id alleviate.LeadID) map[string]any {
	t.Helper()
	var input map[string]any
	if err := json.Unmarshal([]byte(asked[struct{ Received string }](t, cfg, fmt.Sprintf(`{received(id:%q)}`, id)).Received), &input); err != nil {
		t.Fatal(err)
	}
	return input
}

// made is how many leads a GraphQL server has of a partner's id.
func made(t *testing.T, cfg alleviate.Config, id alleviate.PartnerLeadID) int {
	t.Helper()
	return asked[struct{ Made int }](t, cfg, fmt.Sprintf(`{made(leadId:%q)}`, id)).Made
}

// asked is data of a query past the client.
func asked[T any](t *testing.T, cfg alleviate.Config, query string) T {
	t.Helper()
	token := clientcredentials.Config{
		ClientID: servers.ClientID, ClientSecret: servers.Secret, TokenURL: servers.Token,
		Scopes: []string{cfg.Environment.Scope}, AuthStyle: oauth2.AuthStyleInParams,
	}
	request, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	res, err := token.Client(t.Context()).Post(cfg.Environment.APIURL, "application/json", bytes.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body struct{ Data T }
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body.Data
}

func TestCreateLead_EveryFieldArrives(t *testing.T) {
	in := applicant()
	in.CellPhone = alleviate.Of("9496779225")
	in.WorkPhone = alleviate.Of("8166999999")
	in.DateOfBirth = alleviate.Of(alleviate.Date{Year: 1985, Month: time.June, Day: 15})
	in.SocialSecurityNumber = alleviate.Of("123456789")
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
	in.PartnerLeadID = "partner-1"
	in.TrustedFormCertificateID = alleviate.Of("981eef90ec965dd5a139170a4ad935b8b057baae")
	input := answers()
	for name, value := range map[string]any{
		"cellPhone": "9496779225", "workPhone": "8166999999", "dateOfBirth": "1985-06-15",
		"socialSecurityNumber": "123456789", "address2": "Unit <4>", "residenceTypeId": 2.0,
		"monthsAtAddress": 0.0, "monthlyRent": 1500.0, "incomeSourceId": 7.0, "payFrequencyId": 6.0,
		"monthlyIncome": 0.0, "grossAnnualIncome": 1.0, "employerName": "Example & Sons",
		"monthsAtEmployer": 7.0, "loanAmount": 2e8, "loanPurposeId": 19.0, "estimatedDebt": 25000.0,
		"termsConsent": false, "marketingOptIn": true, "coApplicant": false, "siteURL": "yoursite.com",
		"clientIP": "000.000.000.000", "affiliateAppID": "affiliate", "leadId": "partner-1",
		"trustedformCertificateID": "981eef90ec965dd5a139170a4ad935b8b057baae",
	} {
		input[name] = value
	}
	onEach(t, func(t *testing.T, cfg alleviate.Config) {
		got, err := newClient(t, cfg).CreateLead(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		want := alleviate.CreatedLead{
			ID: got.ID, Code: alleviate.CodeQualified3, Note: "Lead processing complete",
			PartnerLeadID: "partner-1", Bid: alleviate.Bid{Cents: 2400, Offered: true, Raw: "$24.00"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("created lead (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(input, received(t, cfg, got.ID)); diff != "" {
			t.Errorf("input that arrived (-want +got):\n%s", diff)
		}
	})
}

func TestCreateLead_AFieldThatIsNotGivenDoesNotArrive(t *testing.T) {
	onEach(t, func(t *testing.T, cfg alleviate.Config) {
		lead, err := newClient(t, cfg).CreateLead(t.Context(), applicant())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(answers(), received(t, cfg, lead.ID)); diff != "" {
			t.Errorf("input that arrived (-want +got):\n%s", diff)
		}
	})
}

func TestLeadStatus(t *testing.T) {
	onEach(t, func(t *testing.T, cfg alleviate.Config) {
		client := newClient(t, cfg)
		in := applicant()
		in.PartnerLeadID = "partner-2"
		lead, err := client.CreateLead(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.LeadStatus(t.Context(), lead.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := alleviate.LeadStatus{
			ID: lead.ID, Code: lead.Code, UpdatedAt: time.Now(), PartnerLeadID: "partner-2", Bid: lead.Bid,
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(time.Minute)); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
		if _, err := client.LeadStatus(t.Context(), "nobody"); !errors.Is(err, alleviate.ErrUnknownLead) {
			t.Errorf("status of an unknown lead: got %v, want ErrUnknownLead", err)
		}
	})
}

func TestSubmitLead_TheSecondTimeIsAlreadySubmitted(t *testing.T) {
	onEach(t, func(t *testing.T, cfg alleviate.Config) {
		client := newClient(t, cfg)
		lead, err := client.CreateLead(t.Context(), applicant())
		if err != nil {
			t.Fatal(err)
		}
		in := alleviate.SubmitLeadInput{
			LeadID: lead.ID, MobilePhone: alleviate.Of("5551234567"),
			TrustedFormCertificateID: alleviate.Of("981eef90ec965dd5a139170a4ad935b8b057baae"),
		}
		first, err := client.SubmitLead(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		want := alleviate.SubmittedLead{LeadID: lead.ID, Code: alleviate.Submitted, CRMRecordID: first.CRMRecordID, CRM: "AFS"}
		if diff := cmp.Diff(want, first); diff != "" || first.CRMRecordID == "" {
			t.Errorf("submitted lead, record %q (-want +got):\n%s", first.CRMRecordID, diff)
		}
		second, err := client.SubmitLead(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		want.Code = alleviate.AlreadySubmitted
		if diff := cmp.Diff(want, second); diff != "" {
			t.Errorf("submitted again (-want +got):\n%s", diff)
		}
	})
}

func TestProbe(t *testing.T) {
	onEach(t, func(t *testing.T, cfg alleviate.Config) {
		var seen []int
		cfg.Observe = func(e alleviate.Exchange) { seen = append(seen, e.HTTPStatus) }
		if err := newClient(t, cfg).Probe(t.Context()); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]int{http.StatusOK}, seen); diff != "" {
			t.Errorf("HTTP statuses (-want +got):\n%s", diff)
		}
	})
}

func TestCreateLead_AFailureSaysWhatItProvesAndNothingOfThePerson(t *testing.T) {
	noFirstName, badEmail, crash := applicant(), applicant(), applicant()
	noFirstName.FirstName = alleviate.Private[string]{}
	badEmail.Email = alleviate.Of("zelphine.quorndale")
	crash.LastName = alleviate.Of("Crash")
	for _, tt := range []struct {
		name   string
		in     alleviate.LeadInput
		kind   alleviate.Kind
		fields []string
	}{
		{"nothing given", alleviate.LeadInput{}, alleviate.Rejected,
			[]string{"address1", "city", "email", "firstName", "homePhone", "lastName", "state", "zipCode"}},
		{"one required field missing", noFirstName, alleviate.Rejected, []string{"firstName"}},
		{"refused by the resolver", badEmail, alleviate.Rejected, []string{"email"}},
		{"broken off half way", crash, alleviate.Ambiguous, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onEach(t, func(t *testing.T, cfg alleviate.Config) {
				var told bytes.Buffer
				cfg.Observe = func(e alleviate.Exchange) { fmt.Fprintf(&told, "%+v %s %s\n", e, e.Variables, e.Answer) }
				_, err := newClient(t, cfg).CreateLead(t.Context(), tt.in)
				e, ok := errors.AsType[*alleviate.Error](err)
				if !ok {
					t.Fatalf("got %v, want an *alleviate.Error", err)
				}
				if e.Kind != tt.kind {
					t.Errorf("kind %q, want %q: %v", e.Kind, tt.kind, err)
				}
				if diff := cmp.Diff(tt.fields, e.Fields); diff != "" {
					t.Errorf("fields (-want +got):\n%s", diff)
				}
				fmt.Fprintln(&told, err)
				for _, word := range []string{"Zelphine", "zelphine", "uorndale", "4028319225", "Brixtonbury", "75201"} {
					if strings.Contains(told.String(), word) {
						t.Errorf("%q is told:\n%s", word, &told)
					}
				}
			})
		})
	}
}

// What says that it failed may have made the lead: the client sends once, and promises nothing.
func TestCreateLead_AFailureThatProvesNothingIsADoubtAndGoesOutOnce(t *testing.T) {
	for _, tt := range []struct {
		lastName   string
		checksLast bool
		kind       alleviate.Kind
		made       int
	}{
		{"Refused", false, alleviate.Ambiguous, 1},
		{"Forbidden", false, alleviate.Ambiguous, 1},
		{"Crash", false, alleviate.Ambiguous, 0},
		{"Breakdown", false, alleviate.Ambiguous, 0},
		{"Late", true, alleviate.Ambiguous, 1},
		{"Late", false, alleviate.Rejected, 1}, // the assumption that field checks come first, where it is wrong
	} {
		t.Run(fmt.Sprint(tt.lastName, " ", tt.checksLast), func(t *testing.T) {
			onEach(t, func(t *testing.T, cfg alleviate.Config) {
				calls := 0
				cfg.Observe = func(alleviate.Exchange) { calls++ }
				cfg.FieldChecksLast = tt.checksLast
				in := applicant()
				in.LastName, in.PartnerLeadID = alleviate.Of(tt.lastName), alleviate.PartnerLeadID(t.Name())
				_, err := newClient(t, cfg).CreateLead(t.Context(), in)
				if e, ok := errors.AsType[*alleviate.Error](err); !ok || e.Kind != tt.kind {
					t.Errorf("got %v, want %s", err, tt.kind)
				}
				if got := made(t, cfg, in.PartnerLeadID); got != tt.made || calls != 1 {
					t.Errorf("%d leads by %d calls, want %d by one", got, calls, tt.made)
				}
			})
		})
	}
}
