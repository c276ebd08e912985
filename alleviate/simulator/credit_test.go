package simulator

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// askCredit puts one query to Debt Core's credit service.
func askCredit(t *testing.T, s *Server, bearer, query, fault string) reply {
	t.Helper()
	return send(t, http.MethodPost, s.CreditURL(), `{"query":`+string(jsonString([]byte(query)))+`}`, map[string]string{
		"Authorization": "Bearer " + bearer, "Content-Type": "application/json", faultHeader: fault})
}

func TestCredit_AnswersInTheEnvelope(t *testing.T) {
	s := start(t)
	bearer := token(t, s)
	for name, row := range map[string]struct{ query, want string }{
		"a known report": {
			`{ creditReport(input: {creditReportId: "019c3042-0000-7000-8000-000000000002"}) { data { id source reportStatus fileStatus createdAt debts { id } } errors { message } } }`,
			`{"data":{"creditReport":{"data":{"id":"019c3042-0000-7000-8000-000000000002","source":"ARRAY_EQUIFAX","reportStatus":"PENDING","fileStatus":"IN_PROGRESS","createdAt":"2026-02-04T15:31:00.000Z","debts":null},"errors":null}}}`,
		},
		"its debts": {
			`{ creditReport(input: {creditReportId: "019c3042-0000-7000-8000-000000000001"}) { data { debts { creditorName currentBalance hasLastPayment } } } }`,
			`{"data":{"creditReport":{"data":{"debts":[{"creditorName":"INVENTED BANK ONE","currentBalance":8250.5,"hasLastPayment":true},{"creditorName":"INVENTED BANK TWO","currentBalance":0,"hasLastPayment":true}]}}}}`,
		},
		"an unknown report": {
			`{ creditReport(input: {creditReportId: "x"}) { data { id } errors { message } } }`,
			`{"data":{"creditReport":{"data":null,"errors":[{"message":"NOT_FOUND"}]}}}`,
		},
		"reports of one contact": {
			`{ creditReports(where: {reqOrgContactId: "contact-2"}) { data { totalCount edges { node { reqOrgContactId } } } } }`,
			`{"data":{"creditReports":{"data":{"totalCount":1,"edges":[{"node":{"reqOrgContactId":"contact-2"}}]}}}}`,
		},
		"the first page": {
			`{ creditReports(first: 1) { data { totalCount pageInfo { hasNextPage endCursor } edges { cursor } } } }`,
			`{"data":{"creditReports":{"data":{"totalCount":2,"pageInfo":{"hasNextPage":true,"endCursor":"019c3042-0000-7000-8000-000000000001"},"edges":[{"cursor":"019c3042-0000-7000-8000-000000000001"}]}}}}`,
		},
		"the page after it": {
			`{ creditReports(skip: 1, first: 9) { data { pageInfo { hasNextPage } edges { cursor } } } }`,
			`{"data":{"creditReports":{"data":{"pageInfo":{"hasNextPage":false},"edges":[{"cursor":"019c3042-0000-7000-8000-000000000002"}]}}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(row.want, askCredit(t, s, bearer, row.query, "").body); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestCredit_RefusesWhatTheSchemaHasNot(t *testing.T) {
	s := start(t)
	bearer := token(t, s)
	many := `"` + strings.Repeat(`x","`, 20) + `x"`
	for query, says := range map[string]string{
		`{ creditReports { data { pageInfo { hasPreviousPage } } } }`:                                     "hasPreviousPage",
		`{ creditReports(order: [{field: leadId, direction: ASC}]) { data { totalCount } } }`:             "leadId",
		`{ creditReport(input: {}) { data { id } } }`:                                                     "creditReportId",
		`{ creditReports(where: {creditReportIds: [` + many + `]}) { errors { message } } }`:              "at most 20 ids",
		`{ creditReports(search: "x") { data { totalCount } errors { message } } }`:                       "VALIDATION_ERROR",
		`{ getLeadStatus(id: "x") { id } }`:                                                               "getLeadStatus",
		`mutation { createLead(input: {firstName: "A"}) { id } }`:                                         "mutation",
		`{ creditReports(where: {creditReportIds: ["019c3042"]}) { data { totalCount edges { cursor }}}}`: `"totalCount":0`,
	} {
		if r := askCredit(t, s, bearer, query, ""); !strings.Contains(r.body, says) {
			t.Errorf("%s: %s, want %q", query, r.body, says)
		}
	}
	if r := askCredit(t, s, "nobody", `{ creditReports { data { totalCount } } }`, ""); r.status != http.StatusUnauthorized {
		t.Errorf("an unknown bearer: %d", r.status)
	}
}

func TestCredit_GoesWrongOnDemand(t *testing.T) {
	s := start(t)
	if r := askCredit(t, s, token(t, s), `{ creditReports { data { totalCount } } }`, "503; retry-after=3"); r.status != 503 || r.header.Get("Retry-After") != "3" {
		t.Errorf("got %d", r.status)
	}
	e := s.Ledger().Calls(opReports)
	if len(e) != 1 || e[0].Done {
		t.Errorf("ledger: %+v", e)
	}
}
