package lead

import (
	"crypto/rand"
	"strings"
)

// Reference is what a visitor reads out on the telephone: eight symbols of the lead's id, written XXXX-XXXX.
// They hold 36 random bits, so two leads may share one: of a million leads about six pairs do.
type Reference string

// symbols have no vowels, which make words, and at most one of those that look alike (0 O, 1 I L, 2 Z, 5 S,
// 6 G, 8 B, U V) or sound alike (M N).
const symbols = "23456789CDFHJKMPQRTVWXY"

// lookalikes replaces symbols that were misread or misheard. 0, O, 1, I and L could be several, or none.
var lookalikes = strings.NewReplacer("B", "8", "G", "6", "N", "M", "S", "5", "U", "V", "Z", "2", "-", "", " ", "")

const referenceLength = 8

// newReference draws eight symbols, each as likely as the others.
func newReference() Reference {
	const fair = 256 - 256%len(symbols) // bytes from here on would favor the first symbols
	drawn := make([]byte, 0, 2*referenceLength)
	for random := make([]byte, referenceLength); len(drawn) < referenceLength; {
		_, _ = rand.Read(random) // never fails: it ends the program instead
		for _, b := range random {
			if int(b) < fair {
				drawn = append(drawn, symbols[int(b)%len(symbols)])
			}
		}
	}
	return Reference(drawn[:referenceLength])
}

// Reference is the reference in the id; empty for an id that NewPartnerID has not made.
func (id PartnerID) Reference() Reference {
	if len(id) < ReferenceAt+referenceLength {
		return ""
	}
	r := Reference(id[ReferenceAt : ReferenceAt+referenceLength])
	if !r.valid() {
		return ""
	}
	return r
}

// ReferenceAt is the position of the reference in an id: after the time.
const ReferenceAt = NameTime

// ParseReference reads a reference as people type it: in any case, with or without dash and blanks, and
// with the letters that a symbol looks or sounds like. It is false for anything else, such as an id.
func ParseReference(typed string) (Reference, bool) {
	r := Reference(lookalikes.Replace(strings.ToUpper(typed)))
	return r, r.valid()
}

func (r Reference) valid() bool {
	return len(r) == referenceLength && strings.Trim(string(r), symbols) == ""
}

// String is XXXX-XXXX.
func (r Reference) String() string {
	if len(r) != referenceLength {
		return string(r)
	}
	return string(r[:4] + "-" + r[4:])
}
