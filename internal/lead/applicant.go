package lead

import (
	"fmt"
	"strconv"
)

// Applicant is what a person told us, checked and normalised. Field names, units and formats are
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
	// Name is the field's name in LeadInput, such as "homePhone".
	Name string
	// Text is the normalised value; false means not answered.
	Text func() (string, bool)
	// Set reads what Text wrote. Its error never quotes the text.
	Set func(string) error
}

// Answers lists every field of a, in the order of the struct. It is the one list that storage,
// sealing and comparison go by.
func (a *Applicant) Answers() []Answer {
	return []Answer{
		answer("firstName", &a.FirstName, text),
		answer("lastName", &a.LastName, text),
		answer("dateOfBirth", &a.DateOfBirth, ParseDate),
		answer("email", &a.Email, text),
		answer("homePhone", &a.HomePhone, text),
		answer("cellPhone", &a.CellPhone, text),
		answer("workPhone", &a.WorkPhone, text),
		answer("address1", &a.Address1, text),
		answer("address2", &a.Address2, text),
		answer("city", &a.City, text),
		answer("state", &a.State, text),
		answer("zipCode", &a.ZipCode, text),
		answer("residenceTypeId", &a.ResidenceTypeID, strconv.Atoi),
		answer("monthsAtAddress", &a.MonthsAtAddress, strconv.Atoi),
		answer("monthlyRent", &a.MonthlyRent, strconv.Atoi),
		answer("incomeSourceId", &a.IncomeSourceID, strconv.Atoi),
		answer("payFrequencyId", &a.PayFrequencyID, strconv.Atoi),
		answer("monthlyIncome", &a.MonthlyIncome, strconv.Atoi),
		answer("grossAnnualIncome", &a.GrossAnnualIncome, strconv.Atoi),
		answer("employerName", &a.EmployerName, text),
		answer("monthsAtEmployer", &a.MonthsAtEmployer, strconv.Atoi),
		answer("estimatedDebt", &a.EstimatedDebt, strconv.Atoi),
		answer("loanAmount", &a.LoanAmount, strconv.Atoi),
		answer("loanPurposeId", &a.LoanPurposeID, strconv.Atoi),
		answer("coApplicant", &a.CoApplicant, strconv.ParseBool),
		answer("socialSecurityNumber", &a.SocialSecurityNumber, text),
	}
}

func answer[T comparable](name string, field *Private[T], parse func(string) (T, error)) Answer {
	return Answer{
		Name: name,
		Text: func() (string, bool) {
			if !field.Given() {
				return "", false
			}
			return written(field.Reveal()), true
		},
		Set: func(s string) error {
			v, err := parse(s)
			if err != nil {
				return fmt.Errorf("%s is not of its form", name) // err would quote the value
			}
			*field = Keep(v)
			return nil
		},
	}
}

// written is fmt.Sprint, which takes its time over the common kinds.
func written[T comparable](v T) string {
	switch v := any(v).(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return fmt.Sprint(v)
}

func text(s string) (string, error) { return s, nil }
