package apply

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/frame"
)

// Check is the page with the answers, the consents and the button. Its form posts to /apply/check:
// request, page, website (the honeypot), viewport, the checkboxes of the consents, and
// xxTrustedFormCertUrl when the visit is recorded.
type Check struct {
	frame.Page
	Request   string         // which request of which draft the form sends, as a keyed hash
	PageID    string         // the page's id, and the proof of what it shows
	Applicant lead.Applicant // its SSN is not read
	Warnings  []validation.Warning
	SSNEnds   string            // the last four digits of the number that is sent too; empty without one
	SSNGone   bool              // a number was typed and is no longer kept
	Texts     consent.Texts     // the page fills in the person's name and phone number
	Errors    validation.Errors // of the consents
	Notice    validation.Text
	Recording *Recording

	CreditOptional bool // the form is taken without the permission for a credit check
}

// Recording is an independent recording of the visit (TrustedForm). Its notice is in the texts.
type Recording struct {
	Script string // the vendor's
	Strict bool   // it waits for the visitor to touch the form
}

// checkView is a Check as its templates see it: every text about the person is a personal, or marked
// already.
type checkView struct {
	frame.Page
	answers         templ.Component // erased with the lead's answers
	request, pageID personal
	consents        Consents
	notice          validation.Text
	recording       *recordingView
}

type recordingView struct {
	script string
	strict personal // it depends on where the person lives
	notice consent.Shown
}

func (c Check) view() checkView {
	v := checkView{
		Page:    c.Page,
		answers: Marked(consent.Answers, answers(c.Page, c.sections())),
		request: personal{c.Request}, pageID: personal{c.PageID},
		consents: Consents{c.Page, c.Texts.For(c.Language, c.names()), c.CreditOptional, c.Errors},
		notice:   c.Notice,
	}
	if c.Recording != nil {
		notice, _ := c.Texts.Recording(c.Language, c.names()) // without the text there is no notice
		v.recording = &recordingView{c.Recording.Script, personal{strconv.FormatBool(c.Recording.Strict)}, notice}
	}
	return v
}

// names are filled into the consent texts.
func (c Check) names() consent.Names {
	fullName := strings.TrimSpace(c.Applicant.FirstName.Reveal() + " " + c.Applicant.LastName.Reveal())
	return consent.Names{
		Seller: c.Seller, Contact: c.Phone,
		Name: personal{fullName}.marked(), Phone: personal{PhoneNumber(c.Applicant.HomePhone.Reveal())}.marked(),
	}
}
