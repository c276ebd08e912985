package validation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intake/internal/lead"
	"intake/validation/email"
)

// ReadBack is an answer as an agent reads it back to the caller, in English; empty when there is none, or when it was
// chosen from a list. Of the SSN it says only that it is valid, and its last digits.
func ReadBack(name string, a lead.Applicant, today lead.Date) string {
	i := slices.IndexFunc(fields(), func(f Field) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	f := fields()[i]
	value, given := a.Answers()[answerOf()[i]].Text()
	switch {
	case !given:
		return ""
	case name == "state":
		return stateInSentence(value).EN
	case name == "zipCode":
		return placeInWords(value)
	}
	switch f.Kind {
	case DateParts:
		born := a.DateOfBirth.Reveal()
		return fmt.Sprintf("%s %d, %d, age %d", born.Month, born.Day, born.Year, born.Age(today))
	case Phone:
		return value[:3] + "-" + value[3:6] + "-" + value[6:]
	case Email:
		return email.Spelled(value)
	case Money:
		return "$" + grouped(value)
	case Months:
		return yearsAndMonths(value)
	case Secret:
		return "valid, ends " + value[5:]
	case TextBox:
		return value
	}
	return ""
}

func placeInWords(zip string) string {
	city, state, known := PlaceOf(zip)
	if !known {
		return ""
	}
	return city + ", " + state
}

func yearsAndMonths(months string) string {
	n, _ := strconv.Atoi(months) // the rules let nothing but numbers get here
	switch {
	case n < 12:
		return counted(n, "month")
	case n%12 == 0:
		return counted(n/12, "year")
	}
	return counted(n/12, "year") + " " + counted(n%12, "month")
}

func counted(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// CompleteEmail is what an address that ends in the middle of a common host may be meant to be; empty when there is no
// guess.
func CompleteEmail(typed string) string { return email.Complete(strings.TrimSpace(typed)) }

// EmailHosts are the common hosts, in the order in which they complete an address.
func EmailHosts() []string { return email.Hosts() }
