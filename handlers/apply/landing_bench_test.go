package apply_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"intake/handlers/handlerstest"
)

// BenchmarkLanding is GET / by somebody new with all middleware, without a network.
func BenchmarkLanding(b *testing.B) {
	app := handlerstest.New(b)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/", nil)
		w := httptest.NewRecorder()
		if app.Routes.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatalf("got %d", w.Code)
		}
	}
}
