package desk

// Prefill is why the desk shows no form that the dialer has filled in. The zero value is no reason.
type Prefill string

// The reasons, as they stand in the address.
const (
	PrefillUsed       Prefill = "used"
	PrefillExpired    Prefill = "expired"
	PrefillEarly      Prefill = "early"
	PrefillUnreadable Prefill = "unreadable"
	PrefillMissing    Prefill = "missing"
	PrefillOff        Prefill = "off"
	PrefillFailed     Prefill = "failed"
)

// prefillWords say what happened, and what to do next.
var prefillWords = map[Prefill]string{
	PrefillUsed:       "This link from the dialer was used before. If you opened it yourself, continue the unsent form. If not, type the phone and the call id.",
	PrefillExpired:    "This link from the dialer is more than five minutes old. Type the phone and the call id.",
	PrefillEarly:      "This link does not count yet: the dialer’s clock is ahead. Type the phone and the call id, and tell your supervisor.",
	PrefillUnreadable: "This link is not one of the dialer’s, or a part of it is missing. Type the phone and the call id. If it happens again, tell your supervisor.",
	PrefillMissing:    "The link came without what the dialer knows, as after signing in. Open it in the dialer again, or type the phone and the call id.",
	PrefillOff:        "Links from the dialer are not set up here. Type the phone and the call id, and tell your supervisor.",
	PrefillFailed:     "This link could not be opened, because storage failed. Open it in the dialer again, or type the phone and the call id.",
}
