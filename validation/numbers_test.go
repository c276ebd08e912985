package validation

import (
	"strings"
	"testing"
)

func TestParse_Money(t *testing.T) {
	const (
		says  = "The amount you owe must be a number in whole dollars, like 1500"
		large = "The amount you owe is too large. Please check the number"
		below = "The amount you owe cannot be less than zero"
		two   = "The amount you owe must be one number, not a range. A rough number is fine"
	)
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
		{"15.000,00", "15000", ""},
		{"1.234,5", "1234", ""},
		{"$1.234.567,89", "1234567", ""},
		{"1.500.000", "1500000", ""},
		{"$1,234.56", "1234", ""},
		{"15.00", "15", ""},
		{"15k", "15000", ""},
		{"$ 15 K", "15000", ""},
		{"15000 USD", "15000", ""},
		{"USD 15,000.00", "15000", ""},
		{"US$ 15,000", "15000", ""},
		{"$15,000 dollars", "15000", ""},
		{"15 000 dólares", "15000", ""},
		{"15\u00a0000", "15000", ""},
		{"＄１５，０００．００", "15000", ""},
		{"1,500,000", "1500000", ""},
		{"0", "0", ""},
		{"$0.00", "0", ""},
		{"000150", "150", ""},
		{"2147483647", "2147483647", ""},
		{"$2,147,483,647.99", "2147483647", ""},
		{"200000000", "200000000", ""}, // Alleviate's own example
		{"2147483648", "", large},
		{"99999999999999999999", "", large},
		{"-5", "", below},
		{"+5", "", says},
		{"$", "", says},
		{"$$5", "", says},
		{".50", "", says},
		{"15000,00", "", says}, // cents as in Spain, or a slip: a hundredfold apart
		{"1,5000", "", says},
		{"1,500.000", "", says},
		{"1e5", "", says},
		{"0x10", "", says},
		{"1.5k", "", says}, // 1,500, or a slip for 15k
		{"15,5k", "", says},
		{"1.500k", "", says},
		{"k", "", says},
		{"15kk", "", says},
		{"15 mil", "", says}, // thousand in Spanish, million in the office
		{"15m", "", says},
		{"2147484k", "", large},
		{"fifteen", "", says},
		{"10-20000", "", two},
		{"$10k – $15k", "", two},
		{"10000 to 15000", "", two},
		{"de 10000 a 15000", "", two},
		{"$-5", "", below},
		{"-$5", "", below},
		{"--5", "", says},
		{"1,200 a month", "", says}, // what is owed is no amount for a month
		{"15,00", "", says},
		{"15,0", "", says},
		{"15,000,00", "", says},
		{"15.000.00", "", says},
		{"15.000.", "", says},
		{"15.000,", "", says},
		{"1.500,000", "", says},
		{"15,000.000", "", says},
		{"1500.000", "", says},
		{"1'500,000", "", says},
		{"15,,000", "", says},
		{",500", "", says},
		{"15.0a", "", says},
		{"15000 pesos", "", says},
		{"٥٠٠", "", says},
		{strings.Repeat("9", 41), "", says},
	})
}

func TestParse_LengthsOfTime(t *testing.T) {
	const (
		says  = "Time at this address must be in months, like 18, or in years, like 2 years"
		large = "Time at this address is too large. Please check the number"
		below = "Time at this address cannot be less than zero"
		two   = "Time at this address must be one number, not a range. A rough number is fine"
	)
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
		{"１８", "18", ""},
		{"２ años", "24", ""},
		{"2\u00a0years", "24", ""},
		{"1 año y 6 meses", "18", ""},
		{"2 años, 3 meses", "27", ""},
		{"1 y y 6 m", "18", ""},
		{"178956970 years", "2147483640", ""},
		{"178956971 years", "", large},
		{"2147483648", "", large},
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
		{"-3", "", below},
		{"!", "", says}, // once read as nothing at all, 0
		{"-3 months", "", below},
		{"2-3 years", "", two},
		{"1,5 años", "", says},
		{"18.5", "", says},
		{"2 weeks", "", says},
		{"2 + 3 months", "", says},
		{strings.Repeat("1", 41), "", says},
	})
}

func TestParse_MonthlyAmountsMaySayThatTheyAreForAMonth(t *testing.T) {
	const says = "Monthly income must be a number in whole dollars, like 1500"
	checkRows(t, "monthlyIncome", consumer(), []row{
		{"3,200 a month", "3200", ""},
		{"$3,200/month", "3200", ""},
		{"3200/mo.", "3200", ""},
		{"3200 Per Month", "3200", ""},
		{"3200 monthly", "3200", ""},
		{"3k a month", "3000", ""},
		{"3.200 al mes", "3200", ""},
		{"3200 mensuales", "3200", ""},
		{"US$ 3200/mes", "3200", ""},
		{"38400 a year", "", says}, // twelve times as much, or a slip
		{"3200 a week", "", says},
		{"a month", "", says},
	})
	checkRows(t, "grossAnnualIncome", desk(), []row{
		{"38,400 a year", "38400", ""},
		{"38400/yr", "38400", ""},
		{"38.400 al año", "38400", ""},
		{"3200 a month", "", "Yearly income must be a number in whole dollars, like 1500"},
	})
}
