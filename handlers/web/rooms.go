package web

import (
	"net/http"
	"slices"
	"strings"

	"intake/internal/staff"
	"intake/views/frame"
)

// signInPaths are the staff paths that are no room.
var signInPaths = []string{"/sign-in", "/sign-out", "/dev-sign-in"}

// IsStaff says whether a path is one of the staff's.
func IsStaff(path string) bool {
	_, isRoom := staff.RoomOf(path)
	return isRoom || slices.ContainsFunc(signInPaths, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

// IsStream says whether a request is for an event stream.
func IsStream(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/events") }

// MountRooms tells which rooms have a first page. Call it before anything is served.
func (b *Base) MountRooms(rooms []staff.Room) { b.rooms = rooms }

// IsMounted says whether the room has a first page.
func (b *Base) IsMounted(room staff.Room) bool {
	return slices.ContainsFunc(b.rooms, func(r staff.Room) bool { return r.Path == room.Path })
}

// RoomsOf are the rooms that have a first page and admit the person, in the order of the navigation.
func (b *Base) RoomsOf(p staff.Person) []staff.Room {
	var admitting []staff.Room
	for _, room := range b.rooms {
		if room.Admits(p, !b.Site.Test()) {
			admitting = append(admitting, room)
		}
	}
	return admitting
}

// StaffClock is the time on staff pages, in their zone.
func (b *Base) StaffClock() frame.Clock { return frame.Clock{Now: b.Clock.Now(), Zone: b.Zone} }

// StaffPage is the part of a staff page that all of them share.
func (b *Base) StaffPage(r *http.Request) frame.StaffPage {
	p, _ := Person(r) // nobody is signed in on the pages of the sign-in
	return frame.StaffPage{Site: b.Site, Person: p, Rooms: b.RoomsOf(p), Path: r.URL.Path, APIHost: b.APIHost, Clock: b.StaffClock()}
}
