package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	"intake/views/legal"
)

// showDocument shows a legal text.
func (h *Handlers) showDocument(id string) echo.HandlerFunc {
	return func(c echo.Context) error {
		page := h.Page(c.Request())
		contents, version := h.texts.Document(id, page.Language, consent.Names{Seller: h.Site.Seller, Contact: h.Site.Phone})
		return h.Render(c, http.StatusOK, legal.Page(legal.Document{Page: page, Contents: contents, Version: version}))
	}
}

// robots lets search engines read everything. A page that must not be listed says noindex, which they see only
// when they may read it.
const robots = "User-agent: *\nDisallow:\n"

// cacheForADay is for files whose name does not change with their content.
const cacheForADay = "public, max-age=86400"

func (h *Handlers) showRobots(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", cacheForADay)
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(robots))
}

// showIcon redirects browsers that ask for /favicon.ico without having read a page.
func (h *Handlers) showIcon(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Redirect(http.StatusFound, h.Site.Look.Icon())
}
