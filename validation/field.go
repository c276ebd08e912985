// Package validation turns what a person typed into a lead.Applicant, or into messages beside the fields.
// One table of fields (fields.go) defines what the pages draw and what is checked, on every surface. No
// other package decides which answers are valid.
package validation

import "slices"

// Kind is how a field is asked for.
type Kind int

// The kinds. A page draws by them and needs no name of a field.
const (
	TextBox   Kind = iota
	Email          // type=email
	Phone          // a telephone number; type=text, since HTML lets no type=tel fill in "tel-national"
	Number         // digits that are a code, not an amount: the ZIP code
	Money          // whole dollars; the page shows "$" before the box
	Months         // "18" or "2 years"
	Secret         // the SSN: show/hide button, and never filled in again
	DateParts      // three boxes, listed in Parts; on the desk one box with the field's own name
	Choice         // select
	Radio          // radio buttons
	YesNo          // radio buttons yes and no, none chosen
	Checkbox       // one check box
)

// Group is the part of the form that a field belongs to. Fields come group by group.
type Group int

// The groups: steps 1 to 4 of the consumer's form, the last of them in two parts, and the consents.
const (
	Debt     Group = iota // step 1
	About                 // step 2
	Home                  // step 3
	Income                // step 4
	Identity              // step 4, below: the SSN; and who else applies
	Consent               // the check page
)

// Surface is a set of places where a field is asked for.
type Surface uint8

// The surfaces.
const (
	Consumer     Surface = 1 << iota // the consumer's form
	ConsumerLoan                     // the consumer's form, where it asks about a loan too
	Desk                             // the agent's form, always in view
	DeskMore                         // the agent's form, under "More"
	DeskSSN                          // the agent's form, where the desk may ask for the Social Security number
	OwnPhone                         // the consumer's own phone, while an agent is on the line
)

// Option is one choice of a Choice, Radio or YesNo field.
type Option struct {
	Value string // as sent by the browser
	Label Text
}

// Field is one question: what the page draws and what its answer must be. No answer is for a
// spelling checker or for automatic correction.
type Field struct {
	Name         string // exactly as in LeadInput; it is the name of the input too
	Label        Text
	Hint         Text   // zero when there is none
	Autocomplete string // on the consumer's pages; on the desk it is "off" everywhere
	InputMode    string // empty: the keyboard that the kind brings
	Capitalize   bool   // the keyboard begins each word with a capital; for all others it must not
	Width        int    // in characters, how long an answer usually is; 0: as wide as the page likes
	Kind         Kind
	Options      []Option
	Parts        []Field // of DateParts: the month, which is a Choice, the day and the year
	Required     bool
	MaxLength    int // in code points after NFC; more is an error, so the page need not cut
	Group        Group
	Surfaces     Surface
	Sensitive    bool // sealed at rest, never logged

	normalize  func(string) string // one spelling for what it can read; what it cannot it leaves as it is
	rules      string              // validator tags that the normalized answer must pass
	capitalize func(string) string // at the desk, what was typed in one case
	warn       warning             // checks a valid answer for a warning; nil when there is none to give
}

// Boxes are the names of the inputs that the field is typed into: its own, or those of its parts.
func (f Field) Boxes() []string {
	if len(f.Parts) == 0 {
		return []string{f.Name}
	}
	names := make([]string, len(f.Parts))
	for i, p := range f.Parts {
		names[i] = p.Name
	}
	return names
}

// IsTyped says whether the answer is typed, and not chosen or checked.
func (f Field) IsTyped() bool {
	return !slices.Contains([]Kind{Choice, Radio, YesNo, Checkbox}, f.Kind)
}

// Chosen is the value of the option that a typed answer means: "Texas" is TX, and "March" or "mar" is 3. An answer that
// means none is returned as it is.
func (f Field) Chosen(typed string) string {
	text, rule := f.clean(typed)
	if f.normalize == nil || rule != "" {
		return typed
	}
	return f.normalize(text)
}

// On says whether the field is asked for on any of the surfaces.
func (f Field) On(surfaces Surface) bool { return f.Surfaces&surfaces != 0 }

// Fields lists the questions about the applicant in page order, one for each answer of a
// lead.Applicant. Callers must not change their options or parts.
func Fields() []Field { return slices.Clone(fields()) }

// ByName finds a field or consent by its own name; the parts of a date are not fields.
func ByName(name string) (Field, bool) {
	for _, list := range [][]Field{fields(), consents()} {
		for _, f := range list {
			if f.Name == name {
				return f, true
			}
		}
	}
	return Field{}, false
}
