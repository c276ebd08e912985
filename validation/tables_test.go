package validation

import (
	"strings"
	"testing"
)

func TestParse_Phones(t *testing.T) {
	const says = "Enter a 10-digit US phone number, like 512 555 0148"
	checkRows(t, "homePhone", consumer(), []row{
		{"5125550148", "5125550148", ""},
		{"512 555 0148", "5125550148", ""},
		{"(512) 555-0148", "5125550148", ""},
		{"512.555.0148", "5125550148", ""},
		{"512/555/0148", "5125550148", ""},
		{"512\u2013555\u20110148", "5125550148", ""},
		{"\u00a0512\u00a0555\u00a00148 ", "5125550148", ""},
		{"+1 512 555 0148", "5125550148", ""},
		{"+15125550148", "5125550148", ""},
		{"1-512-555-0148", "5125550148", ""},
		{"(+1) 512 555 0148", "5125550148", ""},
		{"787 555 0148", "7875550148", ""}, // Puerto Rico
		{"939 555 0148", "9395550148", ""},
		{"671 555 0148", "6715550148", ""}, // Guam
		{"340 555 0148", "3405550148", ""}, // Virgin Islands
		{"684 633 0148", "6846330148", ""}, // American Samoa
		{"670 234 0148", "6702340148", ""}, // Northern Marianas
		{"800 555 0148", "8005550148", ""}, // a warning at most
		{"700 555 0148", "7005550148", ""}, // no country's
		{"402 831 9225", "4028319225", ""}, // Alleviate's own examples
		{"949 677 9225", "9496779225", ""},
		{"816 699 9999", "8166999999", ""},
		{"512 555 014", "", says},
		{"512 555 01488", "", says},
		{"2 512 555 0148", "", says},
		{"011 512 555 0148", "", says},
		{"012 555 0148", "", says},
		{"112 555 0148", "", says},
		{"512 155 0148", "", says},
		{"512 055 0148", "", says},
		{"411 555 0148", "", says},
		{"911 555 0148", "", says},
		{"416 555 0148", "", says},  // Toronto
		{"604 234 0148", "", says},  // Vancouver
		{"876 555 0148", "", says},  // Jamaica
		{"809 555 0148", "", says},  // Dominican Republic
		{"+512 555 0148", "", says}, // Peru's country code
		{"+44 20 7946 0958", "", says},
		{"512+5550148", "", says},
		{"512 555 0148 ext 4", "", says},
		{"512-CALL-NOW", "", says},
		{"５１２５５５０１４８", "", says},
		{strings.Repeat("5", 41), "", says},
		{strings.Repeat(" ", 3000), "", says},
	})
}

func TestParse_RefusesEveryCanadianAreaCode(t *testing.T) {
	codes := "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 514 519 " +
		"548 579 581 584 587 600 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 942"
	for _, code := range strings.Fields(codes) {
		for _, rest := range []string{"5550148", "2345678", "9999999"} {
			if isPhone(code + rest) {
				t.Errorf("%s %s passes", code, rest)
			}
		}
	}
}

func TestParse_OtherPhonesAreCheckedTheSame(t *testing.T) {
	for _, field := range []string{"cellPhone", "workPhone"} {
		checkRows(t, field, consumer(), []row{
			{"", "", ""},
			{"(512) 555-0148", "5125550148", ""},
			{"416 555 0148", "", "Enter a 10-digit US phone number, like 512 555 0148"},
		})
	}
}

