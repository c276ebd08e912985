package lead

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	eventRow = regexp.MustCompile("(?m)^\\| `([a-z ]+)` \\| (`[^|]*→[^|]*) \\| (\\S[^|]*) \\|$")
	moveCell = regexp.MustCompile("^`([a-z_]+)` → `([a-z_]+)`$")
	rowStart = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")
)

// The document that staff read has the transitions of the table that the program uses.
func TestDocument_HasEveryTransitionAndNoOther(t *testing.T) {
	text, err := os.ReadFile("../../docs/lead.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := documented(t, string(text))
	var want []string
	for m, to := range moves {
		want = append(want, fmt.Sprintf("%s: %s → %s", m.event, m.from, to))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("docs/lead.md and the table of moves (-table +document):\n%s", diff)
	}
}

// documented are the moves in the document.
func documented(t *testing.T, text string) []string {
	t.Helper()
	var listed []string
	for _, row := range eventRow.FindAllStringSubmatch(text, -1) {
		for cell := range strings.SplitSeq(row[2], ", ") {
			found := moveCell.FindStringSubmatch(cell)
			if found == nil {
				t.Errorf("the row of %q has a move that is not written `from` → `to`: %s", row[1], cell)
				continue
			}
			listed = append(listed, fmt.Sprintf("%s: %s → %s", row[1], found[1], found[2]))
		}
	}
	slices.Sort(listed)
	return listed
}

func TestDocument_HasEveryStatus(t *testing.T) {
	text, err := os.ReadFile("../../docs/lead.md")
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n## ")
	listed := map[Status]bool{}
	for _, row := range rowStart.FindAllStringSubmatch(first, -1) {
		listed[Status(row[1])] = true
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(statuses)), slices.Sorted(maps.Keys(listed))); diff != "" {
		t.Errorf("statuses (-program +document):\n%s", diff)
	}
}
