package alleviate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate"
)

func TestResultCode_QualifiedFinalKnown(t *testing.T) {
	tests := []struct {
		code                    alleviate.ResultCode
		qualified, final, known bool
	}{
		{alleviate.CodeUnreadable, false, false, false},
		{1000, false, false, true},
		{1001, false, false, true},
		{1003, false, true, true},
		{1012, false, true, false},
		{1013, true, true, true},
		{1014, true, true, true},
		{1015, true, true, true},
		{1016, true, true, true},
		{1017, true, true, true},
		{1018, false, true, true},
		{1020, false, true, true},
		{1021, false, true, false},
		{9999, false, false, true},
		{-1, false, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.code.String(), func(t *testing.T) {
			got := [3]bool{tt.code.Qualified(), tt.code.Final(), tt.code.Known()}
			if want := [3]bool{tt.qualified, tt.final, tt.known}; got != want {
				t.Errorf("Qualified, Final, Known are %v, want %v", got, want)
			}
		})
	}
}

func TestParseBid_ReadsEveryDocumentedForm(t *testing.T) {
	offer := func(cents int64, raw string) alleviate.Bid {
		return alleviate.Bid{Cents: cents, Offered: true, Raw: raw}
	}
	tests := []struct {
		text     string
		want     alleviate.Bid
		readable bool
	}{
		{"$25.00", offer(2500, "$25.00"), true},
		{"25.00", offer(2500, "25.00"), true},
		{" $0.07 ", offer(7, "$0.07"), true},
		{"35", offer(3500, "35"), true},
		{"35.5", offer(3550, "35.5"), true},
		{"No Bid Available", alleviate.Bid{Raw: "No Bid Available"}, true},
		{"no bid available", alleviate.Bid{Raw: "no bid available"}, true},
		{"", alleviate.Bid{}, true},
		{"null", alleviate.Bid{}, true},
		{"-25.00", alleviate.Bid{Raw: "-25.00"}, false},
		{"$", alleviate.Bid{Raw: "$"}, false},
		{"25.", alleviate.Bid{Raw: "25."}, false},
		{"25.005", alleviate.Bid{Raw: "25.005"}, false},
		{"$1,250.00", offer(125000, "$1,250.00"), true},
		{"1,234,567", offer(123456700, "1,234,567"), true},
		{"12,50.00", alleviate.Bid{Raw: "12,50.00"}, false},
		{",250", alleviate.Bid{Raw: ",250"}, false},
		{"0,250", alleviate.Bid{Raw: "0,250"}, false},
		{"1250,000", alleviate.Bid{Raw: "1250,000"}, false},
		{"1.250,00", alleviate.Bid{Raw: "1.250,00"}, false},
		{"1e3", alleviate.Bid{Raw: "1e3"}, false},
		{"99999999999999999999", alleviate.Bid{Raw: "99999999999999999999"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := alleviate.ParseBid(tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != tt.readable {
				t.Errorf("error %v, (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestIDs_AreNamedAsInTheReference(t *testing.T) {
	type named interface{ String() string }
	tests := []struct {
		id   named
		want string
	}{
		{alleviate.ResidenceHomeOwner, "Home Owner"},
		{alleviate.ResidenceOther, "Other"},
		{alleviate.IncomeEmployed, "Employed"},
		{alleviate.IncomeUnemployed, "Unemployed"},
		{alleviate.PayWeekly, "Weekly"},
		{alleviate.PayFourWeekly, "4 Weekly"},
		{alleviate.LoanDebtConsolidation, "Debt Consolidation"},
		{alleviate.LoanAutoLoanRefinancing, "Auto loan refinance"},
		{alleviate.LoanPurposeID(19), "19"},
		{alleviate.ResidenceTypeID(-1), "-1"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			if got := tt.id.String(); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestParseDate_RefusesDaysThatDoNotExist(t *testing.T) {
	if d, err := alleviate.ParseDate(birthCanary); err != nil || d.String() != birthCanary || !d.Real() {
		t.Errorf("got %v, %v", d, err)
	}
	for _, s := range []string{"1961-02-30", "06/15/1985", "1985-6-15", "", ssnCanary, "1985-06-15T00:00:00Z"} {
		_, err := alleviate.ParseDate(s)
		if err == nil {
			t.Errorf("%q is taken", s)
			continue
		}
		noCanary(t, err)
	}
}
