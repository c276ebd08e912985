package web

import (
	"context"
	"net/http"

	"intake/internal/lead"
	"intake/internal/staff"
)

type personKey struct{}

// Person is who is signed in.
func Person(r *http.Request) (staff.Person, bool) {
	p, ok := r.Context().Value(personKey{}).(staff.Person)
	return p, ok
}

// WithPerson is the request of somebody who is signed in.
func WithPerson(r *http.Request, p staff.Person) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), personKey{}, p))
}

// AgentOf is the person as who types or decides something about a lead.
func AgentOf(p staff.Person) lead.Agent { return lead.Agent{Key: p.Key, Name: p.Name} }
