// Package staff has the people who sign in, their roles, and which rooms each role may enter.
package staff

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Role is what the identity provider says that a person may do.
type Role string

// The roles. A person may have several.
const (
	Agent      Role = "agent"      // types leads while a caller is on the line
	Supervisor Role = "supervisor" // may do what an agent may, and decides what waits for a person
	QA         Role = "qa"         // tests the integration, outside production only
)

// Roles are all roles.
var Roles = []Role{Agent, Supervisor, QA}

// Person is somebody who is signed in.
type Person struct {
	Key   string // the issuer and the subject of the identity provider: who it is, for good
	Name  string // as the provider shows it; it may change
	Roles []Role

	SessionEnds time.Time // at the latest, however much the person does
	FormToken   string    `json:"-"` // of the session, in every form against cross-site request forgery; made anew for each request
}

// Has says whether the person has the role.
func (p Person) Has(role Role) bool { return slices.Contains(p.Roles, role) }

// nameInLog bounds the name in Who, which must fit into a name of the audit log.
const nameInLog = 60

// Who names the person in the audit log: the name of the day, and a short hash of the key, which stays.
func (p Person) Who() string {
	sum := sha256.Sum256([]byte(p.Key))
	name := p.Name
	if len(name) > nameInLog {
		name = strings.ToValidUTF8(name[:nameInLog], "")
	}
	return name + " (" + hex.EncodeToString(sum[:8]) + ")"
}

// Room is a group of pages that the same roles may enter.
type Room struct {
	Name string // in the navigation
	Path string // of its first page; every page of the room is at or below it

	roles             []Role
	outsideProduction bool
}

// rooms is the only table of who may enter what, in the order of the navigation. A room below the path of another one
// has its own row.
var rooms = []Room{
	{Name: "Desk", Path: "/desk", roles: []Role{Agent, Supervisor}},
	{Name: "Team", Path: "/desk/team", roles: []Role{Supervisor}},
	{Name: "Sessions", Path: "/desk/sessions", roles: []Role{Supervisor}},
	{Name: "Enroll", Path: "/enroll", roles: []Role{Agent, Supervisor}},
	{Name: "Operations", Path: "/ops", roles: []Role{Supervisor}},
	{Name: "Testing", Path: "/qa", roles: []Role{QA, Supervisor}, outsideProduction: true},
}

// Rooms are all rooms, in the order of the navigation.
func Rooms() []Room { return slices.Clone(rooms) }

// RoomOf is the room that a path or the pattern of a route belongs to.
func RoomOf(path string) (room Room, found bool) { return innermost(rooms, path) }

func innermost(table []Room, path string) (room Room, found bool) {
	for _, r := range table {
		if (path == r.Path || strings.HasPrefix(path, r.Path+"/")) && len(r.Path) > len(room.Path) {
			room, found = r, true
		}
	}
	return room, found
}

// Exists says whether the room is there in an environment.
func (r Room) Exists(production bool) bool { return !production || !r.outsideProduction }

// Admits says whether the person may enter the room.
func (r Room) Admits(p Person, production bool) bool {
	return r.Exists(production) && slices.ContainsFunc(r.roles, p.Has)
}

// Needs are the roles of which one opens the room.
func (r Room) Needs() []Role { return slices.Clone(r.roles) }
