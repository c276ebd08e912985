// Package status is the page of one request that was sent. It shows nothing about the person.
package status

import "intake/views/frame"

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
	Reference  string // of the lead, to be named on the phone: XXXX-XXXX
	EventsPath string // of the stream of changes
	Refresh    int    // seconds until a page without JavaScript loads again; 0: never
	Marketing  bool   // the person agreed to be called
}
