// Package lead is the noun that the rest of the house is about: what an applicant told us, where
// it stands on its way to Alleviate, and the only table of the moves it can make. It imports the
// standard library alone.
package lead

import (
	"crypto/rand"
	"errors"
	"time"
)

// PartnerID is our own id of a lead. Alleviate gets it as leadId and gives it back as
// partnerLeadId. It is made once and is the same on every attempt.
type PartnerID string

// AlleviateID is Alleviate's id of a lead, opaque. It is not unique: the sandbox's test
// archetypes repeat theirs.
type AlleviateID string

// NewPartnerID is a fresh id: the time as in NewName, the reference, and 90 random bits more.
func NewPartnerID() PartnerID {
	name := NewName()
	return PartnerID(name[:NameTime] + string(newReference()) + name[NameTime+referenceLength:])
}

// NewHandle names a status page and carries nothing about the person.
func NewHandle() string { return NewName() }

// NewName is the time in milliseconds, nine characters, and 130 random bits, 26 characters. Names
// that are made together stand together in an index: a group of leads then changes few pages of
// the database, however many leads are in it. It asks the machine's clock: nothing is decided by it.
func NewName() string { return lettersOf(time.Now().UnixMilli()) + rand.Text() }

func lettersOf(milliseconds int64) string {
	var letters [NameTime]byte
	for i := range letters {
		letters[i] = inOrder[milliseconds>>(5*(NameTime-1-i))&31]
	}
	return string(letters[:])
}

// NameTime is how many characters of a name tell its time: 45 bits last until the year 3084.
const NameTime = 9

const inOrder = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ" // the alphabet of rand.Text, as it sorts

// Lead is one finished form and all that has become of it. Times are UTC, to the millisecond.
type Lead struct {
	ID            PartnerID
	Handle        Private[string] // of the status page
	SubmissionKey Private[string] // the same key is the same submission; storage keeps a keyed hash alone
	Language      string          // "en" or "es", as the page was shown
	Applicant     Applicant
	Permission    Permission
	Origin        Private[Attribution] // where the visitor came from, when that may be known
	Draft         Private[string]      // handle of the draft that it was made from: saving the lead marks it sent

	Status        Status
	Hold          string // why a received lead is not due, empty when it is
	Step          Step   // the outside call that it waits for
	NextAttemptAt time.Time
	Attempt       int // raised by each claim, and by nothing else; fences results
	Failures      int // counts towards giving up
	LeaseUntil    time.Time
	DoubtSince    time.Time
	Resent        bool
	Reason        string // why it is where it is: classes, codes and field names, never a value

	AlleviateID  AlleviateID
	ResultCode   int // 0 until Alleviate answered with one
	Bid          string
	SubmitStatus int // statusCode of submitLead, 0 until it answered
	CRM          string
	CRMRecordID  string

	ReceivedAt time.Time
	ChangedAt  time.Time // of the last change of status
	ErasedAt   time.Time // not zero: the answers are gone, what became of the lead stays
}

// Permission is what the consent record allows and proves, as far as Alleviate is told of it.
type Permission struct {
	Terms       bool            // terms and privacy
	CreditCheck bool            // written instructions for a credit check (FCRA)
	Marketing   bool            // marketing calls and texts (TCPA)
	ClientIP    Private[string] // of the consumer's own browser, never an agent's

	CertificateID string // of an independent recording of the visit (TrustedForm), empty without one
}

// Receipt is the promise that a lead is on disk.
type Receipt struct {
	Handle     string // of the status page
	ReceivedAt time.Time
}

// Outcome is what became of one claim. It is written only while no later claim has begun.
type Outcome struct {
	Event  Event
	At     time.Time
	Reason string // classes, codes and field names, never a value

	Next   Step      // what follows; AtRest when nothing does
	NextAt time.Time // when it is due
	Failed bool      // counts towards giving up

	// What Alleviate answered; zero values leave what is stored.
	AlleviateID  AlleviateID
	ResultCode   int
	Bid          string
	SubmitStatus int
	CRM          string
	CRMRecordID  string
}

// Errors that storage answers with.
var (
	// ErrNotFound: there is no such lead.
	ErrNotFound = errors.New("no such lead")
	// ErrChanged: this submission key is already stored with other answers.
	ErrChanged = errors.New("the submission key is already stored with other answers")
	// ErrFenced: a later claim has begun; the result went into the history instead.
	ErrFenced = errors.New("a later attempt has begun")
	// ErrNoPage: the page that was accepted is not kept, or was not shown with this draft.
	ErrNoPage = errors.New("the page that was accepted is not kept")
	// ErrCalling: a call for the lead is running. What was asked for is done once it has ended.
	ErrCalling = errors.New("a call for the lead is running")
)

// Qualified says whether Alleviate wants the lead: a result code from 1013 to 1017, and nothing
// else, whatever the note or the bid say.
func (l Lead) Qualified() bool { return 1013 <= l.ResultCode && l.ResultCode <= 1017 }

// Final says whether the result can no longer change by waiting: there is one, and it is not
// 1000, 1001 or 9999. Unknown codes are final.
func (l Lead) Final() bool {
	switch l.ResultCode {
	case 0, 1000, 1001, 9999:
		return false
	}
	return true
}
