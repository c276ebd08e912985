package apply

import (
	"github.com/a-h/templ"

	"intake/internal/consent"
)

// The check page is kept as evidence. Marks of package consent stand in it around whatever is about
// one person, so that the answers can be erased before the rest, and so that what many pages share is
// stored once. This file is the one place that marks.

// personal is a text about one person that is kept as long as the consent record. No template can
// write it but as marked: it is no string.
type personal struct{ text string }

// marked is the text between its marks, for an element or the value of an attribute.
func (p personal) marked() string { return consent.Mark(consent.Words, p.text) }

// marked draws c between the marks.
func marked(hole consent.Hole, c templ.Component) templ.Component {
	return templ.Join(templ.Raw(consent.Begin(hole)), c, templ.Raw(consent.End()))
}

// aroundVisitor marks what the layout writes about the visitor's browser.
func aroundVisitor(c templ.Component) templ.Component { return marked(consent.Words, c) }
