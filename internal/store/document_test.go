package store

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// declaredEvents are the events that the sources of the store name: they move a lead nowhere,
// for those that do are in package lead.
func declaredEvents(t *testing.T) []string {
	t.Helper()
	own, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, file := range append(own, parts...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`\blead\.Event += "([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
			events = append(events, found[1])
		}
	}
	slices.Sort(events)
	return events
}

func TestDocument_TellsEveryEventThatMovesNothing(t *testing.T) {
	text, err := os.ReadFile("../../docs/lead.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "move nothing:\n")
	if !found {
		t.Fatal("docs/lead.md has no list of the events that move nothing")
	}
	list, _, _ := strings.Cut(after, "\n## ")
	var told []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z ]+)` \\| \\S").FindAllStringSubmatch(list, -1) {
		told = append(told, row[1])
	}
	slices.Sort(told)
	if diff := cmp.Diff(declaredEvents(t), told); diff != "" {
		t.Errorf("events (-program +document):\n%s", diff)
	}
}
