package alleviate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
)

// field is one value on its way to Alleviate. This file is the only place where personal answers
// become JSON; encoding a LeadInput itself shows nothing.
type field struct {
	name    string
	value   any // string, int64 or bool
	given   bool
	private bool
	bad     bool // cannot be said in the schema's types
}

func open[T ~string](name string, s T) field {
	return field{name: name, value: string(s), given: s != "", bad: !utf8.ValidString(string(s))}
}

func text(name string, p Private[string]) field {
	f := open(name, p.Reveal())
	f.private = true
	return f
}

// number takes GraphQL's Int, which has 32 bits.
func number[T ~int](name string, p Private[T]) field {
	n := int64(p.Reveal())
	return field{name, n, p.Given(), true, n > math.MaxInt32 || n < math.MinInt32}
}

func flag(name string, p Private[bool]) field {
	return field{name, p.Reveal(), p.Given(), true, false}
}

func date(name string, p Private[Date]) field {
	d := p.Reveal()
	return field{name, d.String(), p.Given(), true, p.Given() && !d.Real()}
}

// fields spells the names as /reference/lead-input-schema and the examples do; mind the capitals.
func (in LeadInput) fields() []field {
	return []field{
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

func (in SubmitLeadInput) fields() []field {
	return []field{
		open("leadId", in.LeadID),
		text("trustedformCertificateID", in.TrustedFormCertificateID),
		text("mobilePhone", in.MobilePhone),
	}
}

// variables are the variables of one operation: the fields of $input, flat ones, or ready JSON.
type variables struct {
	in   []field
	flat []field
	raw  json.RawMessage
}

func (v variables) all() []field {
	if v.in != nil {
		return v.in
	}
	return v.flat
}

// unsayable names the fields that cannot be sent as they are.
func (v variables) unsayable() []string {
	var names []string
	for _, f := range v.all() {
		if f.bad {
			names = append(names, f.name)
		}
	}
	return names
}

// encode is the JSON of the variables, for the wire or, masked, for people.
func (v variables) encode(masked bool) json.RawMessage {
	if v.raw != nil && masked {
		return encodeValue(maskJSON(v.decoded(), new([]string)))
	}
	if v.raw != nil {
		return v.raw
	}
	out := encodeFields(v.all(), masked)
	if v.in == nil {
		return out
	}
	return append(append([]byte(`{"input":`), out...), '}')
}

// private lists the text of every personal value, for finding it again in an answer.
func (v variables) private() []string {
	var values []string
	if v.raw != nil {
		maskJSON(v.decoded(), &values)
	}
	for _, f := range v.all() {
		if f.private && f.given {
			values = append(values, fmt.Sprint(f.value))
		}
	}
	return values
}

func (v variables) decoded() any {
	decoder := json.NewDecoder(bytes.NewReader(v.raw))
	decoder.UseNumber()
	var out any
	_ = decoder.Decode(&out) // raw comes from an encoder
	return out
}

func encodeFields(fields []field, masked bool) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, f := range fields {
		if !f.given {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		value := f.value
		if masked && f.private {
			value = redacted
		}
		fmt.Fprintf(&b, "%q:%s", f.name, encodeValue(value))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// encodeValue cannot fail: the values are strings, integers, booleans and maps of them.
func encodeValue(v any) []byte {
	out, _ := json.Marshal(v)
	return out
}
