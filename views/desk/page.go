// Package desk is the page on which an agent types a lead while a caller is on the line. It is in English; the lines of
// the script are in the caller's language too.
package desk

import (
	"fmt"
	"slices"
	"time"

	"github.com/a-h/templ"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/frame"
)

// Page is the desk's page.
type Page struct {
	frame.StaffPage
	Token    string // names the draft; it opens it for this agent alone
	Form     validation.Form
	Errors   validation.Errors
	Notes    map[string]Note // beside the fields, by their names; an error comes before them
	Place    Place           // that we have filled in
	Call     Call
	Clock    Clock
	Matches  Matches
	Offer    Offer
	Prefill  Prefill  // why the dialer has filled in nothing
	Source   string   // where the dialer says that the caller comes from
	Outcome  *Outcome // of sending; nil before
	AskSSN   bool
	HelpOff  bool // the agent has switched off the key that opens the list of keys
	HasDraft bool
	SavedAt  time.Time // when the draft was saved last; with HasDraft

	FromOldPage bool // it was not sent, because it was opened in an earlier session
}

// Note is the line under a field.
type Note struct {
	Text    string
	Warning bool
}

// Place is where a ZIP code is.
type Place struct{ ZIP, City, State string }

// Call is the consent that the caller gives on a recorded call.
type Call struct {
	Offered  bool // a lead may go out on such a consent
	Language string
	ID       string
	Given    map[consent.Purpose]string // "yes", "no" or empty
	Lines    []consent.Spoken           // of the script, in English
	Spanish  []consent.Spoken
	State    string            // for whose callers the lines are
	Again    []consent.Purpose // whose boxes were checked for the line of another state: that of this one is to be read
}

// Clock is the time where the caller is. The zero value is an unknown place.
type Clock struct {
	Local string // "1:05 PM CST"
	State string // its name
	Quiet bool   // nobody may be called there now
}

// Matches are the earlier leads of the same phone or email.
type Matches struct {
	All    []Match
	Failed bool // they could not be looked for
}

// Match is an earlier lead.
type Match struct {
	Same   string // "phone", "email" or "phone and email"
	Ago    string // "2 days ago"
	Agent  string // empty: the consumer's own request
	Result int    // 0: none yet
	Path   string // of its page; empty when this agent may not open it
}

func (m Match) words() string {
	who, result := "agent "+m.Agent, fmt.Sprintf("result %d", m.Result)
	if m.Agent == "" {
		who = "by the consumer"
	}
	if m.Result == 0 {
		result = "no result yet"
	}
	return fmt.Sprintf("Same %s: lead of %s, %s, %s", m.Same, m.Ago, who, result)
}

// Offer is a form that the agent has not sent. The zero value is none.
type Offer struct {
	Token string
	At    time.Time
}

// Outcome is what came of sending a form.
type Outcome struct {
	Kind     Kind
	ID       lead.PartnerID // empty: there is no lead
	Missing  []string       // of the consent
	NoRoute  bool           // consent on a recorded call is turned off
	Lines    *Call          // the lines of the script, when the page has others; nil: it has these
	Token    string         // of the draft that the form becomes when it is sent again; empty: that of the page
	Warnings []string
	Matches  Matches
	Panel    templ.Component // what becomes of the lead; nil without it
}

// ended says whether nothing is left to send by the form.
func (o Outcome) ended() bool {
	return slices.Contains([]Kind{Saved, AlreadySent, OptedOut, Closed}, o.Kind) && o.ID != ""
}

// dispositionLink leads to the disposition of a caller who says no.
func (o Outcome) dispositionLink() templ.SafeURL {
	if o.Panel != nil {
		return "#disposition-3"
	}
	return templ.URL("/desk/leads/" + string(o.ID) + "/result#disposition-3")
}

// Kind is what came of sending.
type Kind int

// The kinds.
const (
	Saved       Kind = iota // it goes out
	Awaiting                // it is saved, and waits for the consent
	Changed                 // an earlier version is with us, and the change was not sent
	NotSaved                // storage failed
	NotYours                // somebody else has typed it
	AlreadySent             // its consent was completed before, with another form
	Expired                 // it waited too long for its consent, and is closed
	OptedOut                // its person opted out, and it is closed
	Closed                  // somebody closed it
)

// scriptOrder is the order in which an agent asks for the fields, which is that of the Tab key.
var scriptOrder = []string{
	"firstName", "lastName", "dateOfBirth", "email", "homePhone", "address1", "zipCode", "city", "state", "estimatedDebt",
}

// mainFields are the fields that are always in view.
func mainFields() []validation.Field {
	fields := make([]validation.Field, len(scriptOrder))
	for i, name := range scriptOrder {
		fields[i], _ = validation.ByName(name)
	}
	return fields
}

// moreFields are the fields under "More".
func (p *Page) moreFields() []validation.Field {
	if p.AskSSN {
		return validation.Asked(validation.DeskMore | validation.DeskSSN)
	}
	return validation.Asked(validation.DeskMore)
}

