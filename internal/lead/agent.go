package lead

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Agent is who typed a lead at the desk. The zero value is nobody: the applicant did it themselves.
type Agent struct {
	Key  string // issuer and subject of the identity provider
	Name string // as the provider showed it last
}

// AwaitingConsent is the hold of an agent's lead whose consent record is not complete. It is not sent.
const AwaitingConsent = "awaiting consent"

// ConsentWait is how long such a lead waits. Then it is closed.
const ConsentWait = 24 * time.Hour

// AwaitsConsent says whether the lead waits for its consent record to be complete.
func (l Lead) AwaitsConsent() bool { return l.Status == Received && l.Hold == AwaitingConsent }

// Errors of the desk.
var (
	// ErrNotWaiting: the lead does not wait for consent, or not any more.
	ErrNotWaiting = errors.New("the lead does not wait for consent")
	// ErrOptedOut: the person opted out since the lead was received, which is closed.
	ErrOptedOut = errors.New("the person has opted out")
	// ErrErased: the answers of the lead are erased.
	ErrErased = errors.New("the answers of the lead are erased")
)

// Disposition is how a call ended. A lead may get several; the last one counts. None is ever changed or taken back.
type Disposition struct {
	Lead       PartnerID
	At         time.Time
	By         Agent
	Kind       DispositionKind
	Note       Private[string] // erased with the answers of the lead
	CallBackAt time.Time       // for CallBack
}

// DispositionKind is the result of a call, as one digit: the key that chooses it. The numbers are stored.
type DispositionKind int

// The dispositions. DoNotCall also opts the person out.
const (
	Transferred DispositionKind = 1 + iota
	CallBack                    // needs a time
	NotInterested
	NotQualified
	WrongNumber
	NoContact
	OtherLanguage
	DoNotCall
	OtherOutcome // needs a note
)

// MaxNote is the number of characters that a note may have.
const MaxNote = 1000

// What is wrong with a disposition, for a form to say it beside the field.
var (
	ErrNoCallBackTime = errors.New("a call back needs a time that is still to come")
	ErrNoNote         = errors.New("another outcome needs a note")
	ErrLongNote       = fmt.Errorf("a note has at most %d characters", MaxNote)
)

// Check returns why the disposition cannot be stored, or nil.
func (d Disposition) Check() error {
	note := d.Note.Reveal()
	switch {
	case d.Lead == "" || d.By.Key == "":
		return errors.New("a disposition needs a lead and who made it")
	case d.Kind < Transferred || d.Kind > OtherOutcome:
		return fmt.Errorf("there is no disposition %d", d.Kind)
	case d.Kind == CallBack && (d.CallBackAt.IsZero() || !d.CallBackAt.After(d.At)):
		return ErrNoCallBackTime
	case d.Kind != CallBack && !d.CallBackAt.IsZero():
		return errors.New("only a call back has a time")
	case d.Kind == OtherOutcome && strings.TrimSpace(note) == "":
		return ErrNoNote
	case utf8.RuneCountInString(note) > MaxNote:
		return ErrLongNote
	}
	return nil
}

// CallBackDue is a call back that an agent has promised, with the ZIP code that says which time zone the caller lives in.
type CallBackDue struct {
	Disposition
	ZipCode Private[string]
}

// Cursor is the place of the call back in the list of all.
func (c CallBackDue) Cursor() Cursor { return Cursor{c.CallBackAt, c.Lead} }

// TeamRow is what an agent's leads of some time came to.
type TeamRow struct {
	Agent           Agent
	Leads           int
	Qualified       int
	ConsentComplete int // it permits what Alleviate needs
	Awaiting        int // for consent
	InDoubt         int
	Parked          int
	ByStatus        map[Status]int
	ByCode          map[int]int             // leads without a result are not in it
	ByDisposition   map[DispositionKind]int // the last one of each lead
}
