package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"intake/internal/config"
)

func TestAdmin_AnswersToAddressesAndPrivateNamesAlone(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
	routes := adminRoutes(config.Config{Pprof: true}, http.HandlerFunc(answer), http.HandlerFunc(answer))
	for host, want := range map[string]int{
		"127.0.0.1:9090": 200, "[::1]:9090": 200, "10.0.3.7": 200, "localhost:9090": 200, "intake:9090": 200, "intake.prod.svc.cluster.local:9090": 200,
		"ip-10-0-3-7.ec2.internal": 200, "Node7.home.arpa.": 200, "intake.prod.svc:9090": 200,
		"attacker.example:9090": 421, "127.0.0.1.attacker.example": 421, "apply.example.com": 421, "local.attacker.example": 421, "notlocal.example.": 421,
	} {
		for _, path := range []string{"/metrics", "/healthz", "/readyz", "/debug/pprof/"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			routes.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s of %s: %d, want %d", path, host, w.Code, want)
			}
		}
	}
}