// InOrder sorts errors by the place of their fields on the page.
func InOrder(errs validation.Errors) validation.Errors {
	sorted := slices.Clone(errs)
	rank := func(p validation.Problem) int {
		if i := slices.Index(scriptOrder, p.Field); i >= 0 {
			return i
		}
		return len(scriptOrder) // those under "More" keep the order of the table
	}
	slices.SortStableFunc(sorted, func(a, b validation.Problem) int { return rank(a) - rank(b) })
	return sorted
}

// moreIsOpen says whether something under "More" is filled in or is wrong.
func (p *Page) moreIsOpen() bool {
	return slices.ContainsFunc(p.moreFields(), func(f validation.Field) bool {
		_, wrong := p.Errors.For(f.Name)
		return wrong || p.Form.Value(f.Name) != "" && f.Kind != validation.Secret
	})
}

// label is shorter than the consumers', where theirs asks a question.
func label(f validation.Field) string {
	short := map[string]string{
		"estimatedDebt": "Debt, about (optional)", "homePhone": "Phone", "address1": "Street address", "zipCode": "ZIP code",
		"socialSecurityNumber": "Social Security number", "payFrequencyId": "How often paid", "residenceTypeId": "Own or rent",
	}[f.Name]
	if short != "" {
		return short
	}
	return f.Label.EN
}

// isSelect says whether the answer is chosen from a list. The state is typed.
func isSelect(f validation.Field) bool { return !f.IsTyped() && f.Name != "state" }

// trigger is when htmx asks for a check of the field.
func trigger(f validation.Field) string {
	switch {
	case isSelect(f):
		return "change"
	case f.Name == "zipCode":
		return "focusout changed, complete"
	}
	return "focusout changed"
}

// sent is what a check may send: only that of the Social Security number sends the number.
func sent(f validation.Field) string {
	if f.Kind == validation.Secret {
		return "field,socialSecurityNumber," + frame.CSRFInput
	}
	return "not socialSecurityNumber"
}

// LineInput is the name of the box of a line of the script.
func LineInput(p consent.Purpose) string { return "line-" + string(p) }

// lineOf is the input beside which a line is read.
func lineOf(s consent.Spoken) string {
	if s.Purpose != "" {
		return LineInput(s.Purpose)
	}
	return s.Field
}

// lineLabels are the boxes of the lines that a lead needs, in the order of the script.
var lineLabels = []struct {
	purpose consent.Purpose
	label   string
	missing string
}{
	{consent.Recording, "Recording: read, caller agrees", "the recording notice"},
	{consent.Credit, "Credit check: caller says yes", "the permission for the credit check"},
	{consent.Terms, "Terms and privacy: caller says yes", "the terms and privacy notice"},
}

// withoutConsent is what to do when the caller does not agree to what a lead needs.
const withoutConsent = "Leave the box empty and press Ctrl+Enter all the same: a lead without this box is saved and never sent. Then record 3, Not interested."

// refusals are what to say and to do when the caller says no to a line that a lead needs. An agent who may not record can take no
// consent, and a lead without consent is never sent.
var refusals = map[consent.Purpose]struct {
	say  validation.Text
	next string
}{
	consent.Recording: {
		validation.Text{EN: "All right. Then I cannot take your request by phone. You can send it yourself on our website.",
			ES: "Está bien. Entonces no puedo tomar su solicitud por teléfono. Puede enviarla usted en nuestro sitio web."},
		"End the call and press F2. A spoken consent counts only on a recording.",
	},
	consent.Credit: {
		validation.Text{EN: "All right. Without it I cannot send your request, so nothing is sent.",
			ES: "Está bien. Sin eso no puedo enviar su solicitud, así que no se envía nada."},
		withoutConsent,
	},
	consent.Terms: {
		validation.Text{EN: "All right. Without it I cannot send your request, so nothing is sent.",
			ES: "Está bien. Sin eso no puedo enviar su solicitud, así que no se envía nada."},
		withoutConsent,
	},
}

// marketingName is how the page names the line that no lead needs.
const marketingName = "the line about calls and texts"

// Missing is how the page names a purpose that the caller has not agreed to.
func Missing(p consent.Purpose) string {
	for _, l := range lineLabels {
		if l.purpose == p {
			return l.missing
		}
	}
	return marketingName
}

// shortcut is a key and what it does.
type shortcut struct {
	key, does string
	always    bool // in a field too
}

// shortcuts are the keys of the desk, as docs/desk.md lists them.
var shortcuts = []shortcut{
	{"Ctrl+Enter", "send, from any field", true},
	{"F2", "new lead", true},
	{"F8", "link for the caller's own phone, once the lead is saved", true},
	{"Ctrl+.", "next error or warning", true},
	{"Ctrl+,", "script in English or Spanish", true},
	{"Ctrl+/", "search for a lead", true},
	{"Ctrl+;", "call backs", true},
	{"Tab", "accept the suggested mail host and go on", true},
	{"Esc", "dismiss the suggested mail host", true},
	{"?", "this list, outside of fields", false},
}

// saidAgain names the lines that are to be read again, in a sentence.
func (c Call) saidAgain() string {
	var names []string
	for _, p := range c.Again {
		names = append(names, Missing(p))
	}
	return listed(names)
}
