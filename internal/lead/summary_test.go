package lead

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCursor_IsReadAsItWasWritten(t *testing.T) {
	want := Cursor{time.Date(2026, time.March, 2, 9, 0, 0, 1e6, time.UTC), NewPartnerID()}
	got, err := ParseCursor(want.String())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, text := range []string{"", "1772442000001", "1772442000001.", ".ABC", "yesterday.ABC"} {
		if _, err := ParseCursor(text); err == nil {
			t.Errorf("%q was taken for a cursor", text)
		}
	}
}
