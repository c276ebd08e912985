package consent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func links() []Link {
	var head Head
	var list []Link
	for _, channel := range []string{"consumer-web", "recorded-call", "consumer-web"} {
		l := head.Append([]Fact{{"lead", "L1"}, {"channel", channel}, {"phone", "00ff"}})
		list, head = append(list, l), Head{Seq: l.Seq, Hash: l.Hash}
	}
	return list
}

func walk(list []Link) (head Head, err error) {
	for _, l := range list {
		if head, err = head.Follow(l); err != nil {
			return head, err
		}
	}
	return head, nil
}

// TestLink_EncodingStaysAsDocumented would fail on any change of the encoding, after which no chain of
// before could be verified. The hash was computed by another program, from the words of docs/evidence.md.
func TestLink_EncodingStaysAsDocumented(t *testing.T) {
	const want = "b018ff0ff509de4f470ceefc5ad3069737b4c1178daf16fb7bbe93253c4f2a99"
	if got := fmt.Sprintf("%x", links()[1].Hash); got != want {
		t.Errorf("the second link is %s, want %s", got, want)
	}
}

func TestFollow_AcceptsWhatWasAppended(t *testing.T) {
	if head, err := walk(links()); err != nil || head.Seq != 3 || len(head.Hash) != 32 {
		t.Errorf("head %d with %d bytes, %v", head.Seq, len(head.Hash), err)
	}
}

func TestFollow_RefusesAChangedLink(t *testing.T) {
	for story, edit := range map[string]func(l *Link){
		"another value":      func(l *Link) { l.Facts[1].Value = "consumer-web" },
		"another name":       func(l *Link) { l.Facts[1].Name = "chanel" },
		"one fact less":      func(l *Link) { l.Facts = l.Facts[:2] },
		"one fact more":      func(l *Link) { l.Facts = append(l.Facts, Fact{}) },
		"facts swapped":      func(l *Link) { l.Facts[0], l.Facts[1] = l.Facts[1], l.Facts[0] },
		"a letter moved":     func(l *Link) { l.Facts[0].Value, l.Facts[1].Name = "L", "1channel" },
		"another number":     func(l *Link) { l.Seq = 7 },
		"another one before": func(l *Link) { l.Previous = []byte("x"); l.Hash = l.sum() },
		"written anew":       func(l *Link) { l.Facts[1].Value = "paper"; l.Hash = l.sum() }, // the next one tells
	} {
		list := links()
		edit(&list[1])
		if head, err := walk(list); err == nil || head.Seq > 2 {
			t.Errorf("%s: walked to %d, %v", story, head.Seq, err)
		}
	}
	if _, err := walk(append(links()[:1], links()[2])); err == nil || !strings.Contains(err.Error(), "link 2 is missing") {
		t.Errorf("one taken out: %v", err)
	}
}

func TestHead_IsReadAsItWasWritten(t *testing.T) {
	want := Head{Seq: 3, Hash: []byte("hash"), At: time.Date(2026, time.March, 2, 9, 0, 0, 123e6, time.UTC), Signature: []byte("signed")}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Head
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Seq != want.Seq || !bytes.Equal(got.Hash, want.Hash) || !got.At.Equal(want.At) || !bytes.Equal(got.Signature, want.Signature) || !bytes.Equal(got.Statement(), want.Statement()) {
		t.Errorf("got %+v from %s", got, text)
	}
	if err := json.Unmarshal([]byte(`{"format":"another","seq":3}`), &got); err == nil {
		t.Error("a head of another format is read")
	}
}

func TestHead_StatementDiffersWithEachPart(t *testing.T) {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	for _, h := range []Head{{Seq: 1, Hash: []byte{1}, At: at}, {Seq: 2, Hash: []byte{1}, At: at}, {Seq: 1, Hash: []byte{2}, At: at}, {Seq: 1, Hash: []byte{1}, At: at.Add(time.Millisecond)}} {
		seen[string(h.Statement())] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d statements of 4 heads", len(seen))
	}
	if got := string(Head{Seq: 1, Hash: []byte{0xab}, At: at}.Statement()); got != "intake consent head 1\n1\nab\n2026-03-02T09:00:00Z\n" {
		t.Errorf("statement %q", got)
	}
}
