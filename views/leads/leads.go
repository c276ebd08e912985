// Package leads is what staff see of leads that were sent: the result panel, an agent's last leads, the page of one lead,
// the search and the team. It is in English; what agents say to callers is in English and Spanish.
package leads

import (
	"strings"
	"time"

	"intake/internal/coach"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/frame"
)

// Result is the panel that says what to do with a lead now.
type Result struct {
	frame.Clock
	Lead     lead.Lead // nothing that the applicant told us is shown
	Advice   coach.Advice
	Page     validation.Text // what the consumer's own page says
	Warnings []string
	Notice   string               // what has just been done; empty: nothing
	Fresh    bool                 // it was just sent: focus moves to the dispositions once there is a result
	MayLook  bool                 // the status can be read again
	Ended    lead.DispositionKind // how the call ended, as said last; 0: it goes on
	HandOff  *HandOff
}

// Settled reports whether there is something to say about the lead that waiting does not change.
func (r Result) Settled() bool { return r.Advice.Tone != coach.Wait }

// Dispositions is the form in which an agent says how the call ended, and what was said before.
type Dispositions struct {
	frame.Clock
	Lead      lead.PartnerID
	Given     []lead.Disposition // oldest first
	Suggested lead.DispositionKind
	Form      validation.Form
	Errors    validation.Errors
	Notice    string // what has just been done; empty: nothing
	Erased    bool   // the answers are erased: a note would never be
	Caller    string // zone of the caller by its IANA name, when it is known and its time differs
}

// said is the disposition that counts.
func (d Dispositions) said() lead.DispositionKind {
	if len(d.Given) == 0 {
		return 0
	}
	return d.Given[len(d.Given)-1].Kind
}

// callerTime says how the caller's time differs from the agent's; empty when it does not, or nobody knows.
func (d Dispositions) callerTime() string {
	if zone, err := time.LoadLocation(d.Caller); d.Caller != "" && err == nil {
		return "Caller's time is " + frame.Clock{Now: d.Now, Zone: zone}.ZoneName() + ": it is " + d.Now.In(zone).Format("3:04 PM") + " there now."
	}
	return ""
}

// inCallersTime is a moment as the caller's clock shows it; empty when that is the agent's, or nobody knows.
func (d Dispositions) inCallersTime(at time.Time) string {
	if zone, err := time.LoadLocation(d.Caller); d.Caller != "" && err == nil {
		return at.In(zone).Format("(3:04 PM MST for the caller)")
	}
	return ""
}

// callBackDescribed names what is said about the time of a call back.
func (d Dispositions) callBackDescribed() string {
	var ids []string
	if d.callerTime() != "" {
		ids = append(ids, "callBackAt-hint")
	}
	if _, found := d.invalid("callBackAt"); found {
		ids = append(ids, "callBackAt-error")
	}
	return strings.Join(ids, " ")
}

// Recent is an agent's last leads.
type Recent struct {
	frame.Clock
	Rows []Row
}

// Row is a lead in a list.
type Row struct {
	ID          lead.PartnerID // empty: whoever reads may not open it
	Reference   string
	At          time.Time
	Who         string // who typed it
	State       string // in words
	Tone        coach.Tone
	Code        int
	Disposition lead.DispositionKind // the last one, or 0
	Same        string               // what it shares with what was searched
}

// Page is the page of one lead.
type Page struct {
	frame.StaffPage
	Result       Result
	Dispositions Dispositions
	Answers      []Answer
	Timeline     []Moment
	Consent      Consent
	Retention    []string // a sentence for each class of records
	Refresh      int      // seconds until the page of the result loads again without JavaScript; 0: never
}

// Answer is something that the applicant told us, masked.
type Answer struct{ Label, Masked string }

// Moment is something that happened to a lead.
type Moment struct {
	At     time.Time
	What   string
	Who    string // empty: the program
	Detail string
}

// Consent is the state of the consent record.
type Consent struct {
	Channel  string
	At       time.Time
	Language string
	Complete bool
	Acts     []Act
	Gaps     []string
}

// Act is the answer to one consent.
type Act struct{ Purpose, Answer, Text string }

// Search is the page with the search box.
type Search struct {
	frame.StaffPage
	Typed    string // shown again only when it could not be read
	Error    string
	Searched string // what kind of thing was searched; empty: nothing yet
	Rows     []Row
}

// Team is the page of all agents' leads of today.
type Team struct {
	frame.StaffPage
	Since time.Time
	Rows  []AgentRow
	Total lead.TeamRow
	Codes []Count // of all agents
	Ends  []Count // likewise, by disposition
}

// AgentRow is an agent's leads of today, and the path of their list.
type AgentRow struct {
	lead.TeamRow
	Path string
}

// AgentDay is the page of one agent's leads of today.
type AgentDay struct {
	frame.StaffPage
	Name  string
	Since time.Time
	Rows  []Row
}

// CallBacks is the page of the call backs that are promised.
type CallBacks struct {
	frame.StaffPage
	All  bool // of all agents
	Rows []CallBack
	Next string // the place in the list behind which the next page begins; empty: this is the last page
}

// CallBack is one of them.
type CallBack struct {
	At        time.Time
	Theirs    string // the time where the caller is; empty: the place is unknown
	Quiet     bool   // nobody may be called there at that time
	Lead      lead.PartnerID
	Reference string
	By        string // who promised it
	Note      string
}

// Count is how many leads have something in common.
type Count struct {
	Of    string
	Leads int
}
