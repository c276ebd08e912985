package delivery

import (
	"intake/alleviate"
	"intake/internal/lead"
)

// leadInput is the dictionary from our words to Alleviate's. What was not answered is not sent. The
// two consents are always sent, also as false: they come from the consent record and are never a
// default.
func leadInput(l lead.Lead, siteURL string) alleviate.LeadInput {
	a := l.Applicant
	return alleviate.LeadInput{
		FirstName:            as(a.FirstName, same),
		LastName:             as(a.LastName, same),
		Email:                as(a.Email, same),
		HomePhone:            as(a.HomePhone, same),
		CellPhone:            as(a.CellPhone, same),
		WorkPhone:            as(a.WorkPhone, same),
		Address1:             as(a.Address1, same),
		Address2:             as(a.Address2, same),
		City:                 as(a.City, same),
		State:                as(a.State, same),
		ZipCode:              as(a.ZipCode, same),
		DateOfBirth:          as(a.DateOfBirth, func(d lead.Date) alleviate.Date { return alleviate.Date(d) }),
		SocialSecurityNumber: as(a.SocialSecurityNumber, same),
		ResidenceTypeID:      as(a.ResidenceTypeID, number[alleviate.ResidenceTypeID]),
		MonthsAtAddress:      as(a.MonthsAtAddress, number[int]),
		MonthlyRent:          as(a.MonthlyRent, number[int]),
		IncomeSourceID:       as(a.IncomeSourceID, number[alleviate.IncomeSourceID]),
		PayFrequencyID:       as(a.PayFrequencyID, number[alleviate.PayFrequencyID]),
		MonthlyIncome:        as(a.MonthlyIncome, number[int]),
		GrossAnnualIncome:    as(a.GrossAnnualIncome, number[int]),
		EmployerName:         as(a.EmployerName, same),
		MonthsAtEmployer:     as(a.MonthsAtEmployer, number[int]),
		EstimatedDebt:        as(a.EstimatedDebt, number[int]),
		LoanAmount:           as(a.LoanAmount, number[int]),
		LoanPurposeID:        as(a.LoanPurposeID, number[alleviate.LoanPurposeID]),
		CoApplicant:          as(a.CoApplicant, func(yes bool) bool { return yes }),

		TermsConsent:   alleviate.Of(l.Permission.Terms && l.Permission.CreditCheck),
		MarketingOptIn: alleviate.Of(l.Permission.Marketing),
		ClientIP:       as(l.Permission.ClientIP, same),
		SiteURL:        siteURL,
		PartnerLeadID:  alleviate.PartnerLeadID(l.ID),

		TrustedFormCertificateID: certificate(l.Permission.CertificateID),
	}
}

// certificate is not sent when there is none.
func certificate(id string) alleviate.Private[string] {
	if id == "" {
		return alleviate.Private[string]{}
	}
	return alleviate.Of(id)
}

// as carries a private value over without showing it.
func as[T, U comparable](p lead.Private[T], convert func(T) U) alleviate.Private[U] {
	if !p.Given() {
		return alleviate.Private[U]{}
	}
	return alleviate.Of(convert(p.Reveal()))
}

func same(s string) string { return s }

func number[N ~int](n int) N { return N(n) }
