package handlers

import (
	"net/http"
	"strings"

	"intake/views/frame"
)

// languages are those that the pages speak.
var languages = []string{"en", "es"}

// languageOf is the language of the address, and of nothing else: the page under an address is the
// same for everybody.
func languageOf(r *http.Request) string {
	if r.URL.Path == "/es" || strings.HasPrefix(r.URL.Path, "/es/") {
		return "es"
	}
	return "en"
}

// pathOf is the address without the language.
func pathOf(r *http.Request) string {
	if languageOf(r) == "es" {
		return strings.TrimPrefix(r.URL.Path, "/es")
	}
	return r.URL.Path
}

// page is what all pages share.
func (h *Handlers) page(r *http.Request) frame.Page {
	return frame.Page{Site: h.Site, Language: languageOf(r), Path: pathOf(r), GPC: wantsNoFollowing(r)}
}

// languageInput is the button that shows the page in the other language.
const languageInput = "language"

// pressed is the language that the visitor pressed; false when they pressed another button.
func pressed(posted map[string]string) (language string, ok bool) {
	for _, language := range languages {
		if posted[languageInput] == language {
			return language, true
		}
	}
	return "", false
}
