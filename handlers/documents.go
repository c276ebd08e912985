package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/consent"
	"intake/views/frame"
	"intake/views/legal"
)

// showDocument shows a legal text.
func (h *Handlers) showDocument(id string) echo.HandlerFunc {
	return func(c echo.Context) error {
		page := h.Page(c.Request())
		contents, version := h.texts.Document(id, page.Language, namesOf(h.Site))
		return h.Render(c, http.StatusOK, legal.Page(legal.Document{Page: page, Contents: contents, Version: version}))
	}
}

// factsOf is what the foot of every page says about us, by language.
func factsOf(texts consent.Texts, site frame.Site) map[string][]frame.Fact {
	facts := map[string][]frame.Fact{}
	for _, language := range web.Languages {
		about, _ := texts.Document(consent.AboutUs, language, namesOf(site))
		for _, p := range about.Passages {
			facts[language] = append(facts[language], frame.Fact{Name: p.Heading, Text: strings.Join(p.Paragraphs, " ")})
		}
	}
	return facts
}

// namesOf are filled into the texts that are the same for everybody.
func namesOf(site frame.Site) consent.Names {
	return consent.Names{Seller: site.Seller, Contact: site.Phone}
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
