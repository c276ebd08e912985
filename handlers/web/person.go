package web

import (
	"net/http"

	"intake/internal/lead"
	"intake/internal/staff"
)

// Person is who is signed in.
func Person(r *http.Request) (staff.Person, bool) { return staff.PersonIn(r.Context()) }

// WithPerson is the request of somebody who is signed in.
func WithPerson(r *http.Request, p staff.Person) *http.Request {
	return r.WithContext(staff.WithPerson(r.Context(), p))
}

// AgentOf is the person as who types or decides something about a lead.
func AgentOf(p staff.Person) lead.Agent { return lead.Agent{Key: p.Key, Name: p.Name} }
