package lead

import (
	"math"
	"regexp"
	"strings"
	"testing"
)

// TestReferences_AMillionUseEverySymbolEvenly counts symbols and pairs: 23 symbols in eight places are
// 36.2 bits, in which a million references meet 6.4 times on average.
func TestReferences_AMillionUseEverySymbolEvenly(t *testing.T) {
	const n = 1_000_000
	var counts [referenceLength][256]int
	seen := make(map[Reference]bool, n)
	for range n {
		r := newReference()
		seen[r] = true
		for i := range counts {
			counts[i][r[i]]++
		}
	}
	if twice := n - len(seen); twice > 25 { // by chance once in 10⁸ runs
		t.Errorf("%d of a million references were there before, want about 6", twice)
	}
	mean := float64(n) / float64(len(symbols))
	for i, of := range counts {
		all := 0
		for _, symbol := range []byte(symbols) {
			all += of[symbol]
			if strays := math.Abs(float64(of[symbol])-mean) / math.Sqrt(mean); strays > 7 {
				t.Errorf("%c stands %d times at place %d, want about %.0f", symbol, of[symbol], i, mean)
			}
		}
		if all != n {
			t.Errorf("at place %d stands something that is no symbol, %d times", i, n-all)
		}
	}
}

func TestReferences_HaveNoVowelsAndNothingThatLooksAlike(t *testing.T) {
	for _, alike := range []string{"AEIOU", "0O", "1IL", "2Z", "5S", "6G", "8B", "UV", "MN"} {
		var among []string
		for _, symbol := range strings.Split(symbols, "") {
			if strings.Contains(alike, symbol) {
				among = append(among, symbol)
			}
		}
		if alike == "AEIOU" && len(among) > 0 || len(among) > 1 {
			t.Errorf("%q are among the symbols", among)
		}
	}
}

func TestReferences_AreInTheIDAndAreReadAsPeopleTypeThem(t *testing.T) {
	written := regexp.MustCompile(`^[` + symbols + `]{4}-[` + symbols + `]{4}$`)
	for range 1000 {
		id := NewPartnerID()
		r := id.Reference()
		if len(id) != idLength || !written.MatchString(r.String()) || strings.Count(string(id), string(r)) != 1 {
			t.Fatalf("%s has the reference %s", id, r)
		}
		for _, typed := range []string{r.String(), string(r), strings.ToLower(r.String()), " " + string(r[:4]) + " " + string(r[4:]) + " "} {
			if got, ok := ParseReference(typed); !ok || got != r {
				t.Errorf("%q is read as %q", typed, got)
			}
		}
		if _, ok := ParseReference(string(id)); ok {
			t.Errorf("the id %s is taken for a reference", id)
		}
	}
	if got, ok := ParseReference("bgns-uz23"); !ok || got != "86M5V223" {
		t.Errorf("look-alikes are read as %q", got)
	}
	for _, none := range []string{"", "2345-678", "2345-67899", "2345-678O", "2345-678I", "2345-6780", "A345-6789", "2345_6789", "234é6789"} {
		if got, ok := ParseReference(none); ok {
			t.Errorf("%q is taken for the reference %s", none, got)
		}
	}
	for _, id := range []PartnerID{"", "LEAD", PartnerID(strings.Repeat("A", 35))} {
		if got := id.Reference(); got != "" {
			t.Errorf("%q has the reference %s", id, got)
		}
	}
}
