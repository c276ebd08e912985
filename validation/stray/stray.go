// Package stray finds a Social Security number that was typed into a box for something else.
package stray

import (
	"regexp"
	"strings"

	"intake/validation"
)

const callIDBox = "callId"

// ssnShape is a Social Security number as people write one.
var ssnShape = regexp.MustCompile(`\b[0-9]{9}\b|\b[0-9]{3}[-. \x{2010}-\x{2015}\x{00a0}][0-9]{2}[-. \x{2010}-\x{2015}\x{00a0}][0-9]{4}\b`)

// Without is a text that somebody typed, for a page of the staff, which must not hold such a number.
func Without(text string) string {
	return ssnShape.ReplaceAllString(text, "•••-••-••••")
}

// Is says whether what was typed into a box for something else looks like a Social Security number.
func Is(box, text string) bool {
	found := ssnShape.FindString(text)
	switch plain := len(found) == 9; {
	case found == "":
		return false
	case box == callIDBox:
		return found == strings.TrimSpace(text) // C-123456789 and #123456789 are ids of calls
	case box == "zipCode" && plain:
		_, _, known := validation.PlaceOf(text) // a ZIP+4 code without its dash
		return !known
	case box == "email" && plain:
		return !strings.Contains(text, "@")
	}
	return true
}

// Problem is what to say when such a number was typed into a box for something else.
func Problem(box string) validation.Problem {
	words := validation.Text{
		"This looked like a Social Security number, so we removed it. It was not saved.",
		"Esto parecía un número de Seguro Social, por eso lo quitamos. No se guardó.",
	}
	if box == callIDBox {
		words.EN += " If it is the call id, type # before it."
		words.ES += " Si es el número de la llamada, escriba # antes."
	}
	return validation.Problem{Field: box, Input: box, Message: words}
}
