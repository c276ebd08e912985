// Package frame is what all pages share: the document around them, form fields, errors and messages,
// icons, the problem page, and what a page knows of the site. It knows no page.
package frame

import (
	"strings"
	"time"

	"intake/static"
	"intake/validation"
)

// Site is who we are, the same on every page.
type Site struct {
	Brand       string        // the name in the header
	Seller      string        // the name in the consent texts
	Phone       string        // as people read it, such as "(512) 555-0100"
	Address     string        // postal
	Environment string        // "simulator", "sandbox" or "production"
	PublicURL   string        // scheme and host, without a slash at the end
	Look        static.Theme  // style sheet and icon in our color
	SSNKept     time.Duration // how long after the result the SSN is erased at the latest; 0: 24 h
	LoanFields  bool          // step 1 asks about a loan too

	Facts map[string][]Fact // by language, for the foot of every page: hours, languages, licenses
}

// Fact is something about us and its name.
type Fact struct{ Name, Text string }

// Asked is the surface of package validation whose fields we ask a consumer for.
func (s Site) Asked() validation.Surface {
	if s.LoanFields {
		return validation.Consumer | validation.ConsumerLoan
	}
	return validation.Consumer
}

// Test says whether this site is for invented people only.
func (s Site) Test() bool { return s.Environment != "production" }

// PhoneLink is the URL that dials Phone.
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

// Page is what all pages have in common.
type Page struct {
	Site
	Language string // "en" or "es"
	Path     string // this page's path without the language prefix, for the link to the other language; empty: "/"
	GPC      bool   // the browser sent Sec-GPC: 1
}

// T is t in the page's language, with our phone number filled in.
func (p Page) T(t validation.Text) string {
	return strings.ReplaceAll(t.In(p.Language), "{phone}", p.Phone)
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

// otherLanguage is the language that the page is not in.
func (p Page) otherLanguage() string {
	if p.Language == "es" {
		return "en"
	}
	return "es"
}

func (p Page) path() string {
	if p.Path == "" {
		return "/"
	}
	return p.Path
}
