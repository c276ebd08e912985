package lead

import (
	"math"
	"testing"
)

// TestNames_CannotBeGuessed counts what 20,000 handles use: at each place behind the time all 32
// letters, each as often as chance has it, which makes 130 bits.
func TestNames_CannotBeGuessed(t *testing.T) {
	const n, places, letters = 20_000, 26, 32
	var counts [places]map[byte]int
	seen := map[string]bool{}
	for range n {
		random := NewHandle()[NameTime:]
		if len(random) != places {
			t.Fatalf("%d letters are random, want %d", len(random), places)
		}
		seen[random] = true
		for i := range places {
			if counts[i] == nil {
				counts[i] = map[byte]int{}
			}
			counts[i][random[i]]++
		}
	}
	if len(seen) != n {
		t.Errorf("%d handles are %d", n, len(seen))
	}
	mean := float64(n) / letters
	for i, of := range counts {
		if len(of) != letters {
			t.Errorf("place %d has %d letters, want %d", i, len(of), letters)
		}
		for letter, times := range of {
			if strays := math.Abs(float64(times)-mean) / math.Sqrt(mean); strays > 7 {
				t.Errorf("%c stands %d times at place %d, want about %.0f", letter, times, i, mean)
			}
		}
	}
}
