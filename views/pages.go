// Package views is what people see: pure functions of their arguments. A page is a plain struct
// here and a component in the .templ file of the same noun.
package views

import (
	"strings"
	"time"

	"intake/internal/consent"
	"intake/validation"
)

// Site is who we are, the same on every page.
type Site struct {
	Brand       string // the name in the page's head
	Seller      string // the name in the consent texts
	Phone       string // as people read it, such as "(512) 555-0100"
	Environment string // "simulator", "sandbox" or "production"
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
	Language string
}

// Apply is the form.
type Apply struct {
	Page
	Ticket   string // the submission key, signed
	Form     validation.Form
	Errors   validation.Errors
	Notice   validation.Text // why the form is here again, when no field is to blame
	Earlier  *Earlier        // set when this key is stored with other answers
	Consents []consent.Shown
}

// Earlier is the version of the request that is with us already.
type Earlier struct {
	StatusPath string
	At         time.Time
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
	Reference  string // for the telephone
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
