package alleviate

import (
	"math"
	"unicode/utf8"

	"intake/alleviate/internal/graphql"
)

// LeadInput is an applicant as createLead takes one. The first eight fields are required by the
// API (documented, /reference/lead-input-schema); an empty or ungiven field is not sent, and the
// API's own answer says what it misses. The rest is optional; the schema page is cut off after
// LoanPurposeID, so more fields may exist.
//
// Money is whole dollars, as the schema page says. An example on /api/mutations/create-lead holds
// amounts that look like cents, so the unit is in doubt; large amounts are sent as they are.
//
// Printing, logging or JSON-encoding a LeadInput shows no answer of the applicant.
type LeadInput struct {
	// FirstName has 1 to 50 characters.
	FirstName Private[string]
	// LastName has 1 to 50 characters.
	LastName Private[string]
	// Email is an e-mail address.
	Email Private[string]
	// HomePhone is ten digits without formatting.
	HomePhone Private[string]
	// Address1 is the street address.
	Address1 Private[string]
	// City has no documented limits.
	City Private[string]
	// State is two letters, such as CA.
	State Private[string]
	// ZipCode is five digits.
	ZipCode Private[string]

	// CellPhone is ten digits.
	CellPhone Private[string]
	// WorkPhone is ten digits.
	WorkPhone Private[string]
	// DateOfBirth is optional in the schema; /getting-started/migration calls it required.
	DateOfBirth Private[Date]
	// SocialSecurityNumber is nine digits without dashes.
	SocialSecurityNumber Private[string]
	// Address2 is the apartment, suite or unit.
	Address2 Private[string]
	// ResidenceTypeID is the housing situation.
	ResidenceTypeID Private[ResidenceTypeID]
	// MonthsAtAddress is the time at the current address, in months.
	MonthsAtAddress Private[int]
	// MonthlyRent is rent or mortgage, in dollars a month.
	MonthlyRent Private[int]
	// IncomeSourceID is the source of income.
	IncomeSourceID Private[IncomeSourceID]
	// PayFrequencyID is how often the applicant is paid.
	PayFrequencyID Private[PayFrequencyID]
	// MonthlyIncome is in dollars.
	MonthlyIncome Private[int]
	// GrossAnnualIncome is in dollars.
	GrossAnnualIncome Private[int]
	// EmployerName has no documented limits.
	EmployerName Private[string]
	// MonthsAtEmployer is the time with the current employer, in months.
	MonthsAtEmployer Private[int]
	// LoanAmount is the amount asked for, in dollars.
	LoanAmount Private[int]
	// LoanPurposeID is the purpose of the loan.
	LoanPurposeID Private[LoanPurposeID]

	// EstimatedDebt is in dollars (seen in examples; the unit is assumed).
	EstimatedDebt Private[int]
	// TermsConsent is seen in examples; what false or absence does is not documented.
	TermsConsent Private[bool]
	// MarketingOptIn is seen in examples; what false or absence does is not documented.
	MarketingOptIn Private[bool]
	// CoApplicant says whether there is a co-applicant (seen in examples).
	CoApplicant Private[bool]
	// SiteURL is the site of origin (seen in examples, there without a scheme).
	SiteURL string
	// ClientIP is the applicant's address (seen in examples).
	ClientIP Private[string]
	// AffiliateAppID is an affiliate's application id (seen in examples).
	AffiliateAppID string
	// PartnerLeadID is sent as leadId and echoed as partnerLeadId.
	PartnerLeadID PartnerLeadID
	// TrustedFormCertificateID is the id, not the address, of a certificate; when given, it is
	// verified while createLead runs (documented, /api/overview).
	TrustedFormCertificateID Private[string]
}

// SubmitLeadInput asks for a qualified lead to be handed to the CRM.
type SubmitLeadInput struct {
	// LeadID is Alleviate's id, from CreatedLead.ID.
	LeadID LeadID
	// TrustedFormCertificateID is for partners whose consent is taken after createLead.
	TrustedFormCertificateID Private[string]
	// MobilePhone is the applicant's verified mobile number, ten digits.
	MobilePhone Private[string]
}

// values is the only place where personal answers are on their way to become JSON; encoding a LeadInput itself
// shows nothing. The names are spelled as /reference/lead-input-schema and the examples do; mind the capitals.
func (in LeadInput) values() []graphql.Value {
	return []graphql.Value{
		text("firstName", in.FirstName),
		text("lastName", in.LastName),
		text("email", in.Email),
		text("homePhone", in.HomePhone),
		text("address1", in.Address1),
		text("city", in.City),
		text("state", in.State),
		text("zipCode", in.ZipCode),
		text("cellPhone", in.CellPhone),
		text("workPhone", in.WorkPhone),
		date("dateOfBirth", in.DateOfBirth),
		text("socialSecurityNumber", in.SocialSecurityNumber),
		text("address2", in.Address2),
		number("residenceTypeId", in.ResidenceTypeID),
		number("monthsAtAddress", in.MonthsAtAddress),
		number("monthlyRent", in.MonthlyRent),
		number("incomeSourceId", in.IncomeSourceID),
		number("payFrequencyId", in.PayFrequencyID),
		number("monthlyIncome", in.MonthlyIncome),
		number("grossAnnualIncome", in.GrossAnnualIncome),
		text("employerName", in.EmployerName),
		number("monthsAtEmployer", in.MonthsAtEmployer),
		number("loanAmount", in.LoanAmount),
		number("loanPurposeId", in.LoanPurposeID),
		number("estimatedDebt", in.EstimatedDebt),
		flag("termsConsent", in.TermsConsent),
		flag("marketingOptIn", in.MarketingOptIn),
		flag("coApplicant", in.CoApplicant),
		open("siteURL", in.SiteURL),
		text("clientIP", in.ClientIP),
		open("affiliateAppID", in.AffiliateAppID),
		open("leadId", in.PartnerLeadID),
		text("trustedformCertificateID", in.TrustedFormCertificateID),
	}
}

func (in SubmitLeadInput) values() []graphql.Value {
	return []graphql.Value{
		open("leadId", in.LeadID),
		text("trustedformCertificateID", in.TrustedFormCertificateID),
		text("mobilePhone", in.MobilePhone),
	}
}

func open[T ~string](name string, s T) graphql.Value {
	return graphql.Value{Name: name, Value: string(s), Given: s != "", Bad: !utf8.ValidString(string(s))}
}

func text(name string, p Private[string]) graphql.Value {
	v := open(name, p.Reveal())
	v.Private = true
	return v
}

// number takes GraphQL's Int, which has 32 bits.
func number[T ~int](name string, p Private[T]) graphql.Value {
	n := int64(p.Reveal())
	return graphql.Value{Name: name, Value: n, Given: p.Given(), Private: true, Bad: n > math.MaxInt32 || n < math.MinInt32}
}

func flag(name string, p Private[bool]) graphql.Value {
	return graphql.Value{Name: name, Value: p.Reveal(), Given: p.Given(), Private: true}
}

func date(name string, p Private[Date]) graphql.Value {
	d := p.Reveal()
	return graphql.Value{Name: name, Value: d.String(), Given: p.Given(), Private: true, Bad: p.Given() && !d.Real()}
}
