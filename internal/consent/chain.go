package consent

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"
)

// linkFormat names the encoding of a link and headFormat that of a head; another encoding gets
// another name. docs/evidence.md describes both byte by byte.
const (
	linkFormat = "intake consent link 1"
	headFormat = "intake consent head 1"
)

// Fact is a value of a consent record. For a sealed value it is the salted hash.
type Fact struct{ Name, Value string }

// Link is a consent record in the chain.
type Link struct {
	Seq      int64 // 1, 2, 3 …, without a gap
	Facts    []Fact
	Previous []byte // hash of the link before; nil in the first
	Hash     []byte // over all of the above
}

// Head is the end of the chain; its zero value is the end of an empty one.
type Head struct {
	Seq       int64
	Hash      []byte
	At        time.Time // of the last link, UTC, to the millisecond
	Signature []byte    // Ed25519, over Statement
}

// Append returns the link with these facts that follows the head.
func (h Head) Append(facts []Fact) Link {
	l := Link{Seq: h.Seq + 1, Facts: facts, Previous: h.Hash}
	l.Hash = l.sum()
	return l
}

// Follow checks that l follows the head and is unchanged, and returns the new head.
func (h Head) Follow(l Link) (Head, error) {
	switch {
	case l.Seq != h.Seq+1:
		return h, fmt.Errorf("consent link %d is missing: the next one is %d", h.Seq+1, l.Seq)
	case !bytes.Equal(l.Previous, h.Hash):
		return h, fmt.Errorf("consent link %d does not follow the one before it", l.Seq)
	case !bytes.Equal(l.Hash, l.sum()):
		return h, fmt.Errorf("consent link %d is not as it was written", l.Seq)
	}
	return Head{Seq: l.Seq, Hash: l.Hash}, nil
}

// sum is SHA-256 over every part after its length, so that no two links have the same input.
func (l Link) sum() []byte {
	hash := sha256.New()
	text := func(s string) {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s))))
		hash.Write([]byte(s))
	}
	text(linkFormat)
	hash.Write(binary.BigEndian.AppendUint64(nil, uint64(l.Seq)))
	text(string(l.Previous))
	hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(l.Facts))))
	for _, fact := range l.Facts {
		text(fact.Name)
		text(fact.Value)
	}
	return hash.Sum(nil)
}

// Statement is the message that is signed.
func (h Head) Statement() []byte {
	return fmt.Appendf(nil, "%s\n%d\n%x\n%s\n", headFormat, h.Seq, h.Hash, h.At.UTC().Format(time.RFC3339Nano))
}

// headLine is the JSON form of a head.
type headLine struct {
	Format    string    `json:"format"`
	Seq       int64     `json:"seq"`
	Hash      []byte    `json:"hash"`
	At        time.Time `json:"at"`
	Signature []byte    `json:"signature"`
}

// MarshalJSON writes the head for a file or a log outside the database.
func (h Head) MarshalJSON() ([]byte, error) {
	return json.Marshal(headLine{headFormat, h.Seq, h.Hash, h.At.UTC(), h.Signature})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (h *Head) UnmarshalJSON(data []byte) error {
	var line headLine
	if err := json.Unmarshal(data, &line); err != nil {
		return err
	}
	if line.Format != headFormat {
		return fmt.Errorf("the head of a chain of the format %q is not one of ours", line.Format)
	}
	*h = Head{line.Seq, line.Hash, line.At, line.Signature}
	return nil
}
