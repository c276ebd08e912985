package handlers

import (
	"bytes"
	"context"
	"fmt"

	"github.com/a-h/templ"
)

// stencil is a page that differs between visits in one place only: drawn once, and cut there. Drawing
// the empty form takes twenty times as long as copying it.
type stencil struct{ before, after []byte }

// cut draws page, which must hold mark exactly once.
func cut(page templ.Component, mark string) (stencil, error) {
	var drawn bytes.Buffer
	if err := page.Render(context.Background(), &drawn); err != nil {
		return stencil{}, err
	}
	if n := bytes.Count(drawn.Bytes(), []byte(mark)); n != 1 {
		return stencil{}, fmt.Errorf("the page has %d places for the mark, not one", n)
	}
	before, after, _ := bytes.Cut(drawn.Bytes(), []byte(mark))
	return stencil{before, after}, nil
}

// with is the page with text in the place. The text must need no escaping.
func (s stencil) with(text string) []byte {
	page := make([]byte, 0, len(s.before)+len(text)+len(s.after))
	return append(append(append(page, s.before...), text...), s.after...)
}
