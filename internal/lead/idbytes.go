package lead

import (
	"encoding/binary"
	"strings"
)

// An id that NewPartnerID made is its time (45 bits), its reference (37 bits) and its tail (40 bits).
const (
	idTail      = 8
	idLength    = NameTime + referenceLength + idTail
	tailBits    = 5 * idTail
	spareBits   = 6 // zero, so that most blocks are no id
	lowHalfBits = 64 - tailBits - spareBits
)

// Bytes is the id in 128 bits. It is false for an id that NewPartnerID has not made.
func (id PartnerID) Bytes() (block [16]byte, ok bool) {
	if len(id) != idLength || !Reference(id[ReferenceAt:ReferenceAt+referenceLength]).valid() {
		return block, false
	}
	moment, ok1 := numberOf(string(id[:NameTime]), inOrder)
	reference, ok2 := numberOf(string(id[ReferenceAt:ReferenceAt+referenceLength]), symbols)
	tail, ok3 := numberOf(string(id[idLength-idTail:]), inOrder)
	binary.BigEndian.PutUint64(block[:8], moment<<(64-5*NameTime)|reference>>lowHalfBits)
	binary.BigEndian.PutUint64(block[8:], reference<<(64-lowHalfBits)|tail<<spareBits)
	return block, ok1 && ok2 && ok3
}

// IDFromBytes is the id whose Bytes are block, and false when there is none.
func IDFromBytes(block [16]byte) (PartnerID, bool) {
	high, low := binary.BigEndian.Uint64(block[:8]), binary.BigEndian.Uint64(block[8:])
	const upperHalf = 64 - 5*NameTime // bits of the reference in the upper half
	reference := high&(1<<upperHalf-1)<<lowHalfBits | low>>(64-lowHalfBits)
	id := PartnerID(letters(high>>upperHalf, NameTime, inOrder) + letters(reference, referenceLength, symbols) +
		letters(low<<lowHalfBits>>(lowHalfBits+spareBits), idTail, inOrder))
	again, ok := id.Bytes()
	return id, ok && again == block
}

// numberOf reads text as a number whose digits are the letters of alphabet.
func numberOf(text, alphabet string) (n uint64, ok bool) {
	for i := range len(text) {
		digit := strings.IndexByte(alphabet, text[i])
		if digit < 0 {
			return 0, false
		}
		n = n*uint64(len(alphabet)) + uint64(digit)
	}
	return n, true
}

// letters writes n with so many digits, the letters of alphabet.
func letters(n uint64, digits int, alphabet string) string {
	text := make([]byte, digits)
	for i := range text {
		text[digits-1-i] = alphabet[n%uint64(len(alphabet))]
		n /= uint64(len(alphabet))
	}
	return string(text)
}
