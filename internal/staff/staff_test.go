package staff

import (
	"slices"
	"strings"
	"testing"

	"intake/internal/audit"
)

// TestRooms_AdmitTheRolesOfTheTableAlone has the whole table written out: room by role, outside production and in it.
func TestRooms_AdmitTheRolesOfTheTableAlone(t *testing.T) {
	const none, test, real = "", "test", "test production"
	want := map[string]map[Role]string{
		"/desk":          {Agent: real, Supervisor: real, QA: none, "": none},
		"/desk/team":     {Agent: none, Supervisor: real, QA: none, "": none},
		"/desk/sessions": {Agent: none, Supervisor: real, QA: none, "": none},
		"/enroll":        {Agent: real, Supervisor: real, QA: none, "": none},
		"/ops":           {Agent: none, Supervisor: real, QA: none, "": none},
		"/qa":            {Agent: none, Supervisor: test, QA: test, "": none},
	}
	if len(Rooms()) != len(want) {
		t.Errorf("there are %d rooms, and this test knows %d", len(Rooms()), len(want))
	}
	for path, byRole := range want {
		room, found := RoomOf(path)
		if !found || room.Path != path {
			t.Fatalf("%s belongs to the room %q", path, room.Path)
		}
		if len(byRole) != len(Roles)+1 {
			t.Errorf("%s: %d roles are tested, want all", path, len(byRole))
		}
		for role, admitted := range byRole {
			person := Person{Roles: []Role{role}}
			for production, name := range map[bool]string{false: "test", true: "production"} {
				if got, want := room.Admits(person, production), strings.Contains(admitted, name); got != want {
					t.Errorf("%s, role %q, production %v: admitted is %v, want %v", path, role, production, got, want)
				}
			}
		}
	}
}

func TestRoomOf_IsTheInnermostRoom(t *testing.T) {
	for path, want := range map[string]string{
		"/desk": "/desk", "/desk/": "/desk", "/desk/leads/:id": "/desk", "/desk/team": "/desk/team", "/desk/team/x": "/desk/team",
		"/desk/teams": "/desk", "/desks": "", "/": "", "": "", "/apply/desk": "", "/es/desk": "", "/sign-in": "", "/DESK": "",
	} {
		if room, found := RoomOf(path); room.Path != want || found != (want != "") {
			t.Errorf("%q belongs to %q, want %q", path, room.Path, want)
		}
		backwards := Rooms()
		slices.Reverse(backwards)
		if room, _ := innermost(backwards, path); room.Path != want {
			t.Errorf("in a table the other way round %q belongs to %q, want %q", path, room.Path, want)
		}
	}
}

func TestWho_FitsIntoTheAuditLogAndTellsNamesakesApart(t *testing.T) {
	long := Person{Key: strings.Repeat("k", 400), Name: strings.Repeat("é", 200)}
	if err := (audit.Entry{Who: long.Who(), Action: "signed in"}).Check(); err != nil {
		t.Error(err)
	}
	ann, other := Person{Key: "issuer a", Name: "Ann"}, Person{Key: "issuer b", Name: "Ann"}
	if ann.Who() == other.Who() || !strings.HasPrefix(ann.Who(), "Ann (") || strings.Contains(ann.Who(), "issuer") {
		t.Errorf("%q and %q", ann.Who(), other.Who())
	}
}
