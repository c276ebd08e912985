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
		fmt.Sprintf("| %d posts of one address in %d minutes; apart from these %d opt-outs and %d reports of browsers |",
			postsPerAddress, int(AddressWindow.Minutes()), optOutsPerAddress, reportsPerAddress),
		fmt.Sprintf("| %d pages a second of one address for long, %d at once; %d files a second, %d,000 at once |",
			readsPerAddress/int(readWindow.Seconds()), readsPerAddress, filesPerAddress/int(fileWindow.Seconds()), filesPerAddress/1000),
		fmt.Sprintf("| %d pages a second over all visitors;", pagesPerSecond),
		fmt.Sprintf("| %d open status pages with live updates of one address, %d,000 in all |", streamsPerAddress, openStreams/1000),
		fmt.Sprintf("| %d KiB, %d keys,", maxBodyBytes>>10, maxFormKeys),
		fmt.Sprintf("at most %d,000\nfor each limit", maxBuckets/1000),
	} {
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/security.md lacks %q", row)
		}
	}
}
