package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/validation"
)

// section is the answers of one step, as they are shown to be checked.
type section struct {
	number int // of the step
	rows   []row
	ssn    bool // something is to be said of the SSN
}

func (s section) empty() bool { return len(s.rows) == 0 && !s.ssn }

// row is one answer and the doubt about it; an answer has one box to go back to.
type row struct {
	label, value, box, warning string
}

// sections is every answer that was given, step by step. The SSN is not among them.
func (c Check) sections() []section {
	given := map[string]string{}
	for _, answer := range c.Applicant.Answers() {
		if text, ok := answer.Text(); ok {
			given[answer.Name] = text
		}
	}
	all := make([]section, 0, len(steps)-1)
	for number := StepDebt; number < len(steps); number++ {
		s := section{number: number, ssn: number == StepIncome && (c.SSNEnds != "" || c.SSNGone)}
		for _, f := range c.StepFields(number) {
			if text, ok := given[f.Name]; ok && f.Kind != validation.Secret {
				s.rows = append(s.rows, row{f.Label.In(c.Language), c.shown(f, text), f.Boxes()[0], c.doubt(f.Name)})
			}
		}
		all = append(all, s)
	}
	return all
}

func (c Check) doubt(field string) string {
	for _, w := range c.Warnings {
		if w.Field == field {
			return c.say(w.Message)
		}
	}
	return ""
}

// shown is a normalised answer as people write it.
func (c Check) shown(f validation.Field, answer string) string {
	switch f.Kind {
	case validation.Money:
		return "$" + grouped(answer)
	case validation.Phone:
		return phoneNumber(answer)
	case validation.DateParts:
		return c.date(c.Applicant.DateOfBirth.Reveal())
	case validation.Months:
		return c.span(answer)
	}
	for _, option := range f.Options {
		if option.Value == answer {
			return option.Label.In(c.Language)
		}
	}
	return answer
}

// grouped writes digits in threes, with commas as in the US in both languages.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// phoneNumber writes ten digits as people read them.
func phoneNumber(digits string) string {
	if len(digits) != 10 {
		return digits
	}
	return "(" + digits[:3] + ") " + digits[3:6] + "-" + digits[6:]
}

var monthNames = map[string][]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"es": {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
}

// date is a day as the page's language writes it.
func (p Page) date(d lead.Date) string {
	if !d.Real() {
		return ""
	}
	name := monthNames[p.Language][d.Month-time.January]
	if p.Language == "es" {
		return fmt.Sprintf("%d de %s de %d", d.Day, name, d.Year)
	}
	return fmt.Sprintf("%s %d, %d", name, d.Day, d.Year)
}

// moment is a time on t's own clock.
func (p Page) moment(t time.Time) string {
	day := p.date(lead.DateOf(t))
	if p.Language == "es" {
		return day + t.Format(", 15:04 MST")
	}
	return day + t.Format(", 3:04 PM MST")
}

// span is months as years and months.
func (p Page) span(months string) string {
	n, err := strconv.Atoi(months)
	if err != nil {
		return months
	}
	var words []string
	if years := n / 12; years > 0 {
		words = append(words, p.counted(years, oneYear, manyYears))
	}
	if rest := n % 12; rest > 0 || n == 0 {
		words = append(words, p.counted(rest, oneMonth, manyMonths))
	}
	return strings.Join(words, " ")
}

// name is the person as the consent texts call them.
func (c Check) name() string {
	return strings.TrimSpace(c.Applicant.FirstName.Reveal() + " " + c.Applicant.LastName.Reveal())
}
