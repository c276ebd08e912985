package apply

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"intake/handlers/web"
	"intake/internal/lead"
)

func TestLimits_HoldNoPhoneNumber(t *testing.T) {
	limits := newLimits()
	limits.countForm(netip.Prefix{}, lead.Keep("5125550148"), time.Now())
	if kept := fmt.Sprintf("%+v", limits.phones); strings.Contains(kept, "5125550148") {
		t.Errorf("the phone is kept in clear: %s", kept)
	}
	if limits.hash("5125550148") == newLimits().hash("5125550148") {
		t.Error("another process has the same hash, so its key is known")
	}
}

// TestDocument_ListsEveryLimitOnForms holds the table of docs/security.md to what counts.
func TestDocument_ListsEveryLimitOnForms(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		fmt.Sprintf("| %d finished forms of one address (IPv6: of one /64) in %d minutes |", formsPerAddress, int(web.AddressWindow.Minutes())),
		fmt.Sprintf("| %d leads for one phone number in a day |", formsPerPhone),
		fmt.Sprintf("less than %d s between first page and sending", int(minFillTime.Seconds())),
	} {
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/security.md lacks %q", row)
		}
	}
	if phoneWindow != 24*time.Hour {
		t.Errorf("docs/security.md counts phones by the day, and the window is %s", phoneWindow)
	}
}
