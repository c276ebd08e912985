package handlers

import (
	"net/http"
	"net/url"
	"testing"
)

func TestPlaces_TellCityAndStateOfAZIPCode(t *testing.T) {
	d := openDoor(t)
	for zip, want := range map[string]string{
		"78745": `{"city":"Austin","state":"TX"}`, "78745-1234": `{"city":"Austin","state":"TX"}`, " 00601 ": `{"city":"Adjuntas","state":"PR"}`,
		"00000": "{}", "": "{}", "canary7319": "{}", "\xff": "{}",
	} {
		status := http.StatusOK
		if want == "{}" {
			status = http.StatusNotFound
		}
		got := d.do(request(http.MethodPost, "/zip", url.Values{"zip": {zip}}.Encode()))
		if got.Code != status || got.Body.String() != want+"\n" || got.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%q: got %d %s %s", zip, got.Code, got.Header().Get("Content-Type"), got.Body.String())
		}
	}
	if got := d.get("/zip?zip=78745"); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("in an address: got %d, want 405", got.Code)
	}
}
