package lead

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Summary is what a list shows of a lead. It holds nothing that the applicant told us.
type Summary struct {
	ID          PartnerID
	Language    string
	Agent       Agent
	Certificate bool // an independent recording of the visit comes with it

	Status        Status
	Hold          string
	Step          Step
	NextAttemptAt time.Time
	Attempt       int
	LeaseUntil    time.Time
	DoubtSince    time.Time
	Reason        string
	ResultCode    int
	SubmitStatus  int
	Disposition   DispositionKind // the last one, in lists of an agent and in answer to a search; 0: none

	ReceivedAt time.Time
	ChangedAt  time.Time
	Erased     bool      // the answers
	ListedAt   time.Time // what its list is ordered by

	// In answer to LeadsLike: it has one of the phones that were asked for, or the address.
	SamePhone, SameEmail bool
}

// Summary is what a list shows of l.
func (l Lead) Summary() Summary {
	return Summary{
		ID: l.ID, Language: l.Language, Agent: l.Agent, Certificate: l.Permission.CertificateID != "",
		Status: l.Status, Hold: l.Hold, Step: l.Step, NextAttemptAt: l.NextAttemptAt, Attempt: l.Attempt, LeaseUntil: l.LeaseUntil,
		DoubtSince: l.DoubtSince, Reason: l.Reason, ResultCode: l.ResultCode, SubmitStatus: l.SubmitStatus,
		ReceivedAt: l.ReceivedAt, ChangedAt: l.ChangedAt, Erased: !l.ErasedAt.IsZero(),
	}
}

// Cursor is the place of l in its list.
func (l Summary) Cursor() Cursor { return Cursor{l.ListedAt, l.ID} }

// Page is a part of a list: up to Size leads behind After.
type Page struct {
	After Cursor
	Size  int
}

// Cursor is a place in a list, which is ordered by a time and, where that is the same, by id. The zero value is
// before the first lead.
type Cursor struct {
	At time.Time
	ID PartnerID
}

// String is what ParseCursor reads: the milliseconds since 1970, a dot and the id.
func (c Cursor) String() string { return strconv.FormatInt(c.At.UnixMilli(), 10) + "." + string(c.ID) }

// ParseCursor reads a cursor that a list has printed.
func ParseCursor(text string) (Cursor, error) {
	at, id, found := strings.Cut(text, ".")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !found || id == "" {
		return Cursor{}, errors.New("it is no place in a list: take it from the end of the page before")
	}
	return Cursor{time.UnixMilli(ms).UTC(), PartnerID(id)}, nil
}
