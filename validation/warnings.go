package validation

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"intake/internal/lead"
	"intake/validation/email"
)

// Warning questions a valid answer. It never blocks: a page shows it beside the answer, and nobody has to
// submit twice. It quotes the answer, so no printer, logger or encoder shows it.
type Warning struct {
	Field      string // name of the field
	Message    Text
	Suggestion string // what to type instead, such as the corrected e-mail address; empty when there is no guess
}

// Format writes "***" for every verb.
func (w Warning) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) } // fmt has no way to report it

// LogValue is "***".
func (w Warning) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "***", in JSON too.
func (w Warning) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Warnings are the unusual answers of an applicant that Parse returned, in page order, at most one for each
// field. Options.Production adds warnings about fictional phone numbers.
func Warnings(a lead.Applicant, opt Options) []Warning {
	var found []Warning
	answers := a.Answers()
	for i, f := range fields() {
		value, given := answers[answerOf()[i]].Text()
		if !given || f.warn == nil {
			continue
		}
		if w := f.warn(value, a, opt); w.Message != (Text{}) {
			w.Field = f.Name
			found = append(found, w)
		}
	}
	return found
}

// warning checks one answer, with the others beside it; the zero Warning means that nothing is unusual.
type warning func(value string, a lead.Applicant, opt Options) Warning

var checkLine = Warning{Message: Text{"Please check this line", "Revise esta línea"}}

// hasDigit warns of names like R2D2, which are often two answers in one box.
func hasDigit(name string, _ lead.Applicant, _ Options) Warning {
	if strings.ContainsFunc(name, unicode.IsDigit) {
		return checkLine
	}
	return Warning{}
}

// hasNoLetter warns of a house number without its street.
func hasNoLetter(street string, _ lead.Applicant, _ Options) Warning {
	if !strings.ContainsFunc(street, unicode.IsLetter) {
		return checkLine
	}
	return Warning{}
}

func unknownZIP(zip string, _ lead.Applicant, _ Options) Warning {
	if _, _, known := PlaceOf(zip); !known {
		return checkLine
	}
	return Warning{}
}

func stateMismatch(state string, a lead.Applicant, _ Options) Warning {
	zip := a.ZipCode.Reveal()
	_, there, known := PlaceOf(zip)
	if !known || there == state {
		return Warning{}
	}
	said := Text{"ZIP {zip} is in {state}. Is the state right?", "El código postal {zip} es de {state}. ¿Es correcto el estado?"}
	return Warning{
		Message:    said.replace("{zip}", Text{zip, zip}).replace("{state}", stateInSentence(there)),
		Suggestion: there,
	}
}

func emailTypo(address string, _ lead.Applicant, _ Options) Warning {
	at := strings.LastIndexByte(address, '@')
	meant := email.Suggest(address[at+1:])
	if meant == "" {
		return Warning{}
	}
	corrected := address[:at+1] + meant
	if utf8.RuneCountInString(corrected) > maxEmail {
		return Warning{} // a suggestion that the form refuses would help nobody
	}
	said := Text{"Did you mean {domain}?", "¿Quiso decir {domain}?"}
	return Warning{Message: said.replace("{domain}", Text{meant, meant}), Suggestion: corrected}
}

func notPersonal(phone string, _ lead.Applicant, opt Options) Warning {
	if isPersonal(phone) && !(opt.Production && isFictional(phone)) {
		return Warning{}
	}
	return Warning{Message: Text{"Is this phone number yours?", "¿Es suyo este número de teléfono?"}}
}

// The period that an amount is for, as it reads in a sentence.
var (
	once   = Text{}
	aMonth = Text{" a month", " al mes"}
	aYear  = Text{" a year", " al año"}
)

// warnAbove warns of amounts that look like cents.
func warnAbove(most int, span Text) warning {
	return func(amount string, _ lead.Applicant, _ Options) Warning {
		if n, _ := strconv.Atoi(amount); n <= most { // the rules let nothing but numbers get here
			return Warning{}
		}
		return askIfRight(amount, span)
	}
}

// incomeMismatch warns of a yearly income that is high, or that differs from twelve months' by a factor of
// two or more.
func incomeMismatch(amount string, a lead.Applicant, opt Options) Warning {
	if w := warnAbove(2_000_000, aYear)(amount, a, opt); w.Message != (Text{}) || !a.MonthlyIncome.Given() {
		return w
	}
	year, months := a.GrossAnnualIncome.Reveal(), 12*a.MonthlyIncome.Reveal()
	if 2*min(year, months) > max(year, months) || year == months {
		return Warning{}
	}
	return askIfRight(amount, aYear)
}

func askIfRight(amount string, span Text) Warning {
	said := Text{"That is {amount}{span}. Is that right?", "Son {amount}{span}. ¿Es correcto?"}
	shown := "$" + grouped(amount)
	return Warning{Message: said.replace("{amount}", Text{shown, shown}).replace("{span}", span)}
}

// grouped writes digits in threes, with commas as in the US in both languages.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
