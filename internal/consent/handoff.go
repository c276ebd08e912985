package consent

import (
	"time"

	"intake/internal/lead"
)

// The channels of the person's own browser.
const (
	ConsumerWeb  = "consumer-web"  // they filled in the form alone
	ConsumerLink = "consumer-link" // they followed the link of a hand-off, while an agent was on the line
)

// HandOff is the link with which a person agreed on their own phone.
type HandOff struct {
	Route    lead.Route
	SentTo   lead.Private[string] // the number, when Route is lead.RouteSent
	OpenedAt time.Time            // the first time
}

// After is r, given on the person's own phone, with the lines of the script that they agreed to on the call before.
func (r Record) After(call Record) Record {
	r.Call = call.Call
	acts := r.Acts
	r.Acts = nil
	for _, act := range call.Acts {
		if act.Shown == ReadAloud && act.Given {
			r.Acts = append(r.Acts, act)
		}
	}
	if len(r.Acts) == 0 {
		r.Call.Script = ""
	}
	r.Acts = append(r.Acts, acts...)
	return r
}
