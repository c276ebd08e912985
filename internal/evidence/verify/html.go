package verify

import (
	"html"
	"regexp"
	"slices"
	"strings"
)

// run is a stretch of text that a reader sees as one: between two tags that are no part of a line.
type run struct {
	text string // unescaped, white space as a browser shows it
	in   string // name of the tag before it
}

// readPage returns the text that the page shows and the tags of its check boxes. It leaves out comments,
// scripts and what is inside tags.
func readPage(page string) (runs []run, boxes []string) {
	var text strings.Builder
	in := ""
	flush := func(tag string) {
		if shown := collapse(html.UnescapeString(text.String())); shown != "" {
			runs = append(runs, run{shown, in})
		}
		text.Reset()
		in = tag
	}
	for page != "" {
		before, rest, _ := strings.Cut(page, "<")
		text.WriteString(before)
		var tag string
		tag, page = cutTag(rest)
		name := nameOf(tag)
		if !slices.Contains(inline, name) {
			flush(name)
		}
		if name == "input" && checkBox.MatchString(tag) {
			boxes = append(boxes, tag)
		}
	}
	flush("")
	return runs, boxes
}

// inline are the tags that do not end a line.
var inline = []string{"a", "abbr", "b", "em", "i", "small", "span", "strong", "time"}

var (
	checkBox = regexp.MustCompile(`\stype="checkbox"`)
	checked  = regexp.MustCompile(`\schecked(\s|=|/|$)`)
	tagName  = regexp.MustCompile(`^/?[a-zA-Z][a-zA-Z0-9]*`)
)

// cutTag returns what stands in a tag or comment, whose < is cut off already, and what follows. The
// pages escape every > in a value. Scripts and styles go with their tag.
func cutTag(rest string) (tag, page string) {
	if strings.HasPrefix(rest, "!--") {
		_, page, _ = strings.Cut(rest, "-->")
		return "!--", page
	}
	tag, page, _ = strings.Cut(rest, ">")
	if name := nameOf(tag); name == "script" || name == "style" {
		_, page, _ = strings.Cut(page, "</"+name)
		_, page, _ = strings.Cut(page, ">")
	}
	return tag, page
}

// nameOf is the name of a tag that opens or closes; empty for anything else.
func nameOf(tag string) string {
	return strings.ToLower(strings.TrimPrefix(tagName.FindString(tag), "/"))
}

func collapse(text string) string { return strings.Join(strings.Fields(text), " ") }
