package lead

import (
	"encoding/json"
	"net/url"
	"slices"
)

// DraftForm is the part of the form that a draft saves: the boxes as they were typed, valid or not, and which steps
// are done.
type DraftForm struct {
	Boxes     Boxes `json:"boxes,omitempty"`     // never the SSN
	Passed    []int `json:"passed,omitempty"`    // numbers of the steps that were valid once, ascending
	Restarted bool  `json:"restarted,omitempty"` // an earlier draft had expired, and its answers are lost
	Trapped   bool  `json:"trapped,omitempty"`   // the honeypot was filled in
	SSNGiven  bool  `json:"ssn,omitempty"`       // an SSN was typed; it may be erased by now
	SSNGone   bool  `json:"ssnGone,omitempty"`   // the last thing that was pressed removed the SSN
}

// Boxes are the texts in the boxes of a form, by the names of the boxes.
type Boxes map[string]string

// MarshalText encodes the boxes as a browser does, so that text that is not UTF-8 survives. The same boxes give the
// same text.
func (b Boxes) MarshalText() ([]byte, error) {
	values := url.Values{}
	for box, text := range b {
		values.Set(box, text)
	}
	return []byte(values.Encode()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (b *Boxes) UnmarshalText(text []byte) error {
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return err
	}
	*b = make(Boxes, len(values))
	for box := range values {
		(*b)[box] = values.Get(box)
	}
	return nil
}

// HasPassed reports whether the step was valid once.
func (f DraftForm) HasPassed(step int) bool { return slices.Contains(f.Passed, step) }

// Pass records that the step was valid.
func (f *DraftForm) Pass(step int) {
	if !f.HasPassed(step) {
		f.Passed = slices.Sorted(slices.Values(append(slices.Clone(f.Passed), step)))
	}
}

// Form decodes what SetForm encoded. A form that cannot be decoded, such as that of another version of the program,
// is an empty one: its visitor fills it in again.
func (d Draft) Form() DraftForm {
	var form DraftForm
	if err := json.Unmarshal([]byte(d.Typed.Reveal()), &form); err != nil {
		form = DraftForm{}
	}
	if form.Boxes == nil {
		form.Boxes = Boxes{}
	}
	return form
}

// SetForm encodes form into the draft. The same form gives the same bytes, so that a change is seen by comparing.
func (d *Draft) SetForm(form DraftForm) {
	text, err := json.Marshal(form)
	if err != nil {
		panic("lead: a draft's form cannot be written: " + err.Error()) // texts, numbers and booleans always can
	}
	d.Typed = Keep(string(text))
}
