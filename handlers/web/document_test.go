package web

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocument_ListsEveryLimitOnRequests holds the table of docs/security.md to what counts.
func TestDocument_ListsEveryLimitOnRequests(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		fmt.Sprintf("| %d posts of one address in %d minutes |", postsPerAddress, int(AddressWindow.Minutes())),
		fmt.Sprintf("| %d requests a second over all visitors;", requestsPerSecond),
		fmt.Sprintf("| %d KiB, %d keys,", maxBodyBytes>>10, maxFormKeys),
		fmt.Sprintf("at most %d,000\nfor each limit", maxBuckets/1000),
	} {
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/security.md lacks %q", row)
		}
	}
}
