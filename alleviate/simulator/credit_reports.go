package simulator

import graphql "github.com/graph-gophers/graphql-go"

// creditReports are the two reports that the twin holds: a completed one with debts, and one still pending.
// The people are invented; ids have the documented forms, UUIDv7 for reports and UUIDv4 for debts.
func creditReports() []*creditNode {
	return []*creditNode{
		{
			ID: "019c3042-0000-7000-8000-000000000001", ReqOrgContactID: ptr("contact-1"), ApplicantResidenceState: ptr("OH"),
			Source: ptr("CRS_TRANSUNION"), ReportStatus: ptr("COMPLETED"), FileStatus: ptr("COMPLETED"),
			ApplicantFirstName: ptr("Ada"), ApplicantLastName: ptr("Lovelace"), ApplicantDob: ptr("1985-06-15"),
			CreatedAt: ptr(date("2026-02-04T15:30:00.000Z")), ReportRequestedAt: ptr(date("2026-02-04T15:29:58.000Z")),
			PublicRecords: &[]*publicRecord{},
			Scores: &[]*creditScore{{
				ModelName: ptr("VantageScore4"), SourceType: ptr("TU"), ScoreValue: ptr("680"),
				ScoreFactors: &[]*scoreFactor{{ptr("10"), ptr("Invented factor")}},
			}},
			Debts: &[]*creditDebt{
				creditCard("7c0a51de-0000-4000-8000-000000000001", "INVENTED BANK ONE", 8250.5, 210),
				creditCard("7c0a51de-0000-4000-8000-000000000002", "INVENTED BANK TWO", 0, 0),
			},
		},
		{
			ID: "019c3042-0000-7000-8000-000000000002", ReqOrgContactID: ptr("contact-2"), Source: ptr("ARRAY_EQUIFAX"),
			ReportStatus: ptr("PENDING"), FileStatus: ptr("IN_PROGRESS"), CreatedAt: ptr(date("2026-02-04T15:31:00.000Z")),
		},
	}
}

func creditCard(id, creditor string, balance, payment float64) *creditDebt {
	return &creditDebt{
		ID:         graphql.ID(id),
		CreditorID: ptr("24501883"), ApplicantState: ptr("OH"), EcoaCode: ptr("I"), CreditorName: &creditor,
		AccountType: ptr("CHARGE_ACCOUNT"), PortfolioType: ptr("REVOLVING"), CurrentBalance: &balance, MonthlyPayment: &payment,
		OpenDate: ptr("2020-05-05T00:00:00.000+00:00"), LastPaymentDate: ptr("2024-11-16"), HasLastPayment: ptr(true), IsCollection: ptr(false),
		NarrativeCodes: &[]*string{}, Remarks: &[]*string{},
	}

}

func ptr[T any](v T) *T { return &v }
