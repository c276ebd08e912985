package audit

import (
	"strings"
	"testing"
	"time"
)

func chain() []Entry {
	var head Head
	var entries []Entry
	for _, action := range []string{"suspect freed", "not there", "closed by hand"} {
		e := head.Append(Entry{At: time.UnixMilli(1000), Who: "ann", Action: action, Lead: "lead 1", Fields: []string{"email", "ssn"}, Reason: "asked", RequestID: "r1"})
		entries, head = append(entries, e), Head{e.Seq, e.Hash}
	}
	return entries
}

func verify(entries []Entry) (head Head, err error) {
	for _, e := range entries {
		if head, err = head.Follow(e); err != nil {
			return head, err
		}
	}
	return head, nil
}

func TestFollow_AcceptsAppendedEntries(t *testing.T) {
	head, err := verify(chain())
	if err != nil || head.Seq != 3 || len(head.Hash) != 32 {
		t.Errorf("head %d with %d bytes, %v", head.Seq, len(head.Hash), err)
	}
}

func TestFollow_RefusesChangedAndMissingEntries(t *testing.T) {
	for name, edit := range map[string]func(e *Entry){
		"another time":       func(e *Entry) { e.At = e.At.Add(time.Millisecond) },
		"another person":     func(e *Entry) { e.Who = "bob" },
		"another action":     func(e *Entry) { e.Action = "found there" },
		"another lead":       func(e *Entry) { e.Lead = "lead 2" },
		"another reason":     func(e *Entry) { e.Reason = "" },
		"another request":    func(e *Entry) { e.RequestID = "" },
		"other fields":       func(e *Entry) { e.Fields = []string{"emails", "sn"} },
		"one field less":     func(e *Entry) { e.Fields = e.Fields[:1] },
		"words moved over":   func(e *Entry) { e.Reason, e.RequestID = "askedr1", "" },
		"another number":     func(e *Entry) { e.Seq = 7 },
		"another one before": func(e *Entry) { e.Previous = []byte("x"); e.Hash = e.hash() },
		"written anew":       func(e *Entry) { e.Who = "bob"; e.Hash = e.hash() }, // the next entry shows it
	} {
		t.Run(name, func(t *testing.T) {
			entries := chain()
			edit(&entries[1])
			if _, err := verify(entries); err == nil {
				t.Error("it was taken")
			}
		})
	}
	entries := chain()
	if _, err := verify(append(entries[:1], entries[2])); err == nil || !strings.Contains(err.Error(), "2 is missing") {
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
