package consent

import (
	"bytes"
	"fmt"
	"strings"
)

// While a page is drawn, marks stand around what is one person's own. They begin with a character
// that HTML does not allow anywhere, and Cut takes every one of them out again.
const (
	mark      = "\x00"
	endMark   = mark + "/"
	wordsMark = mark + "w"
	ownAnswer = mark + "a"
)

// Begin is the mark before a stretch that is one person's own.
func Begin(hole Hole) string {
	if hole == Answers {
		return ownAnswer
	}
	return wordsMark
}

// End is the mark after the stretch.
func End() string { return endMark }

// Own marks a text or the value of an attribute as one person's own.
func Own(hole Hole, text string) string {
	return Begin(hole) + strings.ReplaceAll(text, mark, "") + endMark
}

// Cut splits a drawn page at its marks. The parts joined are the page without them. It refuses a
// page whose marks are not in pairs, one after the other.
func Cut(drawn []byte) ([]Part, error) {
	var parts []Part
	hole := Shell
	for len(drawn) > 0 {
		at := bytes.Index(drawn, []byte(mark))
		if at < 0 {
			at = len(drawn)
		}
		if at > 0 {
			parts = append(parts, Part{hole, drawn[:at:at]})
		}
		if drawn = drawn[at:]; len(drawn) == 0 {
			break
		}
		next, err := step(hole, drawn)
		if err != nil {
			return nil, err
		}
		hole, drawn = next, drawn[len(endMark):]
	}
	if hole != Shell {
		return nil, fmt.Errorf("consent page: a stretch of %s does not end", hole)
	}
	return parts, nil
}

// step is what the page is about behind the mark that drawn begins with.
func step(hole Hole, drawn []byte) (Hole, error) {
	switch {
	case bytes.HasPrefix(drawn, []byte(endMark)) && hole != Shell:
		return Shell, nil
	case bytes.HasPrefix(drawn, []byte(wordsMark)) && hole == Shell:
		return Words, nil
	case bytes.HasPrefix(drawn, []byte(ownAnswer)) && hole == Shell:
		return Answers, nil
	}
	return Shell, fmt.Errorf("consent page: a mark where none can be, inside %q", hole)
}
