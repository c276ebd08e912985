// Package lead has the type that the rest of the program is about: the answers of an applicant, how far they
// are on their way to Alleviate, and the only table of status transitions. It imports the standard library
// alone.
package lead

import (
	"crypto/rand"
	"errors"
	"strings"
	"time"
)

// PartnerID is our id of a lead. Alleviate gets it as leadId and returns it as partnerLeadId. It is made once
// and is the same on every attempt.
type PartnerID string

// AlleviateID is Alleviate's id of a lead, opaque. It is not unique: the sandbox's test
// archetypes repeat theirs.
type AlleviateID string

// NewPartnerID is a new id: the time as in NewName, the reference, and 40 random bits more.
func NewPartnerID() PartnerID {
	name := NewName()
	return PartnerID(name[:NameTime] + string(newReference()) + name[NameTime:NameTime+idTail])
}

// NewHandle is a new handle of a draft. It says nothing about the person.
func NewHandle() string { return NewName() }

// NewName is the time in milliseconds, nine characters, and 130 random bits, 26 characters. Names that are
// made together are next to each other in an index, so that a group of leads changes few pages of the
// database, however large it is. It reads the machine's clock, since no rule depends on it.
func NewName() string {
	return letters(uint64(time.Now().UnixMilli()), NameTime, inOrder) + rand.Text()
}

// NameTime is the number of characters of a name that are its time: 45 bits last until the year 3084.
const NameTime = 9

const inOrder = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ" // the alphabet of rand.Text, as it sorts

// Lead is a finished form and its state. Times are UTC, to the millisecond.
type Lead struct {
	ID           PartnerID
	Handle       Private[string] // of the status page; the store makes it of the id
	Draft        Private[string] // handle of the draft that it was made from; only a keyed hash is stored
	Request      int             // of the draft: the same draft and request are the same submission
	DraftVersion int             // of the draft's answers that were sent
	Language     string          // "en" or "es", as the page was shown
	Applicant    Applicant
	Permission   Permission
	Origin       Private[Attribution] // where the visitor came from, when that may be known
	Agent        Agent                // who typed it at the desk; nobody for a consumer's own

	Status        Status
	Hold          string // why a received lead is not due, empty when it is
	Step          Step   // the outside call that it waits for
	NextAttemptAt time.Time
	Attempt       int // the fencing token: each claim adds one, and a result of an earlier claim is not applied
	Failures      int // counts towards giving up
	LeaseUntil    time.Time
	DoubtSince    time.Time
	Resent        bool
	Reason        string // of the status: classes, codes and field names, never a value

	AlleviateID  AlleviateID
	ResultCode   int // 0 until Alleviate answered with one
	Bid          string
	SubmitStatus int // statusCode of submitLead, 0 until it answered
	CRM          string
	CRMRecordID  string

	ReceivedAt time.Time
	ChangedAt  time.Time // of the last change of status
	FinalAt    time.Time // of the first final result, or when it was closed without one
	ErasedAt   time.Time // not zero: the answers are erased, the rest stays
}

// Permission is the part of the consent record that Alleviate gets.
type Permission struct {
	Terms       bool            // terms and privacy
	CreditCheck bool            // written instructions for a credit check (FCRA)
	Marketing   bool            // marketing calls and texts (TCPA)
	ClientIP    Private[string] // of the consumer's browser, never an agent's

	CertificateID string // of an independent recording of the visit (TrustedForm), empty without one

	// Written is the call that takes what the person has given in their own browser: createLead, or submitLead when createLead was
	// made before. It is empty when they have used none.
	Written     Step
	MobilePhone Private[string] // the number that a link was sent to with which the person agreed
}

// Receipt confirms that a lead is on disk.
type Receipt struct {
	ID         PartnerID
	Handle     string // of the status page
	ReceivedAt time.Time
	Again      bool // the submission was stored before
}

// Outcome is the result of a claim. It is applied only if there is no later claim.
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

// Errors that the store returns.
var (
	// ErrNotFound: there is no such lead.
	ErrNotFound = errors.New("no such lead")
	// ErrChanged: this submission is already stored with other answers.
	ErrChanged = errors.New("the submission is already stored with other answers")
	// ErrFenced: there is a later claim; the result is in the history alone.
	ErrFenced = errors.New("a later attempt has begun")
	// ErrNoPage: the page that was accepted is not stored, or was not shown with this draft.
	ErrNoPage = errors.New("the page that was accepted is not kept")
	// ErrPaced: pace or halt leave no room for a call now.
	ErrPaced = errors.New("there is no room for a call now")
	// ErrCalling: a call for the lead is running. The request is carried out when it has ended.
	ErrCalling = errors.New("a call for the lead is running")
	// ErrNoLook: there is nothing to read at Alleviate about the lead now.
	ErrNoLook = errors.New("the lead has no status at Alleviate that could change now")
)

// Qualified says whether Alleviate wants the lead: the result code is from 1013 to 1017. The note and the bid
// do not matter.
func (l Lead) Qualified() bool { return 1013 <= l.ResultCode && l.ResultCode <= 1017 }

// MayLook says whether the lead's status at Alleviate may be read when somebody asks for it. A 1003 that "landed before" has
// the id of another lead: its reason must stay until a person has found the right one.
func (l Lead) MayLook() bool {
	return l.Status == Created && l.AlleviateID != "" && l.Step != Submit && !strings.HasPrefix(l.Reason, LandedBefore)
}

// Final says whether the result can no longer change by waiting: there is one, and it is not
// 1000, 1001 or 9999. Unknown codes are final.
func (l Lead) Final() bool {
	switch l.ResultCode {
	case 0, 1000, 1001, 9999:
		return false
	}
	return true
}
