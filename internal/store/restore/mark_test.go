package restore

import (
	"os"
	"testing"
)

// TestMark_NoCallIsMadeWhenItWasBegunAnewSinceTheClaim: another node, or nobody, has the file meanwhile.
func TestMark_NoCallIsMadeWhenItWasBegunAnewSinceTheClaim(t *testing.T) {
	const database = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for name, another := range map[string]bool{"by another node": true, "not yet": false} {
		t.Run(name, func(t *testing.T) {
			m := &marks{folder: t.TempDir()}
			mark, err := m.open(t.Context(), database, true)
			if err != nil {
				t.Fatal(err)
			}
			path, err := m.path(database)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if another {
				if _, err := m.open(t.Context(), database, true); err != nil {
					t.Fatal(err)
				}
			}
			mark.Claims++
			if _, err := m.raise(t.Context(), mark); err == nil {
				t.Error("the claim counts as written down")
			}
			now, err := m.open(t.Context(), database, true)
			if err != nil || now.Node == mark.Node || now.Claims != 0 {
				t.Errorf("the mark is now %+v, %v", now, err)
			}
			now.Claims++
			if _, err := m.raise(t.Context(), now); err != nil {
				t.Errorf("the next claim: %v", err)
			}
		})
	}
}
