package handlers

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// render answers with a page.
func (h *Handlers) render(c echo.Context, status int, page templ.Component) error {
	h.write(c.Response(), c.Request(), status, page)
	return nil
}

// write renders into a buffer first: a page that breaks half-way must not go out as a success.
func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	var body bytes.Buffer
	if err := page.Render(r.Context(), &body); err != nil {
		h.Log.Error("render", "request", traceOf(r.Context()).id, "cause", err.Error())
		http.Error(w, "Something went wrong on our side. Please try again.", http.StatusInternalServerError)
		return
	}
	h.send(w, r, status, body.Bytes())
}

// send answers with a page that is drawn already.
func (h *Handlers) send(w http.ResponseWriter, r *http.Request, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(page))) // else it goes out in chunks
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(page) // the browser went away: nobody is left to tell
	}
}
