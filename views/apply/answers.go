package apply

import (
	"strings"

	"intake/validation"
)

// section is the answers of one step, as the check page shows them.
type section struct {
	title, link string // of the step
	rows        []row
	ssn         *ssn // nil: there is nothing to say about it
}

// row is one line: an answer, or several that belong together, and the warnings about them.
type row struct {
	label, value string
	warnings     []warning
}

// warning is what is unusual about an answer; the link leads to the answer's first box.
type warning struct{ message, label, link string }

// ssn is what is said about the SSN, which is never shown itself.
type ssn struct{ ends string } // its last four digits; empty: it is no longer kept

// line is the fields that share a row.
type line struct {
	label  validation.Text
	fields []string
}

// lines are the rows of each step. Every field that a consumer is asked for is in one of them, except the SSN.
var lines = map[int][]line{
	StepDebt:   {{debtLine, []string{"estimatedDebt"}}, {loanLine, []string{"loanAmount", "loanPurposeId"}}},
	StepYou:    {{nameLine, []string{"firstName", "lastName"}}, {birthLine, []string{"dateOfBirth"}}, {emailLine, []string{"email"}}, {phoneLine, []string{"homePhone"}}, {cellLine, []string{"cellPhone"}}},
	StepHome:   {{addressLine, []string{"address1", "address2", "city", "state", "zipCode"}}, {homeLine, []string{"residenceTypeId", "monthsAtAddress", "monthlyRent"}}},
	StepIncome: {{incomeLine, []string{"incomeSourceId", "payFrequencyId", "monthlyIncome"}}, {employerLine, []string{"employerName", "monthsAtEmployer"}}},
}

// separators stand before an answer that is not the first of its row; all others have a dot.
var separators = map[string]string{"lastName": " ", "address2": ", ", "city": ", ", "state": ", ", "zipCode": " "}

// sections are all answers that were given, step by step.
func (c Check) sections() []section {
	given := map[string]string{}
	for _, answer := range c.Applicant.Answers() {
		if text, ok := answer.Text(); ok {
			given[answer.Name] = text
		}
	}
	var all []section
	for number := StepDebt; number < len(steps); number++ {
		s := section{title: c.T(steps[number].title), link: c.Link(pagePath(number))}
		asked := map[string]validation.Field{}
		for _, f := range StepFields(c.Site, number) {
			asked[f.Name] = f
		}
		for _, l := range lines[number] {
			if r := c.row(l, asked, given, s.link); r.value != "" {
				s.rows = append(s.rows, r)
			}
		}
		if number == StepIncome && (c.SSNEnds != "" || c.SSNGone) {
			s.ssn = &ssn{c.SSNEnds}
		}
		all = append(all, s)
	}
	return all
}

// row is a line with the answers that were asked for and given. Without one its value is empty.
func (c Check) row(l line, asked map[string]validation.Field, given map[string]string, link string) row {
	r := row{label: c.T(l.label)}
	var value strings.Builder
	for _, name := range l.fields {
		f, isAsked := asked[name]
		text, isGiven := given[name]
		if !isAsked || !isGiven {
			continue
		}
		if value.Len() > 0 {
			separator, ok := separators[name]
			if !ok {
				separator = " · "
			}
			value.WriteString(separator)
		}
		value.WriteString(c.formatted(f, text))
		if message := c.warning(name); message != "" {
			r.warnings = append(r.warnings, warning{message, f.Label.In(c.Language), link + "#" + f.Boxes()[0]})
		}
	}
	r.value = value.String()
	return r
}

func (c Check) warning(field string) string {
	for _, w := range c.Warnings {
		if w.Field == field {
			return c.T(w.Message)
		}
	}
	return ""
}

// periods are what an amount is for.
var periods = map[string]validation.Text{"monthlyRent": eachMonth, "monthlyIncome": eachMonthBeforeTaxes}

// formatted is a normalized answer as people write it.
func (c Check) formatted(f validation.Field, answer string) string {
	switch f.Kind {
	case validation.Money:
		amount := "$" + withCommas(answer)
		if period, ok := periods[f.Name]; ok {
			return strings.ReplaceAll(c.T(period), "{amount}", amount)
		}
		return amount
	case validation.Phone:
		return PhoneNumber(answer)
	case validation.DateParts:
		return dayInWords(c.Language, c.Applicant.DateOfBirth.Reveal())
	case validation.Months:
		return yearsAndMonths(c.Page, answer)
	}
	if f.Name == "state" {
		return answer // in an address it is the code
	}
	for _, option := range f.Options {
		if option.Value == answer {
			return option.Label.In(c.Language)
		}
	}
	return answer
}
