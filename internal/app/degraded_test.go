package app

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"intake/internal/health"
	"intake/internal/store"
)

func TestDegradedSigns_AreAllInTheOperationsManual(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, sign := range degradedConditions(nil, nil, &store.Store{}, nil, nil, health.SecretExpiry{}) {
		if row := fmt.Sprintf("\n| `%s` |", sign.Cause); strings.Count(string(manual), row) != 1 || seen[sign.Cause] {
			t.Errorf("docs/operations.md has no one row for the cause %s, or it is there twice", sign.Cause)
		}
		seen[sign.Cause] = true
	}
}
