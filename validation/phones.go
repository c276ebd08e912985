package validation

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"intake/validation/normalize"

	"github.com/nyaruka/phonenumbers"
)

// isPhone accepts ten digits that can be a number of the US or its territories. It accepts area codes that
// belong to no country yet: they get a warning.
func isPhone(s string) bool {
	return len(s) == 10 && normalize.IsDigits(s) && s[0] >= '2' && s[3] >= '2' && s[1:3] != "11" && !isForeign(s[:3])
}

// isForeign says whether an area code of the numbering plan belongs to another country.
func isForeign(area string) bool {
	code, _ := strconv.Atoi(area) // three digits
	return foreignCodes()[code]
}

// foreignCodes looks up each area code once: in the North American numbering plan the area code alone
// determines the region.
var foreignCodes = sync.OnceValue(func() *[1000]bool {
	var foreign [1000]bool
	for code := 200; code < 1000; code++ {
		region := phonenumbers.GetRegionCodeForNumber(number(strconv.Itoa(code) + "2345678"))
		foreign[code] = region != "" && region != "US" && !slices.Contains(territories, region)
	}
	return &foreign
})

func number(tenDigits string) *phonenumbers.PhoneNumber {
	national, _ := strconv.ParseUint(tenDigits, 10, 64) // ten digits
	code := int32(1)
	return &phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &national}
}

// isPersonal says whether a person can have the number: its area code is in use, and neither
// toll-free nor premium.
func isPersonal(phone string) bool {
	area := phone[:3]
	region := phonenumbers.GetRegionCodeForNumber(number(phone))
	if slices.Contains(territories, region) || strings.Contains(newAreaCodes, area) {
		return true
	}
	for _, exchange := range []string{phone[3:6], "234", "345", "456", "567", "678", "789", "890", "987"} {
		switch phonenumbers.GetNumberType(number(area + exchange + phone[6:])) {
		case phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
			return true
		}
	}
	return false
}

// territories are the regions beside the US whose numbers the form accepts. The library knows few of their
// exchanges, so the region alone decides.
var territories = []string{"PR", "GU", "VI", "AS", "MP"}

// newAreaCodes went into service recently, and the library does not know them yet.
const newAreaCodes = "436 457 471 483 621 679 729 837 861 924"

// isFictional says whether the number is one of those reserved for films and examples, 555-0100 to
// 555-0199.
func isFictional(phone string) bool { return phone[3:8] == "55501" }
