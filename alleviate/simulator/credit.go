package simulator

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	graphql "github.com/graph-gophers/graphql-go"
)

//go:embed credit.graphql
var creditText string

// CreditURL returns the address of Debt Core's credit service, at the path that its pages name. The twin plays
// two queries of it over the two invented reports of creditReports; everything the reports say is assumed.
func (s *Server) CreditURL() string { return "http://" + s.Addr() + creditPath }

const creditPath = "/credit-service/graphql"

// maxReportIDs is documented: /credit-reporting/api/queries/credit-reports.
const maxReportIDs = 20

// date is the Date scalar, written as ISO 8601.
type date string

// ImplementsGraphQLType names the scalar.
func (date) ImplementsGraphQLType(name string) bool { return name == "Date" }

// UnmarshalGraphQL refuses: no input of the two queries is a date.
func (*date) UnmarshalGraphQL(any) error { return fmt.Errorf("no date is expected") }

type creditNode struct {
	ID                                                  graphql.ID
	ReqOrgID, ReqOrgContactID, LeadID                   *string
	ApplicantResidenceState, CreditReportUserID         *string
	PublicRecords                                       *[]*publicRecord
	Debts                                               *[]*creditDebt
	Source, ReportStatus, FileStatus                    *string
	ApplicantFirstName, ApplicantLastName, ApplicantDob *string
	CreatedAt, ReportRequestedAt                        *date
	Scores                                              *[]*creditScore
}

type publicRecord struct {
	BankruptcyCode                                 string
	BankruptcyDateFiled, BankruptcyDispositionType *string
}

type creditScore struct {
	ModelName, SourceType, ScoreValue *string
	ScoreFactors                      *[]*scoreFactor
}

type scoreFactor struct{ ScoreFactorCode, ScoreFactorText *string }

type creditDebt struct {
	ID                                                     graphql.ID
	CreditorID, AccountNumber, ApplicantState, EcoaCode    *string
	CreditorName, CreditorType, AccountType, PortfolioType *string
	DebtType, OpenDate, LastPaymentDate                    *string
	CurrentBalance, OriginalBalance, MonthlyPayment        *float64
	HasLastPayment, IsCollection                           *bool
	NarrativeCodes, Remarks                                *[]*string
}

type creditError struct{ Message *string }

type creditReportResponse struct {
	Data   *creditNode
	Errors *[]*creditError
}

type creditReportsResponse struct {
	Data   *creditConnection
	Errors *[]*creditError
}

type creditConnection struct {
	TotalCount *int32
	PageInfo   *creditPageInfo
	Edges      *[]*creditEdge
}

type creditPageInfo struct {
	HasNextPage            bool
	StartCursor, EndCursor *string
}

type creditEdge struct {
	Cursor *string
	Node   *creditNode
}

// credit resolves the two queries over fixed reports.
type credit struct{ reports []*creditNode }

func parseCredit() (*graphql.Schema, error) {
	return graphql.ParseSchema(creditText, &credit{creditReports()},
		graphql.UseFieldResolvers(), graphql.MaxDepth(12), graphql.MaxQueryLength(32<<10),
		graphql.RestrictIntrospection(func(context.Context) bool { return false }),
	)
}

// CreditReport answers an unknown id inside the envelope; the code is in the documented table, its place assumed.
func (c *credit) CreditReport(ctx context.Context, args struct {
	Input struct{ CreditReportID string }
}) *creditReportResponse {
	for _, r := range c.reports {
		if string(r.ID) == args.Input.CreditReportID {
			lookedUp(ctx)
			return &creditReportResponse{Data: r}
		}
	}
	return &creditReportResponse{Errors: creditErrors("NOT_FOUND")}
}

type creditReportsArgs struct {
	Where *struct {
		ReqOrgContactID, Source *string
		CreditReportIds         *[]string
	}
	Order                 *[]struct{ Field, Direction string }
	Skip, First, Last     *int32
	Search, After, Before *string
}

// CreditReports filters by where and pages by skip and first. Another way of paging, search and order are
// refused inside the envelope rather than played wrongly.
func (c *credit) CreditReports(ctx context.Context, args creditReportsArgs) *creditReportsResponse {
	if args.Order != nil || args.Last != nil || args.Search != nil || args.After != nil || args.Before != nil {
		return &creditReportsResponse{Errors: creditErrors("VALIDATION_ERROR: the simulator pages by skip and first only")}
	}
	w := args.Where
	if w != nil && w.CreditReportIds != nil && len(*w.CreditReportIds) > maxReportIDs {
		return &creditReportsResponse{Errors: creditErrors("VALIDATION_ERROR: at most 20 ids")}
	}
	found := slices.DeleteFunc(slices.Clone(c.reports), func(r *creditNode) bool {
		return w != nil && (w.ReqOrgContactID != nil && *w.ReqOrgContactID != optional(r.ReqOrgContactID) ||
			w.Source != nil && *w.Source != optional(r.Source) ||
			w.CreditReportIds != nil && !slices.Contains(*w.CreditReportIds, string(r.ID)))
	})
	lookedUp(ctx)
	return &creditReportsResponse{Data: pageOf(found, args.Skip, args.First)}
}

func pageOf(found []*creditNode, skip, first *int32) *creditConnection {
	total := int32(len(found))
	from, to := int32(0), total
	if skip != nil {
		from = min(max(*skip, 0), total)
	}
	if first != nil {
		to = min(from+max(*first, 0), total)
	}
	edges := []*creditEdge{}
	info := &creditPageInfo{HasNextPage: to < total}
	for _, r := range found[from:to] {
		cursor := string(r.ID)
		edges = append(edges, &creditEdge{Cursor: &cursor, Node: r})
		info.StartCursor, info.EndCursor = edges[0].Cursor, &cursor
	}
	return &creditConnection{TotalCount: &total, PageInfo: info, Edges: &edges}
}

func lookedUp(ctx context.Context) {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		c.done()
		c.assumes("credit reports")
	}
}

func creditErrors(message string) *[]*creditError { return &[]*creditError{{&message}} }
