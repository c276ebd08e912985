// Package audit is one line of the audit log and the chain that holds the lines together: who did
// what to which lead, when and why. It imports the standard library alone; the store keeps the lines.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Entry is one act of a person, or of the program in a person's place. It holds names of fields and
// never a value.
type Entry struct {
	Seq       int64     // 1, 2, 3 …, without a gap
	At        time.Time // UTC, to the millisecond
	Who       string
	Action    string
	Lead      string   // our id of the lead; empty when the act is about none
	Fields    []string // names of the fields that were seen or changed
	Reason    string   // why, in their words
	RequestID string
	Previous  []byte // hash of the entry before; nil in the first
	Hash      []byte // over all of the above
}

const (
	nameLimit   = 100
	reasonLimit = 500
)

// Check says what is missing or too much. Its error quotes nothing.
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
		if name == "" || strings.ContainsFunc(name, unicode.IsSpace) { // they are kept as one text of words
			return errors.New("the name of a field in the audit log is one word")
		}
	}
	return nil
}

// ErrBroken: an entry is missing, or not as it was written.
var ErrBroken = errors.New("the chain is broken")

// broken says in words how a chain is broken; it is ErrBroken.
type broken struct{ error }

// Is says that it is ErrBroken.
func (broken) Is(target error) bool { return target == ErrBroken }

// Broken makes an ErrBroken that says what is wrong.
func Broken(format string, args ...any) error { return broken{fmt.Errorf(format, args...)} }

// Head is the end of a chain; its zero value is the end of an empty one.
type Head struct {
	Seq  int64
	Hash []byte
}

// Append makes e the entry behind the head.
func (h Head) Append(e Entry) Entry {
	e.Seq, e.Previous = h.Seq+1, h.Hash
	e.Hash = e.sum()
	return e
}

// Follow checks that e is the entry behind the head, as it was written, and returns the new head.
func (h Head) Follow(e Entry) (Head, error) {
	switch {
	case e.Seq != h.Seq+1:
		return h, Broken("audit entry %d is missing: the next one is %d", h.Seq+1, e.Seq)
	case !bytes.Equal(e.Previous, h.Hash):
		return h, Broken("audit entry %d does not follow the one before it", e.Seq)
	case !bytes.Equal(e.Hash, e.sum()):
		return h, Broken("audit entry %d is not as it was written", e.Seq)
	}
	return Head{e.Seq, e.Hash}, nil
}

// sum is SHA-256 over every part behind its length, so that no two entries run together.
func (e Entry) sum() []byte {
	hash := sha256.New()
	number := func(n int64) { hash.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	text := func(s string) {
		number(int64(len(s)))
		hash.Write([]byte(s))
	}
	number(e.Seq)
	number(e.At.UnixMilli())
	for _, s := range []string{e.Who, e.Action, e.Lead, e.Reason, e.RequestID, string(e.Previous)} {
		text(s)
	}
	number(int64(len(e.Fields)))
	for _, name := range e.Fields {
		text(name)
	}
	return hash.Sum(nil)
}
