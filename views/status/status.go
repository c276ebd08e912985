// Package status is the page of one request that was sent. It shows nothing about the person.
package status

import (
	"time"

	"intake/internal/consent"
	"intake/validation"
	"intake/views/frame"
)

// State is how far a request is, as the applicant may know it.
type State string

// The states. A request leaves Received, Checking and Slow without anybody's doing.
const (
	Received  State = "received"
	Checking  State = "checking"
	Slow      State = "slow"
	Qualified State = "qualified"
	Finished  State = "finished"
)

// Final says whether the page has nothing more to wait for.
func (s State) Final() bool { return s == Qualified || s == Finished }

// Progress is what the page shows.
type Progress struct {
	frame.Page
	State      State
	Reference  string    // of the lead, to be named on the phone: XXXX-XXXX
	SentAt     time.Time // shown in its own time zone, as the times below
	AtPartner  time.Time // since when Alleviate has it; zero when the page does not know
	ResultAt   time.Time // zero without a result
	EventsPath string    // of the stream of changes
	Refresh    int       // seconds until a page without JavaScript loads again; 0: never
	Marketing  bool      // the person agreed to be called

	Notice consent.Contents // what counsel wants to be said of a request that ended without an offer; may have no passages
}

// agreementPath is where the person sees what they agreed to.
func (p Progress) agreementPath() string { return p.Link(p.Path + "/agreement") }

// texts are the messages by the names that the result coach gives them.
var texts = map[string]State{"T1": Checking, "T2": Qualified, "T3": Finished, "T4": Slow}

// Text is what the page says in the state that the result coach calls name, to somebody who agreed to be called or not.
func Text(name string, marketing bool) validation.Text {
	state := texts[name]
	text := messages[state]
	if state == Qualified && marketing {
		text = frame.Both(text.EN+orWait.EN, text.ES+orWait.ES)
	}
	return text
}

// TextName is the name of what the page says in a state.
func (s State) TextName() string {
	for name, state := range texts {
		if state == s || s == Received && state == Checking {
			return name
		}
	}
	return ""
}
