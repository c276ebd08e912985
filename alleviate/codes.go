package alleviate

import "strconv"

// ResultCode is the outcome of a lead. The set is open: the docs' own page of result codes is not
// public, so any number can come and is kept. Meanings are those of /api/queries/get-lead-status
// and /guides/testing.
type ResultCode int

// The published result codes.
const (
	// CodeUnreadable is the zero value: the answer had an id, but its code was missing or not a number.
	CodeUnreadable ResultCode = 0
	// CodeProcessing means that the workflow still runs.
	CodeProcessing ResultCode = 1000
	// CodeUnique means "unique, processing complete" on one page and "not an outcome" on another.
	CodeUnique ResultCode = 1001
	// CodeDuplicate means that Alleviate already has a lead with this e-mail or phone.
	CodeDuplicate ResultCode = 1003
	// CodeQualified1 is the first of five qualification tiers; what tells them apart is not published.
	CodeQualified1 ResultCode = 1013
	// CodeQualified2 is the second tier.
	CodeQualified2 ResultCode = 1014
	// CodeQualified3 is the third tier.
	CodeQualified3 ResultCode = 1015
	// CodeQualified4 is the fourth tier.
	CodeQualified4 ResultCode = 1016
	// CodeQualified5 is the fifth tier.
	CodeQualified5 ResultCode = 1017
	// Code1018 is seen in an example of /api/mutations/create-lead, without a bid; its meaning is not published.
	Code1018 ResultCode = 1018
	// CodeDuplicateBought means a duplicate that is bought again after the purchase window.
	CodeDuplicateBought ResultCode = 1020
	// CodeProcessingError means that processing failed at Alleviate.
	CodeProcessingError ResultCode = 9999
)

// Qualified says whether the lead may go to SubmitLead: exactly the codes 1013 to 1017
// (documented, /api/mutations/submit-lead). Neither the note nor the bid decides this.
func (c ResultCode) Qualified() bool { return c >= CodeQualified1 && c <= CodeQualified5 }

// Final says whether looking again is pointless. 1000, 1001, 9999 and an unreadable code are not
// final; every other code, also an unknown one, is taken to be (assumed, the docs do not say).
func (c ResultCode) Final() bool {
	switch c {
	case CodeUnreadable, CodeProcessing, CodeUnique, CodeProcessingError:
		return false
	}
	return true
}

// Known says whether the public docs name the code.
func (c ResultCode) Known() bool { return c.Meaning() != "" }

// Meaning is what the public docs say of the code in a few words, "" for a code that they do not name.
func (c ResultCode) Meaning() string {
	switch c {
	case CodeProcessing:
		return "processing"
	case CodeUnique:
		return "unique, processing complete"
	case CodeDuplicate:
		return "duplicate lead"
	case CodeQualified1, CodeQualified2, CodeQualified3, CodeQualified4, CodeQualified5:
		return "qualified, tier " + strconv.Itoa(int(c-CodeQualified1)+1)
	case Code1018:
		return "not qualified, meaning not published"
	case CodeDuplicateBought:
		return "duplicate lead bought again"
	case CodeProcessingError:
		return "processing error"
	}
	return ""
}

// String is the number, or "unreadable".
func (c ResultCode) String() string {
	if c == CodeUnreadable {
		return "unreadable"
	}
	return strconv.Itoa(int(c))
}

// SubmitCode is submitLead's statusCode, a value inside the answer and no HTTP status. The
// documented list ends in an ellipsis (/api/mutations/submit-lead), and an example on the same
// page shows 1021, so any number can come.
type SubmitCode int

// The published status codes of submitLead.
const (
	// Submitted means that the lead is in the CRM.
	Submitted SubmitCode = 200
	// AlreadySubmitted means the same; an earlier call had submitted it.
	AlreadySubmitted SubmitCode = 208
	// CertificateMissing means that the partner's workflow asks for a TrustedForm certificate and none came.
	CertificateMissing SubmitCode = 400
	// CertificateRefused means that the TrustedForm verification failed for good.
	CertificateRefused SubmitCode = 422
)

// InCRM says whether the lead has reached the CRM, by this call or an earlier one.
func (c SubmitCode) InCRM() bool { return c == Submitted || c == AlreadySubmitted }

// Known says whether the docs' table has the code.
func (c SubmitCode) Known() bool {
	return c.InCRM() || c == CertificateMissing || c == CertificateRefused
}

// String is the number.
func (c SubmitCode) String() string { return strconv.Itoa(int(c)) }
