package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	"intake/views/legal"
)

// showDocument shows a text for everybody.
func (h *Handlers) showDocument(id string) echo.HandlerFunc {
	return func(c echo.Context) error {
		page := h.Page(c.Request())
		contents, version := h.texts.Document(id, page.Language, consent.Names{Seller: h.Site.Seller, Contact: h.Site.Phone})
		return h.Render(c, http.StatusOK, legal.Page(legal.Document{Page: page, Contents: contents, Version: version}))
	}
}

// robots keeps no search engine away: what must not be listed says so itself, and a page that may not
// be read is listed by its address all the same.
const robots = "User-agent: *\nDisallow:\n"

// dayLong is for files whose name does not change with their bytes.
const dayLong = "public, max-age=86400"

func (h *Handlers) showRobots(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", dayLong)
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(robots))
}

// showIcon is for those who ask for the icon by its oldest name.
func (h *Handlers) showIcon(c echo.Context) error {
	return c.Redirect(http.StatusFound, h.Site.Look.Icon())
}
