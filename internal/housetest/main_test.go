// Package housetest holds the tests about the repository itself: who imports whom, documents against code,
// secrets in files.
package housetest

import (
	"fmt"
	"os"
	"testing"
)

// TestMain has every test run in the root of the repository.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
