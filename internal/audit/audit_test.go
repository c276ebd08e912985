package audit

import (
	"strings"
	"testing"
	"time"
)

var key = []byte("key")

// link is an entry with the hash of its link.
type link struct {
	Entry
	hash []byte
}

func chain() []link {
	var head Head
	var links []link
	for i, action := range []string{"suspect freed", "not there", "closed by hand"} {
		e := Entry{ID: action, Counter: "c", Number: int64(i + 1), At: time.UnixMilli(1000), Who: "ann", Action: action, Lead: "lead 1", Fields: []string{"email", "ssn"}, Reason: "asked", RequestID: "r1"}.Sign(key)
		head = head.Append(e.Sum)
		e.Link = head.Seq
		links = append(links, link{e, head.Hash})
	}
	return links
}

func verify(links []link) (head Head, err error) {
	for _, l := range links {
		if err := l.Verify(key); err != nil {
			return head, err
		}
		if head, err = head.Follow(l.Entry, l.hash); err != nil {
			return head, err
		}
	}
	return head, nil
}

func TestFollow_AcceptsLinkedEntries(t *testing.T) {
	head, err := verify(chain())
	if err != nil || head.Seq != 3 || len(head.Hash) != 32 {
		t.Errorf("head %d with %d bytes, %v", head.Seq, len(head.Hash), err)
	}
}

func TestFollow_RefusesChangedAndMissingEntries(t *testing.T) {
	for name, edit := range map[string]func(l *link){
		"another id":         func(l *link) { l.ID = "another" },
		"another counter":    func(l *link) { l.Counter = "d" },
		"another number":     func(l *link) { l.Number = 7 },
		"another time":       func(l *link) { l.At = l.At.Add(time.Millisecond) },
		"another person":     func(l *link) { l.Who = "bob" },
		"another action":     func(l *link) { l.Action = "found there" },
		"another lead":       func(l *link) { l.Lead = "lead 2" },
		"another reason":     func(l *link) { l.Reason = "" },
		"another request":    func(l *link) { l.RequestID = "" },
		"other fields":       func(l *link) { l.Fields = []string{"emails", "sn"} },
		"one field less":     func(l *link) { l.Fields = l.Fields[:1] },
		"words moved over":   func(l *link) { l.Reason, l.RequestID = "askedr1", "" },
		"another key":        func(l *link) { l.Entry = l.Sign([]byte("other")) },
		"another place":      func(l *link) { l.Link = 7 },
		"another hash":       func(l *link) { l.hash = []byte("x") },
		"signed and changed": func(l *link) { l.Who = "bob"; l.Entry = l.Sign(key) }, // by whoever has the key
	} {
		t.Run(name, func(t *testing.T) {
			links := chain()
			edit(&links[1])
			if _, err := verify(links); err == nil {
				t.Error("it was accepted")
			}
		})
	}
	links := chain()
	if _, err := verify(append(links[:1], links[2])); err == nil || !strings.Contains(err.Error(), "2 is missing") {
		t.Errorf("a missing entry: %v", err)
	}
}

func TestCheck_ExplainsWhatItRefusesAndQuotesNothing(t *testing.T) {
	good := Entry{Who: "ann", Action: "not there", Reason: "asked"}
	if err := good.Check(); err != nil {
		t.Errorf("a good entry: %v", err)
	}
	for _, tt := range []struct {
		name string
		edit func(e *Entry)
		want string
	}{
		{"nobody", func(e *Entry) { e.Who = "" }, "needs the name of who acts"},
		{"no action", func(e *Entry) { e.Action = "" }, "needs an action"},
		{"a long name", func(e *Entry) { e.Who = strings.Repeat("canary", 20) }, "100 bytes at most"},
		{"a long reason", func(e *Entry) { e.Reason = strings.Repeat("canary", 100) }, "500 bytes at most"},
		{"two lines", func(e *Entry) { e.Reason = "canary\nann" }, "single lines"},
		{"a field of two lines", func(e *Entry) { e.Fields = []string{"canary\x00"} }, "single lines"},
		{"a field of two words", func(e *Entry) { e.Fields = []string{"email", "canary city"} }, "is one word"},
		{"a field without a name", func(e *Entry) { e.Fields = []string{"email", ""} }, "is one word"},
	} {
		e := good
		tt.edit(&e)
		if err := e.Check(); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
