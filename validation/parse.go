package validation

import (
	"slices"
	"sync"

	"intake/internal/lead"
	"intake/validation/normalize"
)

// Options are what validity depends on besides the answers.
type Options struct {
	Today         lead.Date // in the applicant's eyes; a zero date puts every birth in the future
	Production    bool      // refuse Alleviate's sandbox addresses
	Phone         string    // of the seller, as people read it, for "or call us at …"
	RequireCredit bool      // the credit check must be allowed
	Asked         Surface   // whose fields are looked at; 0: all of them
	Desk          bool      // an agent's form: names and streets typed in one case are capitalized, no consents are asked for
}

// Problem is the error in one field. It never contains what was typed.
type Problem struct {
	Field   string // name of the field or consent
	Input   string // name of the box to go to: of a date the first invalid one
	Message Text
}

// Errors are the problems of a form in page order, at most one for each field.
type Errors []Problem

// For finds the problem of a field.
func (e Errors) For(field string) (Problem, bool) {
	i := slices.IndexFunc(e, func(p Problem) bool { return p.Field == field })
	if i < 0 {
		return Problem{}, false
	}
	return e[i], true
}

// Parse reads the whole form. Without errors the applicant is complete: every required answer is
// there and all are normalized. With errors it has the valid answers. Boxes of no field
// are ignored.
func Parse(form Form, opt Options) (lead.Applicant, Errors) {
	return parse(form, opt, func(Group) bool { return true })
}

// ParseStep returns the problems of Parse in the fields and consents of these groups, for a page that asks
// for them alone.
func ParseStep(form Form, opt Options, groups ...Group) Errors {
	_, errs := parse(form, opt, func(g Group) bool { return slices.Contains(groups, g) })
	return errs
}

func parse(form Form, opt Options, asked func(Group) bool) (lead.Applicant, Errors) {
	var a lead.Applicant
	var errs Errors
	answers := a.Answers()
	for i := range fields() {
		f := &fields()[i] // not a copy: the table is read for every form
		if !asked(f.Group) || opt.Asked != 0 && !f.On(opt.Asked) {
			continue
		}
		value, invalid := f.read(form, opt)
		if invalid.rule == "" && value != "" && answers[answerOf()[i]].Set(value) != nil {
			invalid = fault{f.Name, normalize.InvalidCharacter} // the rules of the table let nothing get here
		}
		if invalid.rule != "" {
			errs = append(errs, Problem{f.Name, invalid.input, f.sentence(invalid.rule, opt)})
		}
	}
	if asked(Consent) {
		errs = append(errs, missingConsents(form, opt)...)
	}
	return a, errs
}

// answerOf is the index of the answer to each field in the list of lead.Applicant.
var answerOf = sync.OnceValue(func() []int {
	answers := new(lead.Applicant).Answers()
	found := make([]int, len(fields()))
	for i, f := range fields() {
		found[i] = slices.IndexFunc(answers, func(a lead.Answer) bool { return a.Name == f.Name })
	}
	return found
})

// fault is the first rule that an answer breaks, and the box to correct. Without a rule there is no fault.
type fault struct{ input, rule string }

// read returns the normalized answer, empty when there is none, or its fault.
func (f *Field) read(form Form, opt Options) (string, fault) {
	if f.Kind == DateParts {
		return f.readDate(form, opt)
	}
	typed, rule := f.clean(form.Value(f.Name))
	switch {
	case rule == normalize.TooLong && !f.isText():
		return "", fault{f.Name, f.firstRule()} // "40 characters or fewer" would not help
	case rule != "":
		return "", fault{f.Name, rule}
	case typed == "" && f.Required:
		return "", fault{f.Name, "required"}
	case typed == "":
		return "", fault{}
	}
	value := f.normalized(typed, opt)
	if rule := broken(value, f.rulesFor(opt)); rule != "" {
		if more := normalize.WhyNoNumber(value); more != "" && (rule == "dollars" || rule == "months") {
			rule = more
		}
		return "", fault{f.Name, rule}
	}
	return value, fault{}
}

// isText says whether the answer is stored as written, and not as a number or a code.
func (f *Field) isText() bool { return f.Kind == TextBox || f.Kind == Email }

func (f *Field) clean(typed string) (text, rule string) {
	text, rule = normalize.Text(typed, f.MaxLength)
	if f.isText() {
		return text, rule
	}
	if rule == normalize.InvalidCharacter && f.Kind == Phone {
		text, rule = normalize.Text(normalize.WithoutDirections(typed), f.MaxLength)
	}
	return normalize.HalfWidth(text), rule
}

func (f *Field) normalized(typed string, opt Options) string {
	switch {
	case opt.Desk && f.capitalize != nil:
		return f.capitalize(typed)
	case f.normalize == nil:
		return typed
	}
	return f.normalize(typed)
}

func (f *Field) rulesFor(opt Options) string {
	if f.Kind == Email && opt.Production {
		return f.rules + ",realaddress"
	}
	return f.rules
}

func missingConsents(form Form, opt Options) Errors {
	if opt.Desk {
		return nil
	}
	var errs Errors
	for _, t := range consents() {
		asked := t.Required && (t.Name != ConsentCredit || opt.RequireCredit)
		if asked && !form.Checked(t.Name) {
			errs = append(errs, Problem{t.Name, t.Name, t.sentence("required", opt)})
		}
	}
	return errs
}
