// Package handoff is what a person sees of the link with which they agree on their own phone, and the box for a code that was
// read to them.
package handoff

import (
	"strconv"
	"strings"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
)

// Consents is the page on which a person agrees or does not. Its form posts to its own address: page, viewport, the boxes of the
// fields that are asked, the checkboxes of the consents, xxTrustedFormCertUrl when the visit is recorded, and answer.
type Consents struct {
	frame.Page
	PageID    string // the page's id, and the proof of what it shows
	FirstName lead.Private[string]
	LastName  lead.Private[string]
	Phone     lead.Private[string] // the number that would be called
	Asks      lead.Asked
	Form      validation.Form // what was typed; the Social Security number is not shown again
	Errors    validation.Errors
	Notice    validation.Text
	Texts     consent.Texts
	Recording *apply.Recording
}

// Values of the button that answers.
const (
	Accept  = "accept"
	Decline = "decline"
)

// Fields are those that the person types.
func Fields(asks lead.Asked) []validation.Field {
	var fields []validation.Field
	for _, f := range validation.Asked(validation.OwnPhone) {
		if f.Name == "dateOfBirth" && asks.DateOfBirth || f.Kind == validation.Secret && asks.SSN {
			fields = append(fields, f)
		}
	}
	return fields
}

// The page is stored as evidence: marks of package consent enclose what is about the person.

func words(text string) string { return consent.Mark(consent.Words, text) }

// names are filled into the consent texts.
func (c Consents) names() consent.Names {
	fullName := strings.TrimSpace(c.FirstName.Reveal() + " " + c.LastName.Reveal())
	return consent.Names{Seller: c.Seller, Contact: c.Page.Phone, Name: words(fullName), Phone: words(apply.PhoneNumber(c.Phone.Reveal()))}
}

// fill is t with the names of the buttons, the seller and the person.
func (c Consents) fill(t validation.Text) string {
	return strings.NewReplacer("{button}", consent.Button(c.Language), "{decline}", decline.In(c.Language), "{seller}", c.Seller,
		"{name}", words(c.FirstName.Reveal()), "{phone}", words(apply.PhoneNumber(c.Phone.Reveal()))).Replace(t.In(c.Language))
}

// blocks are the consents as the check page shows them.
func (c Consents) blocks() apply.Consents {
	return apply.Consents{Page: c.Page, Shown: c.Texts.For(c.Language, c.names()), Errors: c.Errors}
}

// notice is that of the recording, without a heading when there is none.
func (c Consents) notice() consent.Shown {
	if c.Recording == nil {
		return consent.Shown{}
	}
	shown, _ := c.Texts.Recording(c.Language, c.names())
	return shown
}

// why is the sentence under a question.
func (c Consents) why(f validation.Field) string {
	if f.Kind != validation.Secret {
		return c.T(birthWhy)
	}
	kept := c.SSNKept
	if kept == 0 {
		kept = 24 * time.Hour
	}
	count, unit := int(kept.Hours()), manyHours
	switch {
	case count == 1:
		unit = oneHour
	case count > 48:
		count, unit = count/24, manyDays
	}
	return strings.ReplaceAll(c.T(ssnWhy), "{time}", strings.ReplaceAll(c.T(unit), "{n}", strconv.Itoa(count)))
}

// Over is the page of a link that cannot be answered any more.
type Over struct {
	frame.Page
	State      lead.HandOffState
	StatusPath string // of the request, with the language prefix; empty: it is not shown
}

// Code is the page with the box for a code. Its form posts code.
type Code struct {
	frame.Page
	Typed   string
	Problem validation.Text // zero: none
}

func (c Code) errors() validation.Errors {
	if c.Problem == (validation.Text{}) {
		return nil
	}
	return validation.Errors{{Field: "code", Input: "code", Message: c.Problem}}
}
