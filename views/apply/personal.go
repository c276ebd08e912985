package apply

import (
	"github.com/a-h/templ"

	"intake/internal/consent"
)

// The check page is stored as evidence. Marks of package consent enclose everything in it that is about one
// person, so that the answers can be erased before the rest, and what many pages share is stored once. The page
// of a link (views/handoff) is stored so too. views/erasure_test.go finds a text about a person that has no marks.

// personal is a text about one person that is stored as long as the consent record. It is not a string, so that a
// template can write it only as marked.
type personal struct{ text string }

// marked is the text between its marks, for an element or the value of an attribute.
func (p personal) marked() string { return consent.Mark(consent.Words, p.text) }

// Marked draws c between the marks.
func Marked(hole consent.Hole, c templ.Component) templ.Component {
	return templ.Join(templ.Raw(consent.Begin(hole)), c, templ.Raw(consent.End()))
}

// AroundVisitor marks what the layout writes about the visitor's browser.
func AroundVisitor(c templ.Component) templ.Component { return Marked(consent.Words, c) }
