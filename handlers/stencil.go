package handlers

import (
	"bytes"
	"context"
	"fmt"

	"github.com/a-h/templ"
)

// stencil is a page that differs between visits in a few places only: drawn once, and cut there.
// Drawing a page takes twenty times as long as copying it.
type stencil struct{ parts [][]byte }

// cut draws page, which must hold each of the marks exactly once, in this order.
func cut(page templ.Component, marks ...string) (stencil, error) {
	var drawn bytes.Buffer
	if err := page.Render(context.Background(), &drawn); err != nil {
		return stencil{}, err
	}
	rest := drawn.Bytes()
	var s stencil
	for _, mark := range marks {
		if n := bytes.Count(drawn.Bytes(), []byte(mark)); n != 1 {
			return stencil{}, fmt.Errorf("the page has %d places for a mark, not one", n)
		}
		before, after, found := bytes.Cut(rest, []byte(mark))
		if !found {
			return stencil{}, fmt.Errorf("the page has its marks in another order")
		}
		s.parts, rest = append(s.parts, before), after
	}
	s.parts = append(s.parts, rest)
	return s, nil
}

// with is the page with the texts in its places. They must need no escaping.
func (s stencil) with(texts ...string) []byte {
	size := 0
	for i, part := range s.parts {
		size += len(part)
		if i < len(texts) {
			size += len(texts[i])
		}
	}
	page := make([]byte, 0, size)
	for i, part := range s.parts {
		page = append(page, part...)
		if i < len(texts) {
			page = append(page, texts[i]...)
		}
	}
	return page
}
