package frame

import "testing"

func TestPhoneLink_DialsTheNumber(t *testing.T) {
	for phone, want := range map[string]string{"(512) 555-0100": "tel:+15125550100", "1-512-555-0100": "tel:+15125550100", "+1 512 555 0100": "tel:+15125550100"} {
		if got := (Site{Phone: phone}).PhoneLink(); got != want {
			t.Errorf("%s: got %s, want %s", phone, got, want)
		}
	}
}