func TestParse_SocialSecurityNumbers(t *testing.T) {
	const length, check = "Social Security number must have 9 digits", "Check the Social Security number, or leave it empty"
	checkRows(t, "socialSecurityNumber", consumer(), []row{
		{"", "", ""},
		{"   ", "", ""},
		{"123456789", "123456789", ""},
		{"123-45-6789", "123456789", ""},
		{"123 45 6789", "123456789", ""},
		{" 123 - 45 - 6789 ", "123456789", ""},
		{"123\u201345\u20146789", "123456789", ""},
		{"123\u221245\u22126789", "123456789", ""},
		{"123\u00a045\u00a06789", "123456789", ""},
		{"1-2-3-4-5-6-7-8-9", "123456789", ""},
		{"001-01-0001", "001010001", ""},
		{"899-99-9999", "899999999", ""},
		{"665-45-6789", "665456789", ""},
		{"667-45-6789", "667456789", ""},
		{"078-05-1120", "078051120", ""}, // printed in wallets once, yet of the right structure
		{"12345678", "", length},
		{"1234567890", "", length},
		{"123-45-678X", "", length},
		{"123.45.6789", "", length},
		{"***-**-6789", "", length},
		{"none", "", length},
		{"-", "", length},
		{"１２３４５６７８９", "", length},
		{strings.Repeat("1", 41), "", length},
		{"000-45-6789", "", check},
		{"666-45-6789", "", check},
		{"900-45-6789", "", check},
		{"950-45-6789", "", check},
		{"999-45-6789", "", check},
		{"123-00-6789", "", check},
		{"123-45-0000", "", check},
		{"000-00-0000", "", check},
	})
}

func TestParse_ZIPCodes(t *testing.T) {
	const says = "Enter your 5-digit ZIP code"
	checkRows(t, "zipCode", consumer(), []row{
		{"78745", "78745", ""},
		{" 78745 ", "78745", ""},
		{"78745-1234", "78745", ""},
		{"78745 1234", "78745", ""},
		{"787451234", "78745", ""},
		{"78745 - 1234", "78745", ""},
		{"78745\u20131234", "78745", ""},
		{"78745-", "78745", ""},
		{"787 45", "78745", ""},
		{"00501", "00501", ""},
		{"00000", "00000", ""}, // a warning at most
		{"99950", "99950", ""},
		{"00926", "00926", ""},
		{"09001", "09001", ""},
		{"", "", says},
		{"   ", "", says},
		{"-", "", says},
		{"7874", "", says},
		{"787456", "", says},
		{"7874512", "", says},
		{"78745-123", "", says},
		{"78745-12345", "", says},
		{"78745.1234", "", says},
		{"TX 78745", "", says},
		{"7874S", "", says},
		{"K1A 0B1", "", says},
		{"+7874", "", says},
		{"-7874", "", says},
		{"７８７４５", "", says},
		{"٧٨٧٤٥", "", says},
		{strings.Repeat("7", 41), "", says},
	})
}

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

func TestParse_Emails(t *testing.T) {
	const says = "Enter an email address like name@example.com"
	checkRows(t, "email", consumer(), []row{
		{"name@example.com", "name@example.com", ""},
		{"  name@example.com ", "name@example.com", ""},
		{"Name@Example.COM", "Name@example.com", ""},
		{"NAME@EXAMPLE.COM", "NAME@example.com", ""},
		{"first.last+tag@mail.example.co", "first.last+tag@mail.example.co", ""},
		{"o'brien@example.com", "o'brien@example.com", ""},
		{"a@b.co", "a@b.co", ""},
		{"_@example.com", "_@example.com", ""},
		{"1234@example.com", "1234@example.com", ""},
		{"a-b@ex-ample.com", "a-b@ex-ample.com", ""},
		{"josé@example.com", "josé@example.com", ""},
		{"jose\u0301@example.com", "josé@example.com", ""},
		{"a@xn--d1acj3b.com", "a@xn--d1acj3b.com", ""},
		{"sandbox+qualified-1013@test.alleviate.com", "sandbox+qualified-1013@test.alleviate.com", ""},
		{"name", "", says},
		{"name@", "", says},
		{"@example.com", "", says},
		{"name@example", "", says},
		{"name@example.", "", says},
		{"name@example.com.", "", says},
		{"name@.com", "", says},
		{"name@example..com", "", says},
		{"name..x@example.com", "", says},
		{".name@example.com", "", says},
		{"name.@example.com", "", says},
		{"na me@example.com", "", says},
		{"name@exam ple.com", "", says},
		{"name @example.com", "", says},
		{`"na me"@example.com`, "", says},
		{`"name"@example.com`, "", says},
		{"name@@example.com", "", says},
		{"a@b@example.com", "", says},
		{"name,x@example.com", "", says},
		{"Name <name@example.com>", "", says},
		{"name@[127.0.0.1]", "", says},
		{"name@1.2.3.4", "", says},
		{"name@-example.com", "", says},
		{"http://example.com", "", says},
		{strings.Repeat("a", 242) + "@example.com", strings.Repeat("a", 242) + "@example.com", ""},
		{strings.Repeat("a", 243) + "@example.com", "", "Email address must be 254 characters or fewer"},
		{strings.Repeat("a", 1<<20) + "@example.com", "", "Email address must be 254 characters or fewer"},
		{"name@example.com\x00", "", "Email address has a character that cannot be used. Please type it again"},
		{"name@example.com\r\nBcc: x@example.com", "", "Email address has a character that cannot be used. Please type it again"},
	})
}

