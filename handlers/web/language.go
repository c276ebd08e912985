package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/validation"
	"intake/views/frame"
)

// Languages are those of the consumers' pages.
var Languages = []string{"en", "es"}

// LanguageInput is the name of the button that switches the language.
const LanguageInput = "language"

// Language is that of the URL's path. No cookie or header changes it, so that a URL shows the same page to
// everybody.
func Language(r *http.Request) string {
	if r.URL.Path == "/es" || strings.HasPrefix(r.URL.Path, "/es/") {
		return "es"
	}
	return "en"
}

func pathWithoutLanguage(r *http.Request) string {
	if Language(r) == "es" {
		return strings.TrimPrefix(r.URL.Path, "/es")
	}
	return r.URL.Path
}

// PressedLanguage is the language that the visitor switched to, and false when they pressed another button.
func PressedLanguage(form validation.Form) (language string, ok bool) {
	for _, language := range Languages {
		if form.Value(LanguageInput) == language {
			return language, true
		}
	}
	return "", false
}

// Redirect redirects to a path of ours, in the language of the request.
func Redirect(c echo.Context, path string) error {
	return RedirectIn(c, Language(c.Request()), path)
}

// RedirectIn redirects to a path of ours in a language.
func RedirectIn(c echo.Context, language, path string) error {
	return c.Redirect(http.StatusSeeOther, frame.LinkIn(language, path))
}
