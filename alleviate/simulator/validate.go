package simulator

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// leadInput mirrors LeadInput; graph-gophers matches fields by name.
type leadInput struct {
	FirstName, LastName, Email, HomePhone, Address1, City, State, ZipCode string

	CellPhone, WorkPhone, DateOfBirth, SocialSecurityNumber, Address2, EmployerName *string

	ResidenceTypeId, MonthsAtAddress, MonthlyRent, IncomeSourceId, PayFrequencyId, MonthlyIncome *int32
	GrossAnnualIncome, MonthsAtEmployer, LoanAmount, LoanPurposeId, EstimatedDebt                *int32

	TermsConsent, MarketingOptIn, CoApplicant                           *bool
	SiteURL, ClientIP, AffiliateAppID, LeadId, TrustedformCertificateID *string
}

// refusal is an error of a resolver. It names a field, never its value.
type refusal struct {
	message, code, field string
}

func (r *refusal) Error() string { return r.message }

// Extensions puts the code where GraphQL servers put it. The codes are assumed.
func (r *refusal) Extensions() map[string]any {
	e := map[string]any{"code": r.code}
	if r.field != "" {
		e["field"] = r.field
	}
	return e
}

var (
	twoLetters   = regexp.MustCompile(`^[A-Za-z]{2}$`)
	fiveDigits   = regexp.MustCompile(`^[0-9]{5}$`)
	nineDigits   = regexp.MustCompile(`^[0-9]{9}$`)
	tenDigits    = regexp.MustCompile(`^[0-9]{10}$`)
	dottedDomain = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
)

// check applies the documented field rules, and no stricter ones, in the order of the schema page. It returns
// the first that is broken; whether Alleviate reports several at once is not published.
//
// Documented messages: "firstName is required", "Invalid email format", "Invalid date format". The other
// sentences are assumed, and so is that blanks do not fill a required field and that an optional field is
// left out rather than sent empty.
func (in *leadInput) check(code string) error {
	for _, rule := range in.rules() {
		if !rule.ok {
			return &refusal{message: rule.message, code: code, field: rule.field}
		}
	}
	return nil
}

type rule struct {
	field   string
	ok      bool
	message string
}

func (in *leadInput) rules() []rule {
	rules := []rule{
		required("firstName", in.FirstName),
		short("firstName", in.FirstName),
		required("lastName", in.LastName),
		short("lastName", in.LastName),
		required("email", in.Email),
		{"email", validEmail(in.Email), "Invalid email format"},
		required("homePhone", in.HomePhone),
		{"homePhone", tenDigits.MatchString(in.HomePhone), "homePhone must be 10 digits"},
		required("address1", in.Address1),
		required("city", in.City),
		required("state", in.State),
		{"state", twoLetters.MatchString(in.State), "state must be 2 letters"},
		required("zipCode", in.ZipCode),
		{"zipCode", fiveDigits.MatchString(in.ZipCode), "zipCode must be 5 digits"},
		pattern("cellPhone", in.CellPhone, tenDigits, "cellPhone must be 10 digits"),
		pattern("workPhone", in.WorkPhone, tenDigits, "workPhone must be 10 digits"),
		{"dateOfBirth", in.DateOfBirth == nil || realDate(*in.DateOfBirth), "Invalid date format"},
		pattern("socialSecurityNumber", in.SocialSecurityNumber, nineDigits, "socialSecurityNumber must be 9 digits"),
	}
	for _, o := range []struct {
		field string
		value *string
	}{
		{"address2", in.Address2}, {"employerName", in.EmployerName}, {"siteURL", in.SiteURL}, {"clientIP", in.ClientIP},
		{"affiliateAppID", in.AffiliateAppID}, {"leadId", in.LeadId}, {"trustedformCertificateID", in.TrustedformCertificateID},
	} {
		rules = append(rules, rule{o.field, o.value == nil || *o.value != "", o.field + " must not be empty"})
	}
	return rules
}

func required(field, value string) rule {
	return rule{field, strings.TrimSpace(value) != "", field + " is required"}
}

func short(field, value string) rule {
	return rule{field, utf8.RuneCountInString(value) <= 50, field + " must be 1 to 50 characters"}
}

func pattern(field string, value *string, p *regexp.Regexp, message string) rule {
	return rule{field, value == nil || p.MatchString(*value), message}
}

func realDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// validEmail takes a bare address with a dotted domain; a display name or a comment is not one.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" {
		return false
	}
	return dottedDomain.MatchString(s[strings.LastIndex(s, "@")+1:])
}
