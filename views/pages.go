// Package views is what people see: pure functions of their arguments. A page is a plain struct
// here and a component in the .templ file of the same noun.
package views

import (
	"strings"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/static"
	"intake/validation"
)

// Site is who we are, the same on every page.
type Site struct {
	Brand       string        // the name in the page's head
	Seller      string        // the name in the consent texts
	Phone       string        // as people read it, such as "(512) 555-0100"
	Environment string        // "simulator", "sandbox" or "production"
	PublicURL   string        // scheme and host, without a slash at the end
	Look        static.Look   // sheet and icon in our color
	SSNKept     time.Duration // how long after the result the SSN is erased at the latest; 0: 24 h
	LoanFields  bool          // step 1 asks about a loan too
}

// Asked is where the questions that we ask a consumer stand in the table of package validation.
func (s Site) Asked() validation.Surface {
	if s.LoanFields {
		return validation.Consumer | validation.ConsumerLoan
	}
	return validation.Consumer
}

// StepFields is what a step asks, in page order, from the table of package validation.
func (s Site) StepFields(number int) []validation.Field {
	return validation.Asked(s.Asked(), validation.Steps()[number-1]...)
}

// Test says whether this is a place for invented people only.
func (s Site) Test() bool { return s.Environment != "production" }

// PhoneLink is the address that dials Phone.
func (s Site) PhoneLink() string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s.Phone)
	if len(digits) == 10 {
		digits = "1" + digits
	}
	return "tel:+" + digits
}

// Page is what all pages share.
type Page struct {
	Site
	Language string // "en" or "es"
	Path     string // this page without the language's prefix, where the link to the other language leads; empty: the first page
	GPC      bool   // the browser sent Sec-GPC: 1

	marks bool // the page is cut after it was drawn
}

// Link is path in the page's language.
func (p Page) Link(path string) string { return LinkIn(p.Language, path) }

// LinkIn is path in a language: English as it is, Spanish under /es.
func LinkIn(language, path string) string {
	if language == "es" {
		return "/es" + path
	}
	return path
}

// The steps of the form, as people count them.
const (
	StepDebt = 1 + iota // on the landing page
	StepYou
	StepHome
	StepIncome
)

// StepPath is where a step is, without the language's prefix: GET shows it, POST takes it. The
// first step's POST is at /apply/debt, its page is the landing page.
func StepPath(number int) string { return steps[number].path }

// Landing is the first page, which is step 1 too. Its form posts to /apply/debt: the boxes of
// StepFields(StepDebt), shown, origin, website (a trap that stays empty), and language when the other language was pressed.
type Landing struct {
	Page
	Shown     string // when the page was shown first, signed
	Origin    string // where the visitor came from, signed
	Form      validation.Form
	Errors    validation.Errors
	Notice    validation.Text
	Continue  bool           // a draft is further on: a link leads to /apply
	Recording *consent.Shown // the notice that a later page is recorded, when it is
}

// Step is step 2, 3 or 4. Its form posts to StepPath(Number): the boxes of StepFields(Number),
// language when the other language was pressed, and on step 4 skip when Skip was pressed, or forget
// when the number we hold shall go. Each of the three has a value only when it was pressed.
type Step struct {
	Page
	Number  int
	Form    validation.Form
	Errors  validation.Errors // of this step alone
	Notice  validation.Text
	SSNEnds string // the last four digits of the number that the draft holds
	Checked bool   // every step was passed once: the way on, and back, is the check page
}

// Check is the page with the answers, the consents and the button. Drawn, it holds the marks of
// package consent around what is one person's own: whoever sends it cuts it with consent.Cut and
// sends the joined parts. Its form posts to /apply/check: request, page, website (a trap that stays
// empty), viewport, the consents' boxes, and xxTrustedFormCertUrl when the visit is recorded.
type Check struct {
	Page
	Request   string         // which request of which draft the form sends, as a keyed hash
	PageID    string         // and the proof of what stands on the page
	Applicant lead.Applicant // the SSN in it is not looked at
	Warnings  []validation.Warning
	SSNEnds   string        // the last four digits of the number that goes along; empty without one
	SSNGone   bool          // a number was typed and is no longer kept
	Texts     consent.Texts // the page fills in the person and the number, marked
	Errors    validation.Errors
	Notice    validation.Text
	Earlier   *Earlier
	Recording *Recording
}

// Recording is an independent recording of the visit (TrustedForm). Its notice is in the texts.
type Recording struct {
	Script string // the vendor's
	Strict bool   // not before the visitor touches the form
}

// Earlier is the version of the request that is with us already.
type Earlier struct {
	StatusPath string    // with the language's prefix
	At         time.Time // shown on its own clock
	Changed    bool      // the answers are not those that we have
}

// OptOut is the page on which people say that they want no more of us. Its form posts contact, a
// telephone number or an address, to /opt-out.
type OptOut struct {
	Page
	Typed  string
	Wrong  bool // neither a number nor an address
	Notice validation.Text
	Done   bool // the answer, the same for everybody
}

// Document is a text for everybody: the privacy notice at /privacy or the terms at /terms.
type Document struct {
	Page
	Contents consent.Contents
	Version  string
}

// State is where a request stands, as far as the applicant is told.
type State string

// The states. Slow and the two before it change by themselves.
const (
	Received  State = "received"
	Checking  State = "checking"
	Slow      State = "slow"
	Qualified State = "qualified"
	Finished  State = "finished"
)

// Final says whether the page has nothing more to wait for.
func (s State) Final() bool { return s == Qualified || s == Finished }

// Status is the page of one request. It holds nothing about the person.
type Status struct {
	Page
	State      State
	Reference  string // of the lead, for the telephone: XXXX-XXXX
	EventsPath string
	Refresh    int  // seconds until a page without JavaScript looks again; 0 when it need not
	Marketing  bool // the person agreed to be called
}

// Problem is a page for what went wrong.
type Problem struct {
	Page
	Status    int
	Reference string
}

// ConsentInput is the name of the box under a consent text.
func ConsentInput(p consent.Purpose) string {
	switch p {
	case consent.Credit:
		return validation.ConsentCredit
	case consent.Terms:
		return validation.ConsentTerms
	case consent.Marketing:
		return validation.ConsentMarketing
	}
	panic("views: no box for the consent " + string(p))
}
