package debtcore

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"time"

	"intake/alleviate"
)

// The ids of Debt Core. Each is opaque and compared as it was given.
type (
	// ReportID is a report's id, a UUIDv7 in the docs' sample of a pull.
	ReportID string
	// ContactID is the caller's own id for a person.
	ContactID string
	// CRMLeadID is the id in Alleviate's CRM.
	CRMLeadID string
	// DebtID is the id of one account of a report.
	DebtID string
)

// Source is where a report was pulled, such as CRS_TRANSUNION. The set is open.
type Source string

// Status is how far a report or its file is. The set is open.
type Status string

// The documented states; those of a file are the second and the third.
const (
	Pending    Status = "PENDING"
	InProgress Status = "IN_PROGRESS"
	Completed  Status = "COMPLETED"
	Failed     Status = "FAILED"
)

// Report is a credit report (schema; /credit-reporting/api/queries/credit-report). What it says of
// a person is wrapped, so that printing one shows ids and states only. The social security number
// is not asked for.
type Report struct {
	ID           ReportID  `json:"id"`
	ContactID    ContactID `json:"reqOrgContactId"`
	LeadID       CRMLeadID `json:"leadId"` // may be empty
	Source       Source    `json:"source"`
	ReportStatus Status    `json:"reportStatus"`
	FileStatus   Status    `json:"fileStatus"`
	// CreatedAt and RequestedAt are zero when absent or of an unknown form.
	CreatedAt   Time `json:"createdAt"`
	RequestedAt Time `json:"reportRequestedAt"`

	FirstName      alleviate.Private[string] `json:"applicantFirstName"`
	LastName       alleviate.Private[string] `json:"applicantLastName"`
	DateOfBirth    alleviate.Private[string] `json:"applicantDob"`
	ResidenceState alleviate.Private[string] `json:"applicantResidenceState"`
	PublicRecords  []PublicRecord            `json:"publicRecords"`
	Scores         []Score                   `json:"scores"`
	Debts          []Debt                    `json:"debts"`
}

// PublicRecord is a bankruptcy.
type PublicRecord struct {
	Code        alleviate.Private[string] `json:"bankruptcyCode"`
	DateFiled   alleviate.Private[string] `json:"bankruptcyDateFiled"`
	Disposition alleviate.Private[string] `json:"bankruptcyDispositionType"`
}

// Score is a score with its reasons. The names are the schema's; a sample of the docs has others.
type Score struct {
	Model   string                    `json:"modelName"`
	Source  string                    `json:"sourceType"`
	Value   alleviate.Private[string] `json:"scoreValue"`
	Factors []ScoreFactor             `json:"scoreFactors"`
}

// ScoreFactor is one reason of a score.
type ScoreFactor struct {
	Code alleviate.Private[string] `json:"scoreFactorCode"`
	Text alleviate.Private[string] `json:"scoreFactorText"`
}

// Debt is one account of a report. Amounts are dollars. Dates are kept as text, since one object of
// the docs' sample has two forms.
type Debt struct {
	ID              DebtID                      `json:"id"`
	CreditorID      alleviate.Private[string]   `json:"creditorId"`
	Creditor        alleviate.Private[string]   `json:"creditorName"`
	CreditorType    alleviate.Private[string]   `json:"creditorType"`
	AccountNumber   alleviate.Private[string]   `json:"accountNumber"`
	AccountType     alleviate.Private[string]   `json:"accountType"`
	PortfolioType   alleviate.Private[string]   `json:"portfolioType"`
	DebtType        alleviate.Private[string]   `json:"debtType"`
	ECOACode        alleviate.Private[string]   `json:"ecoaCode"`
	CurrentBalance  alleviate.Private[float64]  `json:"currentBalance"`
	OriginalBalance alleviate.Private[float64]  `json:"originalBalance"`
	MonthlyPayment  alleviate.Private[float64]  `json:"monthlyPayment"`
	OpenDate        alleviate.Private[string]   `json:"openDate"`
	LastPaymentDate alleviate.Private[string]   `json:"lastPaymentDate"`
	HasLastPayment  alleviate.Private[bool]     `json:"hasLastPayment"`
	IsCollection    alleviate.Private[bool]     `json:"isCollection"`
	NarrativeCodes  []alleviate.Private[string] `json:"narrativeCodes"`
	Remarks         []alleviate.Private[string] `json:"remarks"`
}

// Time is the Date scalar: ISO 8601 text in the docs' samples, a number in a partner's client. A
// number is taken for milliseconds since 1970 (assumed).
type Time struct{ time.Time }

// UnmarshalJSON leaves the zero time for null and for every form that it does not know.
func (t *Time) UnmarshalJSON(b []byte) error {
	*t = Time{}
	var ms float64
	if string(b) != "null" && json.Unmarshal(b, &ms) == nil {
		t.Time = time.UnixMilli(int64(ms)).UTC()
		return nil
	}
	var text string
	_ = json.Unmarshal(b, &text) // no text, no time
	if parsed, err := time.Parse(time.RFC3339, text); err == nil {
		t.Time = parsed
	}
	return nil
}

// Filter chooses reports. Empty fields do not filter.
type Filter struct {
	ContactID ContactID
	Source    Source
	// IDs are reports, at most 20 (documented, /credit-reporting/api/queries/credit-reports).
	IDs []ReportID
	// First is how many to return, Skip how many to leave out, After the cursor to go on from.
	First, Skip int
	After       string
}

// Page is a part of a list of reports, each without what it says of the person.
type Page struct {
	Reports []Report
	// Total counts all reports that pass the filter.
	Total int
	// More says that there is a next page, and EndCursor where it begins.
	More      bool
	EndCursor string
}

var (
	//go:embed operations/credit_report.graphql
	creditReportDocument string
	//go:embed operations/credit_reports.graphql
	creditReportsDocument string

	errTooManyIDs = errors.New("debtcore: at most 20 report ids")
)

// CreditReport returns one report. The error is ErrNotFound when there is none with this id.
func (c *Client) CreditReport(ctx context.Context, id ReportID) (Report, error) {
	return read[Report](ctx, c, "creditReport", creditReportDocument,
		map[string]any{"input": map[string]ReportID{"creditReportId": id}})
}

// CreditReports lists reports, to be read in full by CreditReport.
func (c *Client) CreditReports(ctx context.Context, f Filter) (Page, error) {
	if len(f.IDs) > 20 {
		return Page{}, errTooManyIDs
	}
	list, err := read[connection](ctx, c, "creditReports", creditReportsDocument, f.variables())
	if err != nil {
		return Page{}, err
	}
	page := Page{Total: list.Total, More: list.PageInfo.More, EndCursor: list.PageInfo.EndCursor}
	for _, e := range list.Edges {
		page.Reports = append(page.Reports, e.Node)
	}
	return page, nil
}

type connection struct {
	Total    int `json:"totalCount"`
	PageInfo struct {
		More      bool   `json:"hasNextPage"`
		EndCursor string `json:"endCursor"`
	} `json:"pageInfo"`
	Edges []struct {
		Node Report `json:"node"`
	} `json:"edges"`
}

type where struct {
	ContactID ContactID  `json:"reqOrgContactId,omitempty"`
	Source    Source     `json:"source,omitempty"`
	IDs       []ReportID `json:"creditReportIds,omitempty"`
}

func (f Filter) variables() any {
	return struct {
		Where where  `json:"where"`
		First int    `json:"first,omitempty"`
		Skip  int    `json:"skip,omitempty"`
		After string `json:"after,omitempty"`
	}{where{f.ContactID, f.Source, f.IDs}, f.First, f.Skip, f.After}
}
