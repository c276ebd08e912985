package lead

import "fmt"

// Applicant is the answers of a person, validated and normalized. Field names, units and formats are
// those of Alleviate's LeadInput: phones are ten digits, the ZIP code five, the SSN nine, money
// is whole dollars, times are months.
type Applicant struct {
	FirstName            Private[string]
	LastName             Private[string]
	DateOfBirth          Private[Date]
	Email                Private[string]
	HomePhone            Private[string]
	CellPhone            Private[string]
	WorkPhone            Private[string]
	Address1             Private[string]
	Address2             Private[string]
	City                 Private[string]
	State                Private[string]
	ZipCode              Private[string]
	ResidenceTypeID      Private[int]
	MonthsAtAddress      Private[int]
	MonthlyRent          Private[int]
	IncomeSourceID       Private[int]
	PayFrequencyID       Private[int]
	MonthlyIncome        Private[int]
	GrossAnnualIncome    Private[int]
	EmployerName         Private[string]
	MonthsAtEmployer     Private[int]
	EstimatedDebt        Private[int]
	LoanAmount           Private[int]
	LoanPurposeID        Private[int]
	CoApplicant          Private[bool]
	SocialSecurityNumber Private[string]
}

// Answer is one field of an Applicant in its text form.
type Answer struct {
	Name string // of the field in LeadInput, such as "homePhone"
	Field
}

// Set reads what Text wrote. Its error never quotes the text.
func (a Answer) Set(text string) error {
	if a.Field.Set(text) != nil {
		return fmt.Errorf("%s is not of its form", a.Name) // the cause would quote the value
	}
	return nil
}

// Answers lists every field of a, in the order of the struct. Storage, sealing and comparison use this list
// and no other.
func (a *Applicant) Answers() []Answer {
	return []Answer{
		{"firstName", Text(&a.FirstName)},
		{"lastName", Text(&a.LastName)},
		{"dateOfBirth", (*date)(&a.DateOfBirth)},
		{"email", Text(&a.Email)},
		{"homePhone", Text(&a.HomePhone)},
		{"cellPhone", Text(&a.CellPhone)},
		{"workPhone", Text(&a.WorkPhone)},
		{"address1", Text(&a.Address1)},
		{"address2", Text(&a.Address2)},
		{"city", Text(&a.City)},
		{"state", Text(&a.State)},
		{"zipCode", Text(&a.ZipCode)},
		{"residenceTypeId", (*number)(&a.ResidenceTypeID)},
		{"monthsAtAddress", (*number)(&a.MonthsAtAddress)},
		{"monthlyRent", (*number)(&a.MonthlyRent)},
		{"incomeSourceId", (*number)(&a.IncomeSourceID)},
		{"payFrequencyId", (*number)(&a.PayFrequencyID)},
		{"monthlyIncome", (*number)(&a.MonthlyIncome)},
		{"grossAnnualIncome", (*number)(&a.GrossAnnualIncome)},
		{"employerName", Text(&a.EmployerName)},
		{"monthsAtEmployer", (*number)(&a.MonthsAtEmployer)},
		{"estimatedDebt", (*number)(&a.EstimatedDebt)},
		{"loanAmount", (*number)(&a.LoanAmount)},
		{"loanPurposeId", (*number)(&a.LoanPurposeID)},
		{"coApplicant", (*yesNo)(&a.CoApplicant)},
		{"socialSecurityNumber", Text(&a.SocialSecurityNumber)},
	}
}
