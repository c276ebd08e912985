package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/static"
)

func TestDocuments_AreTheTextsInTheLanguageOfTheAddress(t *testing.T) {
	app := handlerstest.New(t)
	for path, id := range map[string]string{"/privacy": consent.PrivacyNotice, "/terms": consent.TermsOfUse} {
		for prefix, language := range map[string]string{"": "en", "/es": "es"} {
			v := app.Visit(t)
			v.Header.Set("Accept-Language", "fr, es;q=0.1") // decides nothing
			contents, _ := app.Texts.Document(id, language, app.Names())
			v.Open(prefix+path).IsAt(prefix+path, 200).Sees(`<html lang="`+language+`">`, contents.Title, contents.Passages[0].Heading, "(512) 555-0100").SeesNot("{")
		}
	}
}

func TestFiles_RobotsAndIcon(t *testing.T) {
	app := handlerstest.New(t)
	got := app.Get("/robots.txt")
	if got.Code != 200 || got.Body.String() != "User-agent: *\nDisallow:\n" {
		t.Errorf("robots.txt is %q; whoever may not read a page does not see that it is not to be listed", got.Body.String())
	}
	if got := app.Get("/favicon.ico"); got.Code != http.StatusFound || got.Header().Get("Location") != app.Site.Look.Icon() {
		t.Errorf("favicon.ico: got %d %s", got.Code, got.Header().Get("Location"))
	}
	if got := app.Get(app.Site.Look.Icon()); got.Code != 200 || !strings.HasPrefix(app.Site.Look.Icon(), static.Prefix) {
		t.Errorf("the icon: got %d", got.Code)
	}
}

// What search engines may list says the same to everybody.
func TestPages_SayNoindexUnlessTheyArePublic(t *testing.T) {
	for _, prefix := range []string{"", "/es"} {
		app := handlerstest.New(t)
		v := app.Visit(t).UpTo(prefix + "/apply/check")
		for path, listed := range map[string]bool{
			"/": true, "/privacy": true, "/terms": true,
			"/apply/you": false, "/apply/home": false, "/apply/income": false, "/apply/check": false, "/opt-out": false, "/nowhere": false,
		} {
			if v.Open(prefix + path); strings.Contains(v.Page.Body.String(), `<meta name="robots" content="noindex">`) == listed {
				t.Errorf("%s: listed is %v", prefix+path, !listed)
			}
		}
		v.Open(prefix+"/apply/check").Send(handlerstest.Agreed...).Sees(`data-state="received"`, `<meta name="robots" content="noindex">`)
	}
}

func TestLanguage_IsThatOfTheURLAlone(t *testing.T) {
	app := handlerstest.New(t)
	for path, want := range map[string]string{
		"/": "en", "/es/": "es", "/opt-out": "en", "/es/opt-out": "es", "/nowhere": "en", "/es/nowhere": "es", "/status/X": "en", "/es/status/X": "es", "/estado": "en",
	} {
		v := app.Visit(t)
		v.Header.Set("Accept-Language", map[string]string{"en": "es", "es": "en"}[want])
		if v.Open(path); !strings.Contains(v.Page.Body.String(), `<html lang="`+want+`">`) {
			t.Errorf("%s is not in %s", path, want)
		}
	}
	if got := app.Get("/es"); got.Code != 303 || got.Header().Get("Location") != "/es/" {
		t.Errorf("/es: got %d %s", got.Code, got.Header().Get("Location"))
	}
}

// TestRoutes_EachPageIsThereInBothLanguages walks the routes as the router lists them.
func TestRoutes_EachPageIsThereInBothLanguages(t *testing.T) {
	app := handlerstest.New(t)
	neutral := []string{"/healthz", "/readyz", "/robots.txt", "/favicon.ico", "/zip", web.ReportPath, static.Prefix + "*", "/es"}
	have := map[string]bool{}
	for _, route := range handlers.RoutesOf(app.Handlers) {
		have[route.Method+" "+route.Path] = true
	}
	for _, path := range neutral {
		delete(have, "GET "+path)
		delete(have, "POST "+path)
	}
	for name := range have {
		method, path, _ := strings.Cut(name, " ")
		other := method + " /es" + path
		if spanish, ok := strings.CutPrefix(path, "/es"); ok {
			other = method + " " + spanish
		}
		if !have[other] {
			t.Errorf("%s has no %s", name, other)
		}
	}
}
