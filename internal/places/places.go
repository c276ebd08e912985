// Package places has city, state and time zone of each ZIP code. It helps with typing and refuses nothing:
// codes come and go, and some are in two states.
package places

import (
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

// Place is the place of a ZIP code.
type Place struct {
	City  string // as the post writes it; APO, DPO or FPO for military addresses
	State string // two letters
	Zone  string // of the IANA time zone database; empty where unknown
}

// Of finds the place of five digits; false when the table does not have them.
func Of(zip string) (Place, bool) {
	i, found := slices.BinarySearchFunc(lines(), zip, func(line, zip string) int {
		code, _, _ := strings.Cut(line, ",")
		return strings.Compare(code, zip)
	})
	if !found {
		return Place{}, false
	}
	return read(lines()[i])
}

// read splits a line. The form does not offer the states in free association with the US.
func read(line string) (Place, bool) {
	fields := strings.Split(line, ",")
	city, state, zone := fields[1], fields[2], fields[3]
	switch state {
	case "FM", "MH", "PW":
		return Place{}, false
	case "AA", "AE", "AP":
		city = strings.ToUpper(city)
	}
	return Place{city, state, zone}, true
}

// packed has zip,city,state,timezone in the order of the codes. City and state: GeoNames
// (geonames.org, CC BY 4.0), where it lacks them the npm package zipcodes 8.0.0 (BSD); time zone:
// the npm package zipcode-to-timezone 0.0.9 (MIT).
//
//go:embed zip.csv.gz
var packed string

// lines is the table, unpacked at the first use: two megabytes.
var lines = sync.OnceValue(func() []string {
	unpacked, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		panic(err) // the embedded file is broken; the tests read it
	}
	var text strings.Builder
	text.Grow(1_510_000) // all of it: growing would copy it again and again
	if _, err := io.Copy(&text, unpacked); err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSpace(text.String()), "\n")[1:] // without the headings
})
