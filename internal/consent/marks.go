package consent

import (
	"bytes"
	"fmt"
	"strings"
)

// While a page is rendered, marks enclose its personal parts. They begin with a character that HTML does not
// allow anywhere, and Cut removes them all.
const (
	mark        = "\x00"
	endMark     = mark + "/"
	wordsMark   = mark + "w"
	answersMark = mark + "a"
)

// Begin is the mark before a personal part.
func Begin(hole Hole) string {
	if hole == Answers {
		return answersMark
	}
	return wordsMark
}

// End is the mark after a personal part.
func End() string { return endMark }

// Mark encloses a text or the value of an attribute that is personal.
func Mark(hole Hole, text string) string {
	return Begin(hole) + strings.ReplaceAll(text, mark, "") + endMark
}

// Cut splits a rendered page at its marks. The joined parts are the page without them. It refuses a page
// whose marks are not in pairs, one after the other.
func Cut(rendered []byte) ([]Part, error) {
	var parts []Part
	hole := Shell
	for len(rendered) > 0 {
		at := bytes.Index(rendered, []byte(mark))
		if at < 0 {
			at = len(rendered)
		}
		if at > 0 {
			parts = append(parts, Part{hole, rendered[:at:at]})
		}
		if rendered = rendered[at:]; len(rendered) == 0 {
			break
		}
		next, err := step(hole, rendered)
		if err != nil {
			return nil, err
		}
		hole, rendered = next, rendered[len(endMark):]
	}
	if hole != Shell {
		return nil, fmt.Errorf("consent page: a part of the kind %s does not end", hole)
	}
	return parts, nil
}

// step is the kind of the part after the mark that rendered begins with.
func step(hole Hole, rendered []byte) (Hole, error) {
	switch {
	case bytes.HasPrefix(rendered, []byte(endMark)) && hole != Shell:
		return Shell, nil
	case bytes.HasPrefix(rendered, []byte(wordsMark)) && hole == Shell:
		return Words, nil
	case bytes.HasPrefix(rendered, []byte(answersMark)) && hole == Shell:
		return Answers, nil
	}
	return Shell, fmt.Errorf("consent page: a mark where none can be, inside %q", hole)
}
