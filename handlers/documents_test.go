package handlers

import (
	"net/http"
	"strings"
	"testing"

	"intake/internal/consent"
	"intake/static"
)

func TestDocuments_AreTheTextsInTheLanguageOfTheAddress(t *testing.T) {
	d := openDoor(t)
	for path, id := range map[string]string{"/privacy": consent.PrivacyNotice, "/terms": consent.TermsOfUse} {
		for prefix, language := range map[string]string{"": "en", "/es": "es"} {
			v := d.visit(t)
			v.header.Set("Accept-Language", "fr, es;q=0.1") // decides nothing
			contents, _ := d.Texts.Document(id, language, d.names())
			v.open(prefix+path).at(prefix+path, 200).sees(`<html lang="`+language+`">`, contents.Title, contents.Passages[0].Heading, "(512) 555-0100").seesNot("{")
		}
	}
}

func TestFiles_RobotsAndIcon(t *testing.T) {
	d := openDoor(t)
	got := d.get("/robots.txt")
	if got.Code != 200 || got.Body.String() != "User-agent: *\nDisallow:\n" {
		t.Errorf("robots.txt is %q; whoever may not read a page does not see that it is not to be listed", got.Body.String())
	}
	if got := d.get("/favicon.ico"); got.Code != http.StatusFound || got.Header().Get("Location") != d.Site.Look.Icon() {
		t.Errorf("favicon.ico: got %d %s", got.Code, got.Header().Get("Location"))
	}
	if got := d.get(d.Site.Look.Icon()); got.Code != 200 || !strings.HasPrefix(d.Site.Look.Icon(), static.Prefix) {
		t.Errorf("the icon: got %d", got.Code)
	}
}

// What search engines may list says the same to everybody.
func TestPages_SayThemselvesThatTheyAreNotToBeListed(t *testing.T) {
	for _, prefix := range []string{"", "/es"} {
		d := openDoor(t)
		v := d.visit(t).upTo(prefix + "/apply/check")
		for path, listed := range map[string]bool{
			"/": true, "/privacy": true, "/terms": true,
			"/apply/you": false, "/apply/home": false, "/apply/income": false, "/apply/check": false, "/opt-out": false, "/nowhere": false,
		} {
			if v.open(prefix + path); strings.Contains(v.page.Body.String(), `<meta name="robots" content="noindex">`) == listed {
				t.Errorf("%s: listed is %v", prefix+path, !listed)
			}
		}
		v.open(prefix+"/apply/check").send(agreed...).sees(`data-state="received"`, `<meta name="robots" content="noindex">`)
	}
}

func TestLanguage_IsTheAddressAndNothingElse(t *testing.T) {
	d := openDoor(t)
	for path, want := range map[string]string{
		"/": "en", "/es/": "es", "/opt-out": "en", "/es/opt-out": "es", "/nowhere": "en", "/es/nowhere": "es", "/status/X": "en", "/es/status/X": "es", "/estado": "en",
	} {
		v := d.visit(t)
		v.header.Set("Accept-Language", map[string]string{"en": "es", "es": "en"}[want])
		if v.open(path); !strings.Contains(v.page.Body.String(), `<html lang="`+want+`">`) {
			t.Errorf("%s is not in %s", path, want)
		}
	}
	if got := d.get("/es"); got.Code != 303 || got.Header().Get("Location") != "/es/" {
		t.Errorf("/es: got %d %s", got.Code, got.Header().Get("Location"))
	}
}

// TestRoutes_EachPageIsThereInBothLanguages walks the routes as the router lists them.
func TestRoutes_EachPageIsThereInBothLanguages(t *testing.T) {
	d := openDoor(t)
	neutral := []string{"/healthz", "/readyz", "/robots.txt", "/favicon.ico", "/zip", reportPath, static.Prefix + "*", "/es"}
	have := map[string]bool{}
	for _, route := range d.router().Routes() {
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
