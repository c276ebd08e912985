package leads

import "regexp"

// ssn is a Social Security number as people write one.
var ssn = regexp.MustCompile(`\b([0-9]{9}|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{3} [0-9]{2} [0-9]{4})\b`)

// withoutSSN is a text that somebody typed, for a page of the staff, which must not hold such a number.
func withoutSSN(text string) string {
	return ssn.ReplaceAllString(text, "•••-••-••••")
}
