package stray

import "testing"

func TestIs_KnowsWhatMayHaveNineDigits(t *testing.T) {
	for _, tt := range []struct {
		box, text string
		want      bool
	}{
		{"callId", "532847316", true}, {"callId", " 532-84-7316 ", true}, {"callId", "532 84 7316", true}, {"callId", "532–84–7316", true},
		{"callId", "C-532847316", false}, {"callId", "#532847316", false}, {"callId", "5328473160", false}, {"callId", "C-1", false},
		{"firstName", "maria 532-84-7316", true}, {"employerName", "532.84.7316", true}, {"address1", "532847316", true}, {"address1", "4120 Bluebonnet Ln", false},
		{"homePhone", "532847316", true}, {"homePhone", "512-555-0148", false}, {"homePhone", "5125550148", false},
		{"zipCode", "787451234", false}, {"zipCode", "78745-1234", false}, {"zipCode", "532-84-7316", true}, {"zipCode", "000007316", true},
		{"email", "532847316@example.com", false}, {"email", "532-84-7316@example.com", true}, {"email", "532847316", true},
		{"dateOfBirth", "03141979", false}, {"monthlyIncome", "532847316", true}, {"firstName", "", false},
	} {
		if got := Is(tt.box, tt.text); got != tt.want {
			t.Errorf("%q in %s: %v", tt.text, tt.box, got)
		}
	}
}
