package lead

import "time"

// How long an unfinished form is stored after its last change, its Social Security number after it was typed, and a link to
// return to it after it was asked for.
const (
	DraftKept    = 72 * time.Hour
	DraftSSNKept = time.Hour
	ReturnKept   = 72 * time.Hour
)

// Draft is a form that somebody is filling in, valid or not. A cookie has its handle. It stays for a while
// after it has become a lead, so that the Back button shows what was sent.
type Draft struct {
	Handle      Private[string] // in the cookie; only a keyed hash is stored
	Request     int             // which request of it is filled in: 1, and one more when changed answers become a new one
	ShownAt     time.Time       // when its first page was shown, as the form proved; zero when it did not
	Language    string          // "en" or "es", as last shown
	Typed       Private[string] // a DraftForm, as SetForm writes it and Form reads it
	SSN         Private[string] // as typed
	SSNUntil    time.Time       // when the SSN is erased; zero without one
	Origin      Private[Attribution]
	Return      Private[string] // token of the link by which another browser goes on; the store makes it
	ReturnUntil time.Time       // when that link ends; zero without one
	Agent       string          // key of the agent whose draft it is: nobody else may read it; empty for a consumer's

	StartedAt time.Time
	ExpiresAt time.Time
	Version   int     // raised when answers change
	Sent      Receipt // of the last lead that it became; zero before
	Changed   bool    // its answers, or its request, are newer than that lead
}

// AskReturn asks for a link to return by, another one each time. The link must not lead to the Social Security number, so that is
// erased. A draft that was sent gets none: there is nothing to go on with.
func (d *Draft) AskReturn(now time.Time) {
	if d.Sent.Handle == "" {
		d.ReturnUntil, d.SSN = now.Add(ReturnKept), Private[string]{}
	}
}

// Attribution is where a visitor came from at first touch, checked and bounded. It is stored apart
// from the answers and never goes to Alleviate. The zero value says that nothing is known or
// that the browser asked not to be followed (Global Privacy Control).
type Attribution struct {
	UTMSource   string `json:"utm_source,omitempty"`
	UTMMedium   string `json:"utm_medium,omitempty"`
	UTMCampaign string `json:"utm_campaign,omitempty"`
	UTMTerm     string `json:"utm_term,omitempty"`
	UTMContent  string `json:"utm_content,omitempty"`
	GCLID       string `json:"gclid,omitempty"`
	GBRAID      string `json:"gbraid,omitempty"`
	WBRAID      string `json:"wbraid,omitempty"`
	FBCLID      string `json:"fbclid,omitempty"`
	MSCLKID     string `json:"msclkid,omitempty"`
	TTCLID      string `json:"ttclid,omitempty"`
	Referrer    string `json:"referrer,omitempty"` // scheme and host alone
	Landing     string `json:"landing,omitempty"`  // path without query
}

// OptedOut is the reason of a lead that was closed because its person opted out.
const OptedOut = "opt-out"

// OptOut is a person's request not to be called, written to or passed on any more. It is stored longer than
// their leads.
type OptOut struct {
	At        time.Time
	Channel   string          // "web", "command line"
	Language  string          // of the page
	Phone     Private[string] // ten digits; either this or the address
	Email     Private[string] // as leads have it
	ClientIP  Private[string]
	UserAgent Private[string]
}
