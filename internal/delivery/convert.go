package delivery

import (
	"intake/alleviate"
	"intake/internal/lead"
)

// leadInput maps a lead to Alleviate's fields. Questions that were not answered are left out. The two
// consents are always sent, also as false: they come from the consent record and have no default.
func leadInput(l lead.Lead, siteURL, affiliateAppID string) alleviate.LeadInput {
	a := l.Applicant
	return alleviate.LeadInput{
		FirstName:            convert(a.FirstName, asIs),
		LastName:             convert(a.LastName, asIs),
		Email:                convert(a.Email, asIs),
		HomePhone:            convert(a.HomePhone, asIs),
		CellPhone:            convert(a.CellPhone, asIs),
		WorkPhone:            convert(a.WorkPhone, asIs),
		Address1:             convert(a.Address1, asIs),
		Address2:             convert(a.Address2, asIs),
		City:                 convert(a.City, asIs),
		State:                convert(a.State, asIs),
		ZipCode:              convert(a.ZipCode, asIs),
		DateOfBirth:          convert(a.DateOfBirth, func(d lead.Date) alleviate.Date { return alleviate.Date(d) }),
		SocialSecurityNumber: convert(a.SocialSecurityNumber, asIs),
		ResidenceTypeID:      convert(a.ResidenceTypeID, toInt[alleviate.ResidenceTypeID]),
		MonthsAtAddress:      convert(a.MonthsAtAddress, toInt[int]),
		MonthlyRent:          convert(a.MonthlyRent, toInt[int]),
		IncomeSourceID:       convert(a.IncomeSourceID, toInt[alleviate.IncomeSourceID]),
		PayFrequencyID:       convert(a.PayFrequencyID, toInt[alleviate.PayFrequencyID]),
		MonthlyIncome:        convert(a.MonthlyIncome, toInt[int]),
		GrossAnnualIncome:    convert(a.GrossAnnualIncome, toInt[int]),
		EmployerName:         convert(a.EmployerName, asIs),
		MonthsAtEmployer:     convert(a.MonthsAtEmployer, toInt[int]),
		EstimatedDebt:        convert(a.EstimatedDebt, toInt[int]),
		LoanAmount:           convert(a.LoanAmount, toInt[int]),
		LoanPurposeID:        convert(a.LoanPurposeID, toInt[alleviate.LoanPurposeID]),
		CoApplicant:          convert(a.CoApplicant, func(yes bool) bool { return yes }),

		TermsConsent:   alleviate.Of(l.Permission.Terms && l.Permission.CreditCheck),
		MarketingOptIn: alleviate.Of(l.Permission.Marketing),
		ClientIP:       convert(l.Permission.ClientIP, asIs),
		SiteURL:        siteURL,
		AffiliateAppID: affiliateAppID,
		PartnerLeadID:  alleviate.PartnerLeadID(l.ID),

		TrustedFormCertificateID: certificate(l.Permission.CertificateID),
	}
}

// submitInput takes the certificate along when the person has agreed after createLead, and the mobile number when a link was sent to
// it with which they agreed.
func submitInput(l lead.Lead) alleviate.SubmitLeadInput {
	input := alleviate.SubmitLeadInput{LeadID: alleviate.LeadID(l.AlleviateID), MobilePhone: convert(l.Permission.MobilePhone, asIs)}
	if l.Permission.Written == lead.Submit {
		input.TrustedFormCertificateID = certificate(l.Permission.CertificateID)
	}
	return input
}

// certificate leaves the field out when there is no certificate.
func certificate(id string) alleviate.Private[string] {
	if id == "" {
		return alleviate.Private[string]{}
	}
	return alleviate.Of(id)
}

// convert copies a private value without revealing it.
func convert[T, U comparable](p lead.Private[T], convert func(T) U) alleviate.Private[U] {
	if !p.Given() {
		return alleviate.Private[U]{}
	}
	return alleviate.Of(convert(p.Reveal()))
}

func asIs(s string) string { return s }

func toInt[N ~int](n int) N { return N(n) }