func TestParse_RefusesArchetypesInProductionAlone(t *testing.T) {
	const says = "This test address cannot be used here"
	production := consumer()
	production.Production = true
	checkRows(t, "email", production, []row{
		{"sandbox+qualified-1013@test.alleviate.com", "", says},
		{"SANDBOX+Qualified-No-Bid@TEST.Alleviate.Com", "", says},
		{"sandbox+anything@test.alleviate.com", "", says},
		{"\u017fandbox+x@test.alleviate.com", "", says}, // a long s folds to s
		{"sandbox+@test.alleviate.com", "", says},
		{"sandbox@test.alleviate.com", "sandbox@test.alleviate.com", ""},
		{"me+sandbox@test.alleviate.com", "me+sandbox@test.alleviate.com", ""},
		{"sandbox+x@alleviate.com", "sandbox+x@alleviate.com", ""},
		{"sandbox+x@test.alleviate.com.example.com", "sandbox+x@test.alleviate.com.example.com", ""},
		{"x@y.co", "x@y.co", ""},
	})
}

func TestParse_Names(t *testing.T) {
	const empty, long = "Enter your first name", "First name must be 50 characters or fewer"
	const unusable = "First name has a character that cannot be used. Please type it again"
	checkRows(t, "firstName", consumer(), []row{
		{"Ana", "Ana", ""},
		{"J", "J", ""},
		{"李", "李", ""},
		{"José", "José", ""},
		{"Jose\u0301", "José", ""},
		{"Nuñez-Smith", "Nuñez-Smith", ""},
		{"O'Brien", "O'Brien", ""},
		{"O\u2019Brien", "O\u2019Brien", ""},
		{"Anne-Marie", "Anne-Marie", ""},
		{"  Anne \t", "", unusable},
		{"  Mary   Ann ", "Mary Ann", ""},
		{"Mary\u00a0\u2003Ann", "Mary Ann", ""},
		{"Mary\u2028Ann", "Mary Ann", ""},
		{"de la Cruz", "de la Cruz", ""},
		{"maria", "maria", ""}, // capitals are the desk's affair
		{"MARIA", "MARIA", ""},
		{"Дарья", "Дарья", ""},
		{"محمد", "محمد", ""},
		{"R2D2", "R2D2", ""}, // a warning at most
		{"<b>x</b>", "<b>x</b>", ""},
		{"'; DROP TABLE lead; --", "'; DROP TABLE lead; --", ""},
		{"{{.}}", "{{.}}", ""},
		{strings.Repeat("é", 50), strings.Repeat("é", 50), ""},
		{strings.Repeat("e\u0301", 50), strings.Repeat("é", 50), ""},
		{strings.Repeat("李", 50), strings.Repeat("李", 50), ""},
		{"  " + strings.Repeat("a", 50) + "  ", strings.Repeat("a", 50), ""},
		{strings.Repeat("a", 51), "", long},
		{strings.Repeat("李", 51), "", long},
		{strings.Repeat("a", 1<<20), "", long},
		{"", "", empty},
		{" \u00a0\u3000 ", "", empty},
		{"A\x00na", "", unusable},
		{"A\nna", "", unusable},
		{"A\x1bna", "", unusable},
		{"A\u0085na", "", unusable},
		{"A\u200bna", "", unusable}, // zero width space
		{"A\u202ena", "", unusable}, // right-to-left override
		{"\ufeffAna", "", unusable}, // byte order mark
		{"A\u00adna", "", unusable}, // soft hyphen
		{"\ue000", "", unusable},    // private use
		{"\u0378", "", unusable},    // unassigned
		{"\ufdd0", "", unusable},    // not a character
		{"\U000e0041", "", unusable},
		{"\u3164", "", unusable},                           // a filler that shows nothing
		{"a" + strings.Repeat("\u0301", 40), "", unusable}, // a tower of accents
		{"A\xffna", "", unusable},
		{"\xed\xa0\x80", "", unusable}, // half a surrogate pair
		{"\xc0\xaf", "", unusable},     // an overlong slash
	})
}

