package apply

import (
	"intake/validation"
)

// section is the answers of one step, as the check page shows them.
type section struct {
	title, link string // of the step
	rows        []row
	ssn         *ssn // nil: there is nothing to say about it
}

// row is one answer with its warning; the link leads to the answer's first box.
type row struct{ label, value, link, warning string }

// ssn is what is said about the SSN, which is never shown itself.
type ssn struct{ ends string } // its last four digits; empty: it is no longer kept

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
		for _, f := range StepFields(c.Site, number) {
			if text, ok := given[f.Name]; ok && f.Kind != validation.Secret {
				s.rows = append(s.rows, row{f.Label.In(c.Language), c.formatted(f, text), s.link + "#" + f.Boxes()[0], c.warning(f.Name)})
			}
		}
		if number == StepIncome && (c.SSNEnds != "" || c.SSNGone) {
			s.ssn = &ssn{c.SSNEnds}
		}
		all = append(all, s)
	}
	return all
}

func (c Check) warning(field string) string {
	for _, w := range c.Warnings {
		if w.Field == field {
			return c.T(w.Message)
		}
	}
	return ""
}

// formatted is a normalized answer as people write it.
func (c Check) formatted(f validation.Field, answer string) string {
	switch f.Kind {
	case validation.Money:
		return "$" + withCommas(answer)
	case validation.Phone:
		return phoneNumber(answer)
	case validation.DateParts:
		return date(c.Language, c.Applicant.DateOfBirth.Reveal())
	case validation.Months:
		return yearsAndMonths(c.Page, answer)
	}
	for _, option := range f.Options {
		if option.Value == answer {
			return option.Label.In(c.Language)
		}
	}
	return answer
}
