package desk_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"intake/handlers"
	"intake/handlers/handlerstest"
)

func TestKeys_OverHTTPSTheCookieIsForOurOwnPagesAlone(t *testing.T) {
	app := handlerstest.New(t, handlerstest.WithDesk(normal), func(c *handlers.Config) { c.PublicURL = &url.URL{Scheme: "https", Host: "apply.example.com"} })
	switches := func(r *http.Request) *httptest.ResponseRecorder {
		r.Host = "apply.example.com"
		return app.As(handlerstest.Dana, r)
	}
	cookies := switches(handlerstest.Request(http.MethodPost, "/desk/keys", "help=off")).Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != "__Host-desk-keys" || !cookies[0].Secure || !cookies[0].HttpOnly || cookies[0].Path != "/" || cookies[0].Domain != "" {
		t.Fatalf("the cookies are %v", cookies)
	}
	for name, isOff := range map[string]bool{"__Host-desk-keys": true, "desk-keys": false} {
		r := handlerstest.Request(http.MethodGet, "/desk", "")
		r.AddCookie(&http.Cookie{Name: name, Value: "off"})
		if got := strings.Contains(switches(r).Body.String(), `data-off="true"`); got != isOff {
			t.Errorf("with the cookie %s the key is off: %v", name, got)
		}
	}
}
