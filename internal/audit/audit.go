// Package audit is an entry of the audit log (who did what to which lead, when and why) and the hash chain of
// the entries. It imports the standard library alone; the store saves the entries.
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

// Entry is one action of a person, or of the program on a person's behalf. It holds names of fields and never
// a value.
type Entry struct {
	Seq       int64     // 1, 2, 3 …, without a gap
	At        time.Time // UTC, to the millisecond
	Who       string
	Action    string
	Lead      string   // our id of the lead; empty when the action is about none
	Fields    []string // names of the fields that were seen or changed
	Reason    string   // why, in the words of who acts
	RequestID string
	Previous  []byte // hash of the entry before; nil in the first
	Hash      []byte // over all of the above
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
}

// Append returns e as the next entry after the head.
func (h Head) Append(e Entry) Entry {
	e.Seq, e.Previous = h.Seq+1, h.Hash
	e.Hash = e.hash()
	return e
}

// Follow checks that e is the next entry after the head and unchanged, and returns the new head.
func (h Head) Follow(e Entry) (Head, error) {
	switch {
	case e.Seq != h.Seq+1:
		return h, Broken("audit entry %d is missing: the next one is %d", h.Seq+1, e.Seq)
	case !bytes.Equal(e.Previous, h.Hash):
		return h, Broken("audit entry %d does not follow the one before it", e.Seq)
	case !bytes.Equal(e.Hash, e.hash()):
		return h, Broken("audit entry %d is not as it was written", e.Seq)
	}
	return Head{e.Seq, e.Hash}, nil
}

// hash is SHA-256 over every part, each preceded by its length so that no two entries hash the same bytes.
func (e Entry) hash() []byte {
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