func TestParse_TheDeskCapitalisesNamesTypedInOneCase(t *testing.T) {
	checkRows(t, "lastName", desk(), []row{
		{"smith", "Smith", ""},
		{"SMITH", "Smith", ""},
		{"McDonald", "McDonald", ""},
		{"de la Cruz", "de la Cruz", ""},
		{"maria de la cruz", "Maria De La Cruz", ""},
		{"o'brien", "O'Brien", ""},
		{"o\u2019brien", "O\u2019Brien", ""},
		{"anne-marie", "Anne-Marie", ""},
		{"ÑUÑEZ", "Ñuñez", ""},
		{"j", "J", ""},
		{"李", "李", ""},
		{"", "", "Enter your last name"},
	})
	checkRows(t, "city", desk(), []row{{"austin", "austin", ""}})
}

func TestParse_States(t *testing.T) {
	const says = "Choose your state"
	checkRows(t, "state", consumer(), []row{
		{"TX", "TX", ""},
		{"tx", "TX", ""},
		{" Tx ", "TX", ""},
		{"T.X.", "TX", ""},
		{"Texas", "TX", ""},
		{"TEXAS", "TX", ""},
		{"new york", "NY", ""},
		{"New  York", "NY", ""},
		{"Nueva York", "NY", ""},
		{"nuevo mexico", "NM", ""},
		{"Nuevo México", "NM", ""},
		{"Carolina del Norte", "NC", ""},
		{"Pensilvania", "PA", ""},
		{"Michigan", "MI", ""},
		{"Míchigan", "MI", ""},
		{"Hawai\u02bbi", "HI", ""},
		{"Washington", "WA", ""},
		{"Washington, D.C.", "DC", ""},
		{"District of Columbia", "DC", ""},
		{"D.C.", "DC", ""},
		{"Puerto Rico", "PR", ""},
		{"gu", "GU", ""},
		{"Virgin Islands", "VI", ""},
		{"U.S. Virgin Islands", "VI", ""},
		{"Islas Vírgenes", "VI", ""},
		{"American Samoa", "AS", ""},
		{"MP", "MP", ""},
		{"AA", "AA", ""},
		{"AE", "AE", ""},
		{"Armed Forces Pacific", "AP", ""},
		{"", "", says},
		{"XX", "", says},
		{"FM", "", says},
		{"ON", "", says},
		{"Ontario", "", says},
		{"T X", "", says},
		{"48", "", says},
		{"Tex", "", says},
		{"TX TX", "", says},
	})
}

func TestParse_Choices(t *testing.T) {
	const says = "Choose one of the options"
	checkRows(t, "loanPurposeId", consumer(), []row{
		{"", "", ""}, {"1", "1", ""}, {"18", "18", ""}, {" 2 ", "2", ""},
		{"0", "", says}, {"19", "", says}, {"01", "", says}, {"-1", "", says}, {"1 2", "", says}, {"Taxes", "", says},
		{strings.Repeat("1", 41), "", says},
	})
	checkRows(t, "coApplicant", consumer(), []row{
		{"", "", ""}, {"true", "true", ""}, {"false", "false", ""}, {"1", "", says}, {"TRUE", "", says}, {"maybe", "", says},
	})
}

func TestParse_LinesWithoutALimitOfAlleviatesHaveOurs(t *testing.T) {
	for field, says := range map[string]string{
		"address1":     "Street address must be 200 characters or fewer",
		"address2":     "Apartment or unit must be 200 characters or fewer",
		"city":         "City must be 200 characters or fewer",
		"employerName": "Employer must be 200 characters or fewer",
	} {
		checkRows(t, field, consumer(), []row{
			{"123 ½ Calle 5 #4-B", "123 ½ Calle 5 #4-B", ""},
			{strings.Repeat("李", 200), strings.Repeat("李", 200), ""},
			{strings.Repeat("a", 201), "", says},
			{strings.Repeat("a", 1<<16), "", says},
		})
	}
}
