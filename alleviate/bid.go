package alleviate

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// Bid is what Alleviate would pay for a lead. The zero Bid means that the answer had none (null).
// A bid never says whether a lead qualified; that is ResultCode.Qualified.
type Bid struct {
	// Cents is the amount in US cents, 0 unless Offered.
	Cents int64
	// Offered says whether an amount was named.
	Offered bool
	// Raw is the text as it came, such as "$25.00" or "No Bid Available", also when it cannot be read.
	Raw string
}

// String is the text as Alleviate sent it.
func (b Bid) String() string { return b.Raw }

var errBid = errors.New("alleviate: not a bid of a known form")

const (
	noBid      = "no bid available"
	maxBidText = 64 // four times the longest documented form
	maxDollars = 10 // digits; keeps cents far inside an int64
)

// ParseBid reads the forms of bidValue that the docs show: "$25.00" and "No Bid Available"
// (/api/queries/get-lead-status), "12.00" (/guides/sandbox-archetypes), and "" or "null" for none. Separators between thousands, as in "$1,250.00", are read too.
// Its error comes with a Bid that keeps the text in Raw and offers nothing.
func ParseBid(text string) (Bid, error) {
	raw := strings.TrimSpace(text)
	if raw == "" || raw == "null" {
		return Bid{}, nil
	}
	if len(raw) > maxBidText {
		return Bid{Raw: strings.ToValidUTF8(raw[:maxBidText], "")}, errBid
	}
	if strings.EqualFold(raw, noBid) {
		return Bid{Raw: raw}, nil
	}
	cents, ok := parseCents(strings.TrimPrefix(raw, "$"))
	if !ok {
		return Bid{Raw: raw}, errBid
	}
	return Bid{Cents: cents, Offered: true, Raw: raw}, nil
}

var thousands = regexp.MustCompile(`^[1-9][0-9]{0,2}(,[0-9]{3})+$`)

// parseCents reads dollars, with or without separators between thousands, with at most two decimals, without sign,
// exponent or rounding.
func parseCents(s string) (int64, bool) {
	dollars, decimals, _ := strings.Cut(s, ".")
	if strings.Contains(dollars, ",") {
		if !thousands.MatchString(dollars) {
			return 0, false
		}
		dollars = strings.ReplaceAll(dollars, ",", "")
	}
	if dollars == "" || len(dollars) > maxDollars || len(decimals) > 2 || strings.HasSuffix(s, ".") {
		return 0, false
	}
	digits := dollars + (decimals + "00")[:2]
	if strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	cents, err := strconv.ParseInt(digits, 10, 64)
	return cents, err == nil
}
