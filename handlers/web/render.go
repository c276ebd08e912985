package web

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// Render answers with a page.
func (b *Base) Render(c echo.Context, status int, page templ.Component) error {
	b.write(c.Response(), c.Request(), status, page)
	return nil
}

// buffers are reused: a new one for each page would be most of what a page allocates.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// write renders into a buffer first, so that a page whose rendering fails half-way is not sent as a success.
func (b *Base) write(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	body := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(body)
	body.Reset()
	if err := page.Render(r.Context(), body); err != nil {
		b.LogFailure(r, "render", err)
		http.Error(w, "Something went wrong on our side. Please try again.", http.StatusInternalServerError)
		return
	}
	Send(w, r, status, body.Bytes())
}

// Send answers with a rendered page.
func Send(w http.ResponseWriter, r *http.Request, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(page))) // else it goes out in chunks
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(page) // an error means that the browser is gone
	}
}
