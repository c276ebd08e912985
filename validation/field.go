// Package validation turns what a person typed into a lead.Applicant, or into words beside the
// fields. One table of fields (fields.go) says what the pages draw and what is checked, on every
// surface. Whatever an answer may be is decided here and nowhere else.
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
	Tick           // one check box
)

// Group is the part of the form that a field belongs to. Fields come group by group.
type Group int

// The groups: steps 1 to 4 of the consumer's form, the last of them in two parts, and the ticks.
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
	Parts        []Field // of DateParts: month, day and year, with Name, Label, Autocomplete, InputMode, Width and MaxLength
	Required     bool
	MaxLength    int // in code points after NFC; more is an error, so the page need not cut
	Group        Group
	Surfaces     Surface
	Sensitive    bool // sealed at rest, never logged

	normalize  func(string) string // one spelling for what it can read; what it cannot it leaves as it is
	rules      string              // validator tags that the normalized answer must pass
	personName bool                // the desk capitalizes it
	doubt      doubt               // what to warn of when the rules hold; nil when nothing
}

// Boxes is the names of the inputs that the field is typed into: its own, or those of its parts.
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

// IsTyped says whether the answer is typed, and not chosen or ticked.
func (f Field) IsTyped() bool {
	return !slices.Contains([]Kind{Choice, Radio, YesNo, Tick}, f.Kind)
}

// EnterKey is what the return key of a screen's keyboard says (enterkeyhint): "go" in the last box
// that the surfaces have typed into at a step of the consumer's form, "next" before it, nothing where
// nobody types.
func (f Field) EnterKey(surfaces Surface) string {
	if !f.IsTyped() {
		return ""
	}
	for i := range slices.Backward(fields()) {
		last := &fields()[i] // not a copy: every box asks
		if last.On(surfaces) && last.IsTyped() && last.Group.Step() == f.Group.Step() {
			if last.Name == f.Name {
				return "go"
			}
			return "next"
		}
	}
	return "next"
}

// On says whether the field is asked for on any of the surfaces.
func (f Field) On(surfaces Surface) bool { return f.Surfaces&surfaces != 0 }

// Fields lists the questions about the applicant in page order, one for each answer of a
// lead.Applicant. Nobody changes what is inside.
func Fields() []Field { return slices.Clone(fields()) }

// ByName finds a field or tick by its own name; the parts of a date are not fields.
func ByName(name string) (Field, bool) {
	for _, list := range [][]Field{fields(), ticks()} {
		for _, f := range list {
			if f.Name == name {
				return f, true
			}
		}
	}
	return Field{}, false
}
