package lead

import "strconv"

// Field reads and writes an answer as text. It is a pointer and not a closure: a lead has 26 of them, and
// they are listed several times before it is stored.
type Field interface {
	// Text is the normalized value; false means not answered.
	Text() (string, bool)
	// Set reads what Text wrote.
	Set(string) error
}

type (
	text   Private[string]
	number Private[int]
	yesNo  Private[bool]
	date   Private[Date]
)

// Text is the Field of a value that is text already.
func Text(p *Private[string]) Field { return (*text)(p) }

func (f *text) Text() (string, bool) {
	return Private[string](*f).Reveal(), Private[string](*f).Given()
}

func (f *text) Set(s string) error {
	*f = text(Keep(s))
	return nil
}

func (f *number) Text() (string, bool) { return written(Private[int](*f), strconv.Itoa) }

func (f *number) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err == nil {
		*f = number(Keep(v))
	}
	return err
}

func (f *yesNo) Text() (string, bool) { return written(Private[bool](*f), strconv.FormatBool) }

func (f *yesNo) Set(s string) error {
	v, err := strconv.ParseBool(s)
	if err == nil {
		*f = yesNo(Keep(v))
	}
	return err
}

func (f *date) Text() (string, bool) { return written(Private[Date](*f), Date.String) }

func (f *date) Set(s string) error {
	v, err := ParseDate(s)
	if err == nil {
		*f = date(Keep(v))
	}
	return err
}

func written[T comparable](p Private[T], write func(T) string) (string, bool) {
	if !p.Given() {
		return "", false
	}
	return write(p.Reveal()), true
}
