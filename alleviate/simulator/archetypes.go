package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// note is the only note that any public example shows, also beside an unqualified result. Documented for the
// archetypes, seen in examples for the rest.
const note = "Lead processing complete"

// Archetype is an e-mail address that fixes the outcome of createLead.
type Archetype struct {
	Email      string `json:"email"`
	Code       int    `json:"code"`
	ID         string `json:"id"`  // "" where each lead gets an id of its own
	Bid        string `json:"bid"` // exactly as answered by createLead; "" means null
	Documented bool   `json:"documented"`
	Meaning    string `json:"meaning"`
}

// Archetypes returns the six addresses that Alleviate publishes, then the ones this twin assumes. The assumed
// ones are never under test.alleviate.com. Source: /guides/sandbox-archetypes.
func Archetypes() []Archetype {
	return append(documentedArchetypes(), assumedArchetypes()...)
}

func documentedArchetypes() []Archetype {
	published := func(key string, code int, id, bid, meaning string) Archetype {
		return Archetype{
			Email: "sandbox+" + key + "@test.alleviate.com", Code: code, ID: "00000000-0000-0000-0000-" + id,
			Bid: bid, Documented: true, Meaning: meaning,
		}
	}
	return []Archetype{
		published("qualified-1013", 1013, "000000001013", "12.00", "qualified"),
		published("qualified-1014", 1014, "000000001014", "18.00", "qualified"),
		published("qualified-1015", 1015, "000000001015", "24.00", "qualified"),
		published("qualified-1016", 1016, "000000001016", "30.00", "qualified"),
		published("qualified-1017", 1017, "000000001017", "35.00", "qualified"),
		published("qualified-no-bid", 1013, "000000010013", "", "qualified, without a bid"),
	}
}

func assumedArchetypes() []Archetype {
	list := []Archetype{{
		Email: "unqualified@assumed.example", Code: 1018,
		Meaning: "not qualified; the code is seen in one example, its meaning is not published",
	}}
	for _, c := range []struct {
		code    int
		meaning string
	}{
		{1000, "processing; final after some looks"},
		{1001, "unique, processing complete; the pages disagree whether createLead gives it"},
		{1003, "duplicate"},
		{1018, "meaning not published"},
		{1020, "duplicate bought again"},
		{9999, "processing error"},
		{1099, "a number nobody has published"},
	} {
		email := fmt.Sprintf("assumed+%d@assumed.example", c.code)
		list = append(list, Archetype{Email: email, Code: c.code, Meaning: c.meaning})
	}
	return list
}

// assumedCode lets any number be asked for, as Archetypes shows for seven of them.
var assumedCode = regexp.MustCompile(`^assumed\+([0-9]{1,6})@assumed\.example$`)

func archetypeOf(email string) (Archetype, bool) {
	email = strings.ToLower(email)
	for _, a := range Archetypes() {
		if a.Email == email {
			return a, true
		}
	}
	m := assumedCode.FindStringSubmatch(email)
	if m == nil {
		return Archetype{}, false
	}
	code, _ := strconv.Atoi(m[1]) // the pattern admits digits only
	a := Archetype{Email: email, Code: code, Meaning: "asked for by number"}
	if qualified(code) {
		a.Bid = "$25.00"
	}
	return a, true
}

// underTestDomain tells whether the address belongs to the domain whose keys are Alleviate's to define.
func underTestDomain(email string) bool {
	return strings.HasSuffix(strings.ToLower(email), "@test.alleviate.com")
}

// qualified is documented: /guides/testing.
func qualified(code int) bool { return 1013 <= code && code <= 1017 }

// ordinaryOutcome is assumed in full: the same address always lands in the same qualified tier with the same
// bid, so that a test can say beforehand what it expects.
func ordinaryOutcome(email string) (code int, bid string) {
	sum := sha256.Sum256([]byte(strings.ToLower(email)))
	n := binary.BigEndian.Uint64(sum[:8])
	tier := int(n % 5)
	return 1013 + tier, fmt.Sprintf("$%d.%02d", []int{12, 18, 24, 30, 35}[tier], (n/5)%100)
}
