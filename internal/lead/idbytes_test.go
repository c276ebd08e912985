package lead

import (
	"crypto/rand"
	"testing"
)

func TestPartnerID_IsTheSameAfterItsBytes(t *testing.T) {
	for range 1000 {
		id := NewPartnerID()
		block, ok := id.Bytes()
		if again, found := IDFromBytes(block); !ok || !found || again != id {
			t.Fatalf("%s became %s (%v, %v)", id, again, ok, found)
		}
	}
}

func TestPartnerID_HasNoBytesWhenItWasNotMadeByUs(t *testing.T) {
	good := NewPartnerID()
	for _, id := range []PartnerID{"", "nobody", good[1:], good + "A", good[:NameTime] + "AEIOUAEI" + good[NameTime+8:], good[:len(good)-1] + "1", "!" + good[1:]} {
		if _, ok := id.Bytes(); ok {
			t.Errorf("%q has bytes", id)
		}
	}
}

func TestIDFromBytes_TakesNoOtherBlock(t *testing.T) {
	ids := 0
	for range 10_000 {
		var block [16]byte
		_, _ = rand.Read(block[:])
		if id, ok := IDFromBytes(block); ok {
			ids++
			if again, _ := id.Bytes(); again != block {
				t.Fatalf("%x became %s and %x", block, id, again)
			}
		}
	}
	if ids > 500 { // one in 64 has the zero bits, and a part of those a reference
		t.Errorf("%d of 10,000 random blocks are ids", ids)
	}
}
