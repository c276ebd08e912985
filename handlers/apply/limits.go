package apply

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"time"

	"intake/handlers/web"
	"intake/internal/lead"
)

const (
	formsPerAddress = 20 // finished ones, in web.AddressWindow
	formsPerPhone   = 3  // in phoneWindow
	phoneWindow     = 24 * time.Hour
)

// More reasons why a lead is suspect.
const (
	manyFromAddress = "too many forms from one address"
	manyForPhone    = "too many forms for one phone"
)

// limits count finished forms, in the memory of this process only. Phone numbers are hashed with a random key, so
// that memory does not hold them.
type limits struct {
	addresses *web.Limiter[netip.Prefix]
	phones    *web.Limiter[[sha256.Size]byte]
	phoneKey  []byte
}

func newLimits() *limits {
	return &limits{
		addresses: web.NewLimiter[netip.Prefix](formsPerAddress, web.AddressWindow),
		phones:    web.NewLimiter[[sha256.Size]byte](formsPerPhone, phoneWindow),
		phoneKey:  []byte(rand.Text()),
	}
}

// countForm counts a finished form and returns the limits that it exceeds. An unknown address is not counted. undo
// takes the count back, for a form that was stored before or could not be stored.
func (l *limits) countForm(address netip.Prefix, phone lead.Private[string], now time.Time) (reasons []string, undo func()) {
	undoAddress, ok := func() {}, true
	if address.IsValid() {
		undoAddress, ok = l.addresses.Allow(address, now)
	}
	if !ok {
		reasons = append(reasons, manyFromAddress)
	}
	undoPhone, ok := l.phones.Allow(l.hash(phone.Reveal()), now)
	if !ok {
		reasons = append(reasons, manyForPhone)
	}
	return reasons, func() { undoAddress(); undoPhone() }
}

func (l *limits) hash(phone string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, l.phoneKey)
	mac.Write([]byte(phone))
	mac.Sum(sum[:0])
	return sum
}
