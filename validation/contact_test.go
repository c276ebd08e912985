package validation

import (
	"strings"
	"testing"
)

func TestParse_Phones(t *testing.T) {
	const says = "Phone number must be a 10-digit US number, like 512 555 0148"
	checkRows(t, "homePhone", consumer(), []row{
		{"5125550148", "5125550148", ""},
		{"512 555 0148", "5125550148", ""},
		{"(512) 555-0148", "5125550148", ""},
		{"512.555.0148", "5125550148", ""},
		{"512/555/0148", "5125550148", ""},
		{"512\u2013555\u20110148", "5125550148", ""},
		{"\u00a0512\u00a0555\u00a00148 ", "5125550148", ""},
		{"512\u2212555\u22120148", "5125550148", ""},
		{"５１２ ５５５－０１４８", "5125550148", ""},
		{"（５１２）５５５０１４８", "5125550148", ""},
		{"\u202a+1 (512) 555\u20110148\u202c", "5125550148", ""}, // as address books copy it
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
		{"512 555 0148 x4", "", says},
		{"512 555 0148 #4", "", says}, // eleven digits
		{"٥١٢٥٥٥٠١٤٨", "", says},
		{"\u202a512 555 0148\xff", "", "Phone number has a character that cannot be used. Please type it again"},
		{"512\u200b5550148", "", "Phone number has a character that cannot be used. Please type it again"},
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
	for field, name := range map[string]string{"cellPhone": "Cell phone", "workPhone": "Work phone"} {
		checkRows(t, field, consumer(), []row{
			{"", "", ""},
			{"(512) 555-0148", "5125550148", ""},
			{"416 555 0148", "", name + " must be a 10-digit US number, like 512 555 0148"},
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
		{"123.45.6789", "123456789", ""},
		{"１２３－４５－６７８９", "123456789", ""},
		{"1-2-3-4-5-6-7-8-9", "123456789", ""},
		{"001-01-0001", "001010001", ""},
		{"899-99-9999", "899999999", ""},
		{"665-45-6789", "665456789", ""},
		{"667-45-6789", "667456789", ""},
		{"078-05-1120", "078051120", ""}, // printed in wallets once, yet of the right structure
		{"12345678", "", length},
		{"1234567890", "", length},
		{"123-45-678X", "", length},
		{"***-**-6789", "", length},
		{"none", "", length},
		{"-", "", length},
		{"١٢٣٤٥٦٧٨٩", "", length},
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
		{"78745\u22121234", "78745", ""},
		{"78745.1234", "78745", ""},
		{"78745\u00a01234", "78745", ""},
		{"７８７４５", "78745", ""},
		{"７８７４５－１２３４", "78745", ""},
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
		{"TX 78745", "", says},
		{"7874S", "", says},
		{"K1A 0B1", "", says},
		{"+7874", "", says},
		{"-7874", "", says},
		{"٧٨٧٤٥", "", says},
		{strings.Repeat("7", 41), "", says},
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
