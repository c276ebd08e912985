package desk

import (
	"strings"

	"github.com/a-h/templ"

	"intake/validation"
)

// CheckedField is the answer to the check of one field. What is nil has not changed.
type CheckedField struct {
	Name    string
	Errors  validation.Errors
	Notes   map[string]Note
	Others  []string // fields whose lines change with this one's answer
	Place   *Place
	Clock   Clock // with Place
	Lines   *Call
	Matches *Matches
}

// checks are the attributes by which an input is checked when it loses the focus.
func checks(p *Page, f validation.Field) templ.Attributes {
	attributes := templ.Attributes{
		"hx-post":          "/desk/check",
		"hx-trigger":       trigger(f),
		"hx-target":        "#" + f.Name + "-note",
		"hx-vals":          `{"field":"` + f.Name + `"}`,
		"hx-params":        sent(f),
		"hx-sync":          "this:replace",
		"aria-describedby": f.Name + "-note",
	}
	if f.Required {
		attributes["aria-required"] = "true"
	}
	if _, wrong := p.Errors.For(f.Name); wrong {
		attributes["aria-invalid"] = "true"
	}
	return attributes
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
