package alleviate

import "strconv"

// LeadID is Alleviate's own id of a lead: createLead's id, submitLead's leadId, getLeadStatus's
// id. It is opaque; the docs show UUIDs on /api/mutations/create-lead and lead_abc123def456 on
// /api/queries/get-lead-status. Sandbox archetypes repeat their ids.
type LeadID string

// PartnerLeadID is the caller's own id of a lead. It is sent as LeadInput.leadId and comes back
// as partnerLeadId (documented, /api/queries/get-lead-status). Whether Alleviate wants it unique
// or treats a repeat specially is not documented.
type PartnerLeadID string

// CRMRecordID is the id of a lead's record in Alleviate's CRM (documented, /api/mutations/submit-lead).
type CRMRecordID string

// The tables below are those of /reference/reference-ids. Whether the API refuses ids outside of
// them is not documented: a client passes any number on.

// ResidenceTypeID is LeadInput.residenceTypeId, the housing situation.
type ResidenceTypeID int

// The documented residence types.
const (
	ResidenceHomeOwner ResidenceTypeID = 1
	ResidenceRent      ResidenceTypeID = 2
	ResidenceFamily    ResidenceTypeID = 3
	ResidenceOther     ResidenceTypeID = 4
)

// String is the documented label, or the number of an id that is not in the table.
func (id ResidenceTypeID) String() string {
	return label(int(id), "Home Owner", "Rent", "Living with Family", "Other")
}

// IncomeSourceID is LeadInput.incomeSourceId, the source of income.
type IncomeSourceID int

// The documented sources of income.
const (
	IncomeEmployed       IncomeSourceID = 1
	IncomeSocialSecurity IncomeSourceID = 2
	IncomePension        IncomeSourceID = 3
	IncomeDisability     IncomeSourceID = 4
	IncomeSelfEmployed   IncomeSourceID = 5
	IncomeStudent        IncomeSourceID = 6
	IncomeUnemployed     IncomeSourceID = 7
)

// String is the documented label, or the number of an id that is not in the table.
func (id IncomeSourceID) String() string {
	return label(int(id), "Employed", "Social Security", "Pension", "Disability", "Self Employed",
		"Student", "Unemployed")
}

// PayFrequencyID is LeadInput.payFrequencyId, how often the applicant is paid.
type PayFrequencyID int

// The documented pay frequencies.
const (
	PayWeekly      PayFrequencyID = 1
	PayBiweekly    PayFrequencyID = 2
	PaySemimonthly PayFrequencyID = 3
	PayMonthly     PayFrequencyID = 4
	PayFourWeekly  PayFrequencyID = 5
	PayOther       PayFrequencyID = 6
)

// String is the documented label, or the number of an id that is not in the table.
func (id PayFrequencyID) String() string {
	return label(int(id), "Weekly", "Every two weeks", "Twice a month", "Monthly", "4 Weekly", "Other")
}

// LoanPurposeID is LeadInput.loanPurposeId. The public table is cut off: id 19 exists with a label
// that begins with "Use", and more may follow.
type LoanPurposeID int

// The documented loan purposes.
const (
	LoanDebtConsolidation   LoanPurposeID = 1
	LoanHomeImprovement     LoanPurposeID = 2
	LoanVacation            LoanPurposeID = 3
	LoanNewAuto             LoanPurposeID = 4
	LoanLargePurchase       LoanPurposeID = 5
	LoanCreditCards         LoanPurposeID = 6
	LoanStudentRefinancing  LoanPurposeID = 7
	LoanEducation           LoanPurposeID = 8
	LoanSpecialOccasion     LoanPurposeID = 9
	LoanCosmeticProcedures  LoanPurposeID = 10
	LoanMoving              LoanPurposeID = 11
	LoanHouseholdExpenses   LoanPurposeID = 12
	LoanMedical             LoanPurposeID = 13
	LoanTaxes               LoanPurposeID = 14
	LoanBusiness            LoanPurposeID = 15
	LoanOther               LoanPurposeID = 16
	LoanFuneral             LoanPurposeID = 17
	LoanAutoLoanRefinancing LoanPurposeID = 18
)

// String is the documented label, or the number of an id that is not in the table.
func (id LoanPurposeID) String() string {
	return label(int(id), "Debt Consolidation", "Home improvement / Pool / Solar", "Vacation / Travel",
		"New auto purchase", "Large Purchase", "Pay off credit cards", "Student Loan Refinancing",
		"Education", "Special Occasion", "Cosmetic Procedures", "Moving and Relocation",
		"Household Expenses", "Medical/Dental", "Taxes", "Business", "Other", "Funeral expenses",
		"Auto loan refinance")
}

// label is the name of an id in a table that counts from 1, or its number.
func label(id int, names ...string) string {
	if id < 1 || id > len(names) {
		return strconv.Itoa(id)
	}
	return names[id-1]
}
