// Package coach says what the result of a lead means and what an agent says and does next. Its words are data, and the
// code decides which row holds: no data can make a code outside 1013 to 1017 a success.
package coach

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"intake/internal/lead"
)

// Sentence is what an agent says to the caller. The zero value is nothing.
type Sentence struct{ EN, ES string }

// Tone is how a state is shown, beside its words.
type Tone string

// The tones.
const (
	Calm      Tone = "calm"      // ended, nothing to do
	Good      Tone = "good"      // qualified
	Wait      Tone = "wait"      // goes on by itself
	Attention Tone = "attention" // somebody has to do something
)

// Consumer names one of the texts that the consumer's own page shows. Package views/status has their words.
type Consumer string

// The consumer's texts.
const (
	Working   Consumer = "T1"
	Qualified Consumer = "T2"
	Received  Consumer = "T3"
	Slow      Consumer = "T4"
)

// SlowAfter is the age from which a lead that Working describes is Slow.
const SlowAfter = 10 * time.Minute

// Advice is what staff need to know about a lead now.
type Advice struct {
	State       string // in a few words
	Tone        Tone
	Meaning     string
	Say         Sentence
	Consumer    Consumer
	Next        string
	Disposition lead.DispositionKind // the one that fits; 0 when none is suggested
	Qualified   bool
	Version     string // of the words
}

// Case is what advice depends on.
type Case struct {
	Lead     lead.Lead
	OptedOut bool // an agent has chosen "do not call": what the person asked for counts more than the result
	Now      time.Time
}

// Table has the words of every result. The zero value has none; Load makes one.
type Table struct {
	version string
	rows    map[string]row
}

// Advise returns the advice for a lead.
func (t Table) Advise(c Case) Advice {
	l := c.Lead
	shown := t.rows[t.rowOf(l)]
	advice := t.fill(shown, l)
	if c.OptedOut {
		advice = t.fill(t.rows[closedForOptOut], l)
		advice.Consumer = shown.Consumer // their page goes by the lead alone
	}
	if advice.Consumer == Working && c.Now.Sub(l.ReceivedAt) >= SlowAfter {
		advice.Consumer = Slow
	}
	return advice
}

func (t Table) fill(r row, l lead.Lead) Advice {
	numbers := strings.NewReplacer("{code}", strconv.Itoa(l.ResultCode), "{submit}", strconv.Itoa(l.SubmitStatus))
	return Advice{
		State: numbers.Replace(r.State), Tone: r.Tone, Meaning: numbers.Replace(r.Meaning), Say: r.sentence, Consumer: r.Consumer,
		Next: numbers.Replace(r.Next), Disposition: r.Disposition, Qualified: l.Qualified(), Version: t.version,
	}
}

// The rows that every table has, beside those of codes.
const (
	sending            = "sending"
	unknownCode        = "unknown code"
	inDoubt            = "in doubt"
	parked             = "parked"
	suspect            = "suspect"
	awaitingConsent    = "awaiting consent"
	closed             = "closed"
	closedForNoConsent = "closed: no consent"
	closedForOptOut    = "closed: opt-out"
	submitted          = "submit 200"
	submittedBefore    = "submit 208"
	noCertificate      = "submit 400"
	refusedForGood     = "submit 422"
	submitUnknown      = "submit other"
	handOffDue         = "hand-off due"
)

func codeRow(code int) string { return fmt.Sprint("code ", code) }

// rowOf names the row of a lead.
func (t Table) rowOf(l lead.Lead) string {
	switch l.Status {
	case lead.Closed:
		return rowOfClosed(l)
	case lead.Suspect:
		return suspect
	case lead.InDoubt:
		return inDoubt
	case lead.Submitted, lead.Refused, lead.Parked:
		if l.Qualified() && l.SubmitStatus != 0 {
			return rowOfSubmit(l.SubmitStatus)
		}
		if l.Status == lead.Parked {
			return parked
		}
	case lead.Created:
		if l.AwaitsHandOff() {
			return handOffDue
		}
	case lead.Received:
		if l.Hold == lead.AwaitingConsent {
			return awaitingConsent
		}
	}
	if l.ResultCode == 0 {
		return sending
	}
	if _, known := t.rows[codeRow(l.ResultCode)]; known {
		return codeRow(l.ResultCode)
	}
	return unknownCode
}

func rowOfClosed(l lead.Lead) string {
	switch l.Reason {
	case lead.OptedOut:
		return closedForOptOut
	case string(lead.NoConsent):
		return closedForNoConsent
	}
	return closed
}

func rowOfSubmit(status int) string {
	switch row := fmt.Sprint("submit ", status); row {
	case submitted, submittedBefore, noCertificate, refusedForGood:
		return row
	}
	return submitUnknown
}
