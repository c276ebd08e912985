package signin

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestDocument_ListsTheLimitsOnStaff holds the documents to what counts.
func TestDocument_ListsTheLimitsOnStaff(t *testing.T) {
	minutes := func(d time.Duration) int { return int(d.Minutes()) }
	for file, rows := range map[string][]string{
		"../../docs/security.md": {fmt.Sprintf("| staff: %d requests a minute of one session; %d,000 in 10 minutes of one address without a session |", requestsPerSession, strangersPerAddress/1000)},
		"../../docs/sign-in.md": {
			fmt.Sprintf("- %d minutes without use, %d hours in all", minutes(Idle), int(Life.Hours())), fmt.Sprintf("every %d seconds", int(prolongEvery.Seconds())),
			fmt.Sprintf("A session may send %d requests a minute", requestsPerSession), fmt.Sprintf("%d,000 in 10 minutes", strangersPerAddress/1000),
		},
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if !strings.Contains(string(text), row) {
				t.Errorf("%s lacks %q", file, row)
			}
		}
	}
	if sessionWindow != time.Minute {
		t.Errorf("a session is counted in %s", sessionWindow)
	}
}
