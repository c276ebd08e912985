package apply_test

import (
	"net/http"
	"net/url"
	"testing"

	"intake/handlers/handlerstest"
)

func TestPlaces_AnswerCityAndStateOfAZIPCode(t *testing.T) {
	app := handlerstest.New(t)
	for zip, want := range map[string]string{
		"78745": `{"city":"Austin","state":"TX"}`, "78745-1234": `{"city":"Austin","state":"TX"}`, " 00601 ": `{"city":"Adjuntas","state":"PR"}`,
	} {
		got := app.Do(handlerstest.Request(http.MethodPost, "/zip", url.Values{"zip": {zip}}.Encode()))
		if got.Code != http.StatusOK || got.Body.String() != want+"\n" || got.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%q: got %d %s %s", zip, got.Code, got.Header().Get("Content-Type"), got.Body.String())
		}
	}
	for _, unknown := range []string{"00000", "", "canary7319", "\xff"} {
		got := app.Do(handlerstest.Request(http.MethodPost, "/zip", url.Values{"zip": {unknown}}.Encode()))
		if got.Code != http.StatusNoContent || got.Body.Len() > 0 {
			t.Errorf("%q: got %d %s, want 204 and nothing", unknown, got.Code, got.Body.String())
		}
	}
	if got := app.Get("/zip?zip=78745"); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("in an address: got %d, want 405", got.Code)
	}
}
