package simulator

import (
	"net"
	"net/http"
	"strings"
)

// routes is every address of the twin.
func (s *Server) routes() http.Handler {
	control := s.controlRoutes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1) // lets Close wait for calls that Shutdown has given up on
		defer s.calls.Done()
		path := r.URL.Path
		tenant, isToken := strings.CutSuffix(path, "/oauth2/v2.0/token")
		switch {
		case path == "/control" || strings.HasPrefix(path, "/control/"):
			control.ServeHTTP(w, r)
		case path == "/elsewhere":
			s.serveElsewhere(w, r)
		case (isToken || path == "/graphql" || path == creditPath) && r.Method != http.MethodPost:
			s.refuseMethod(w, r)
		case path == "/graphql":
			s.serveGraphQL(w, r, s.schema)
		case path == creditPath:
			s.serveGraphQL(w, r, s.credit)
		case isToken && tenant == "/"+s.cfg.TenantID:
			s.serveToken(w, r)
		case isToken:
			s.refuseTenant(w, r)
		default:
			s.refuseAddress(w, r)
		}
	})
}

// refuseTenant is Entra ID's answer to a tenant that does not exist; number and status are assumed.
func (s *Server) refuseTenant(w http.ResponseWriter, r *http.Request) {
	c := s.arrive(r, arrival{operation: opToken, faultless: true})
	s.answer(w, c, s.oauth(oauthError{http.StatusBadRequest, "invalid_request", 90002, "The tenant was not found."}))
}

func (s *Server) refuseMethod(w http.ResponseWriter, r *http.Request) {
	a := jsonAnswer(http.StatusMethodNotAllowed, map[string]any{"message": "Method Not Allowed"})
	a.header["Allow"] = http.MethodPost
	s.answer(w, s.arrive(r, arrival{operation: opOther, faultless: true}), a)
}

func (s *Server) refuseAddress(w http.ResponseWriter, r *http.Request) {
	c := s.arrive(r, arrival{operation: opOther, faultless: true})
	s.answer(w, c, jsonAnswer(http.StatusNotFound, map[string]any{"message": "Not Found"}))
}

// serveElsewhere is where the redirect faults lead. Whoever arrives here has followed one; the ledger says so.
func (s *Server) serveElsewhere(w http.ResponseWriter, r *http.Request) {
	s.answer(w, s.arrive(r, arrival{operation: opElsewhere, faultless: true}), plainAnswer(http.StatusTeapot, "a redirect was followed"))
}

// ownHost tells whether the request was addressed to this machine by a loopback name, so that a page of
// another site whose name resolves here (DNS rebinding) is turned away.
func ownHost(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	return loopback(host)
}
