// Package audit is an entry of the audit log (who did what to which lead, when and why) and the hash chain of
// the entries. It imports the standard library alone; the store saves the entries.
package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"
	"unicode"
)

// Entry is one action of a person, or of the program on a person's behalf. It holds names of fields and never
// a value.
type Entry struct {
	ID        string    // sorts by when it was made
	Counter   string    // the counter that the act raised, so that a missing entry is noticed before it is linked
	Number    int64     // of the entry by that counter: 1, 2, 3 …, without a gap
	At        time.Time // UTC, to the millisecond
	Who       string
	Action    string
	Lead      string   // our id of the lead; empty when the action is about none
	Fields    []string // names of the fields that were seen or changed
	Reason    string   // why, in the words of who acts
	RequestID string
	Sum       []byte // keyed hash over all of the above
	Link      int64  // place in the chain: 1, 2, 3 …; 0: not linked yet
}

const (
	nameLimit   = 100
	reasonLimit = 500
)

// Check returns an error when a part is missing or too long. The error quotes no value.
func (e Entry) Check() error {
	switch {
	case e.Who == "":
		return errors.New("an audit entry needs the name of who acts")
	case e.Action == "":
		return errors.New("an audit entry needs an action")
	case len(e.Who) > nameLimit || len(e.Action) > nameLimit || len(e.Lead) > nameLimit || len(e.RequestID) > nameLimit:
		return fmt.Errorf("a name in the audit log has %d bytes at most", nameLimit)
	case len(e.Reason) > reasonLimit:
		return fmt.Errorf("a reason in the audit log has %d bytes at most", reasonLimit)
	}
	for _, text := range append([]string{e.Who, e.Action, e.Lead, e.Reason, e.RequestID}, e.Fields...) {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return errors.New("an audit entry is made of single lines")
		}
	}
	for _, name := range e.Fields {
		if name == "" || strings.ContainsFunc(name, unicode.IsSpace) { // they are stored as one text, separated by spaces
			return errors.New("the name of a field in the audit log is one word")
		}
	}
	return nil
}

// ErrBroken: an entry is missing, or not as it was written.
var ErrBroken = errors.New("the chain is broken")

// broken is an ErrBroken with a text of its own.
type broken struct{ error }

// Is makes errors.Is(err, ErrBroken) true.
func (broken) Is(target error) bool { return target == ErrBroken }

// Broken returns an ErrBroken with a message.
func Broken(format string, args ...any) error { return broken{fmt.Errorf(format, args...)} }

// Head is the end of a chain; its zero value is the end of an empty one.
type Head struct {
	Seq  int64
	Hash []byte
	At   time.Time // of the last link, UTC, to the millisecond, where the head is stored
}

// Report is what a check of a chain found to be as it was written.
type Report struct {
	Head     Head
	Unlinked int       // entries that are not in the chain yet
	Oldest   time.Time // of those; zero when there are none
}

// String is the report in one line.
func (r Report) String() string {
	text := fmt.Sprintf("%d entries, head %x", r.Head.Seq+int64(r.Unlinked), r.Head.Hash)
	if r.Unlinked > 0 {
		text += fmt.Sprintf("; %d of them not in the chain yet, the oldest of %s", r.Unlinked, r.Oldest.UTC().Format("2006-01-02 15:04:05Z"))
	}
	return text
}

// Append returns the head behind one more entry, which has this Sum.
func (h Head) Append(sum []byte) Head {
	hash := hasher{sha256.New()}
	hash.number(h.Seq + 1)
	hash.text(string(h.Hash))
	hash.text(string(sum))
	return Head{Seq: h.Seq + 1, Hash: hash.Sum(nil)}
}

// Follow checks that e is the next entry behind the head, and that hash is the one of its link. It returns the new head.
func (h Head) Follow(e Entry, hash []byte) (Head, error) {
	next := h.Append(e.Sum)
	switch {
	case e.Link != next.Seq:
		return h, Broken("audit entry %d is missing: the next one is %d", next.Seq, e.Link)
	case !bytes.Equal(next.Hash, hash):
		return h, Broken("audit entry %d does not follow the one before it", e.Link)
	}
	return next, nil
}

// Sign returns e with its Sum.
func (e Entry) Sign(key []byte) Entry {
	e.Sum = e.sum(key)
	return e
}

// Verify checks that e is as it was when it was signed.
func (e Entry) Verify(key []byte) error {
	switch {
	case hmac.Equal(e.Sum, e.sum(key)):
		return nil
	case e.Link == 0:
		return Broken("audit entry %s, which is not linked yet, is not as it was written", e.ID)
	}
	return Broken("audit entry %d is not as it was written", e.Link)
}

func (e Entry) sum(key []byte) []byte {
	hash := hasher{hmac.New(sha256.New, key)}
	hash.number(e.Number)
	hash.number(e.At.UnixMilli())
	for _, s := range []string{e.ID, e.Counter, e.Who, e.Action, e.Lead, e.Reason, e.RequestID} {
		hash.text(s)
	}
	hash.number(int64(len(e.Fields)))
	for _, name := range e.Fields {
		hash.text(name)
	}
	return hash.Sum(nil)
}

// hasher writes the length before each text, so that no two entries hash the same bytes.
type hasher struct{ hash.Hash }

func (h hasher) number(n int64) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }

func (h hasher) text(s string) {
	h.number(int64(len(s)))
	h.Write([]byte(s))
}
