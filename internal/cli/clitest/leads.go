package clitest

import (
	"strings"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
)

// Lead makes a lead of an invented person, whom the simulator qualifies, and its consent record.
func Lead(key string) (lead.Lead, consent.Record) {
	var a lead.Applicant
	for _, answer := range a.Answers() {
		text := map[string]string{
			"firstName": "Maria", "lastName": "Gonzalez", "dateOfBirth": "1979-03-14", "email": "sandbox+qualified-1015@test.alleviate.com",
			"homePhone": "5125550148", "address1": "4120 Bluebonnet Ln", "city": "Austin", "state": "TX", "zipCode": "78745",
			"residenceTypeId": "1", "monthsAtAddress": "24", "monthlyRent": "1200", "incomeSourceId": "1", "payFrequencyId": "1",
			"monthlyIncome": "5000", "grossAnnualIncome": "60000", "employerName": "Example", "monthsAtEmployer": "24",
			"estimatedDebt": "20000", "loanAmount": "20000", "loanPurposeId": "1", "socialSecurityNumber": "219099999",
		}[answer.Name]
		if text == "" {
			continue
		}
		if err := answer.Set(text); err != nil {
			panic(err)
		}
	}
	return lead.Lead{
		ID: lead.NewPartnerID(), Draft: lead.Keep(key), Request: 1, Language: "en", Applicant: a,
		Permission: lead.Permission{Terms: true, CreditCheck: true},
	}, consent.Record{At: time.Now(), PersonName: lead.Keep("Maria Gonzalez"), Phone: lead.Keep("5125550148")}
}

// SaveLead saves such a lead.
func SaveLead(t *testing.T, s *store.Store, key string) lead.PartnerID {
	t.Helper()
	l, record := Lead(key)
	if _, err := s.Save(t.Context(), l, record); err != nil {
		t.Fatal(err)
	}
	return l.ID
}

// Leads is a program with its database open, for tests of what is done with leads.
type Leads struct {
	*Program
	DB *store.Store
	t  *testing.T
}

// NewLeads is New without a limit on the pace of calls.
func NewLeads(t *testing.T) *Leads {
	t.Helper()
	p := New(t)
	p.Set("ALLEVIATE_PACE=off")
	return &Leads{p, p.Store(t), t}
}

// Save saves a lead with a status.
func (l *Leads) Save(status lead.Status) lead.PartnerID {
	l.t.Helper()
	saved := lead.Lead{
		ID: lead.NewPartnerID(), Draft: lead.Keep(lead.NewHandle()), Request: 1, Language: "en",
		Status: status, Applicant: lead.Applicant{FirstName: lead.Keep(Secret)},
	}
	if _, err := l.DB.Save(l.t.Context(), saved, consent.Record{At: time.Now()}); err != nil {
		l.t.Fatal(err)
	}
	return saved.ID
}

// SaveAttempted saves a lead whose first createLead had the outcome.
func (l *Leads) SaveAttempted(out lead.Outcome) lead.PartnerID {
	l.t.Helper()
	id := l.Save(lead.Received)
	l.Claim(id, time.Minute)
	l.Record(id, out)
	return id
}

// Claim claims the lead, which must be the only one due, for a createLead with a lease.
func (l *Leads) Claim(id lead.PartnerID, lease time.Duration) {
	l.t.Helper()
	claimed, err := l.DB.Claim(l.t.Context(), lead.Send, 1, "test", time.Now().Add(lease))
	if err != nil || len(claimed) != 1 || claimed[0].ID != id {
		l.t.Fatalf("claimed %d leads, %v", len(claimed), err)
	}
}

// Record records the outcome of the first attempt.
func (l *Leads) Record(id lead.PartnerID, out lead.Outcome) {
	l.t.Helper()
	if err := l.DB.Record(l.t.Context(), id, 1, out); err != nil {
		l.t.Fatal(err)
	}
}

// WantStatus returns the lead without its answers. The test fails unless it has the status.
func (l *Leads) WantStatus(id lead.PartnerID, want lead.Status) lead.Lead {
	l.t.Helper()
	got, err := l.DB.Facts(l.t.Context(), id)
	if err != nil || got.Status != want {
		l.t.Errorf("the lead is %s, %v, want %s", got.Status, err, want)
	}
	return got
}

// Do runs intake leads. The test fails unless it succeeds or, when there are words of an error, fails with them, and
// when an answer is printed.
func (l *Leads) Do(wantError string, args ...string) (output string) {
	l.t.Helper()
	return l.DoWithInput("", wantError, args...)
}

// DoWithInput is Do with text on standard input.
func (l *Leads) DoWithInput(input, wantError string, args ...string) (output string) {
	l.t.Helper()
	code, output := l.RunWithInput(input, append([]string{"leads"}, args...)...)
	if (code != 0) != (wantError != "") || !strings.Contains(output, wantError) {
		l.t.Errorf("intake leads %v ended with %d, want %q in:\n%s", args, code, wantError, output)
	}
	for _, value := range []string{"5125550148", "2025550143", "maria@", Secret} {
		if strings.Contains(output, value) {
			l.t.Errorf("the answer %q is printed:\n%s", value, output)
		}
	}
	return output
}
