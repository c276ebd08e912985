package validation

import (
	"strings"
	"testing"
)

func TestParse_Money(t *testing.T) {
	const says = "Enter whole dollars, like 15000"
	checkRows(t, "estimatedDebt", consumer(), []row{
		{"", "", ""},
		{"15000", "15000", ""},
		{"$15000", "15000", ""},
		{"$ 15,000", "15000", ""},
		{"15,000.00", "15000", ""},
		{"$15,000.99", "15000", ""},
		{"15000.5", "15000", ""},
		{"15000.", "15000", ""},
		{"15 000", "15000", ""},
		{"15\u202f000", "15000", ""},
		{"15000 $", "15000", ""},
		{"15000$", "15000", ""},
		{"15.000", "15000", ""}, // as Spanish groups; no amount has three digits of cents
		{"1.500.000", "1500000", ""},
		{"1,500,000", "1500000", ""},
		{"0", "0", ""},
		{"$0.00", "0", ""},
		{"000150", "150", ""},
		{"2147483647", "2147483647", ""},
		{"$2,147,483,647.99", "2147483647", ""},
		{"200000000", "200000000", ""}, // Alleviate's own example
		{"2147483648", "", says},
		{"99999999999999999999", "", says},
		{"-5", "", says},
		{"+5", "", says},
		{"$", "", says},
		{"$$5", "", says},
		{".50", "", says},
		{"15000,00", "", says}, // cents as in Spain, or a slip: a hundredfold apart
		{"1,5000", "", says},
		{"1,500.000", "", says},
		{"15.000,00", "", says},
		{"1e5", "", says},
		{"0x10", "", says},
		{"15k", "", says},
		{"fifteen", "", says},
		{"10-20000", "", says},
		{"１５０００", "", says},
		{strings.Repeat("9", 41), "", says},
	})
}

func TestParse_LengthsOfTime(t *testing.T) {
	const says = "Enter months, or years like 2 years"
	checkRows(t, "monthsAtAddress", consumer(), []row{
		{"", "", ""},
		{"18", "18", ""},
		{"0", "0", ""},
		{"007", "7", ""},
		{"18 months", "18", ""},
		{"18 Months", "18", ""},
		{"18m", "18", ""},
		{"18 mos.", "18", ""},
		{"1 month", "1", ""},
		{"18 meses", "18", ""},
		{"1 mes", "1", ""},
		{"2 years", "24", ""},
		{"2 YEARS", "24", ""},
		{"1 year", "12", ""},
		{"2y", "24", ""},
		{"2 yrs", "24", ""},
		{"2 años", "24", ""},
		{"2 an\u0303os", "24", ""}, // the tilde typed apart
		{"2 anos", "24", ""},
		{"1 año", "12", ""},
		{"1y 6m", "18", ""},
		{"1y6m", "18", ""},
		{"1 yr, 6 mo", "18", ""},
		{"1 year and 6 months", "18", ""},
		{"1 año y 6 meses", "18", ""},
		{"2 años, 3 meses", "27", ""},
		{"1 y y 6 m", "18", ""},
		{"178956970 years", "2147483640", ""},
		{"178956971 years", "", says},
		{"2147483648", "", says},
		{"99999999999 years", "", says},
		{"a while", "", says},
		{"years", "", says},
		{"2 years 6", "", says},
		{"6 months 2 years", "", says},
		{"2 years 2 years", "", says},
		{"1y 2m 3m", "", says},
		{"and 2 years", "", says},
		{"2 years and", "", says},
		{"1.5 years", "", says},
		{"-3", "", says},
		{"2 weeks", "", says},
		{"2 + 3 months", "", says},
		{strings.Repeat("1", 41), "", says},
	})
}
