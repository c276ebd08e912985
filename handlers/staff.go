package handlers

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"intake/handlers/desk"
	"intake/handlers/leads"
	"intake/handlers/signin"
	"intake/internal/staff"
)

// addStaff makes the rooms of the staff that cfg has. The sign-in comes last: it saves what was sent to the desk after a session had
// ended, and its gate stands before the rooms that the others have made.
func (h *Handlers) addStaff(cfg Config) {
	if cfg.StaffLeads != nil {
		h.leads = leads.New(h.Base, h.leadsConfig(*cfg.StaffLeads))
	}
	if cfg.Desk != nil {
		h.desk = desk.New(h.Base, h.deskConfig(*cfg.Desk, cfg))
	}
	if cfg.SignIn != nil {
		h.signIn = signin.New(h.Base, h.signInConfig(*cfg.SignIn))
		h.MountRooms(roomsIn(h.router().Routes()))
	}
}

func (h *Handlers) leadsConfig(room leads.Config) leads.Config {
	if room.Allowed == nil {
		room.Allowed = func(r *http.Request) bool { return h.signIn != nil && h.signIn.IsSignedIn(r) }
	}
	return room
}

func (h *Handlers) deskConfig(room desk.Config, cfg Config) desk.Config {
	room.Meter, room.Texts, room.Version, room.FormSecret = cfg.Meter, cfg.Texts, cfg.Version, cfg.FormSecret
	if h.leads != nil {
		room.Panel = h.leads.Outcome
	}
	return room
}

func (h *Handlers) signInConfig(room signin.Config) signin.Config {
	room.Rescue, room.ShowAgain = h.typedForms()
	return room
}

// roomsIn are the rooms whose first page is among the routes.
func roomsIn(routes []*echo.Route) []staff.Room {
	return slices.DeleteFunc(staff.Rooms(), func(room staff.Room) bool {
		return !slices.ContainsFunc(routes, func(r *echo.Route) bool { return r.Method == http.MethodGet && r.Path == room.Path })
	})
}

// isStaffBrowser says whether somebody has signed in with the browser, today or before.
func (h *Handlers) isStaffBrowser(r *http.Request) bool {
	return h.signIn != nil && h.signIn.HasCookie(r)
}
