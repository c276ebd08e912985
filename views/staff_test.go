package views

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"intake/internal/staff"
	"intake/views/frame"
	"intake/views/signin"
)

// staffFolder has the golden pages of the staff.
const staffFolder = "testdata/staff"

// zoneOfStories is that of the times on the pages.
var zoneOfStories = time.FixedZone("CST", -6*60*60)

func staffPage(path string, p staff.Person) frame.StaffPage {
	page := frame.StaffPage{Site: page("en").Site, Person: p, Path: path, APIHost: "api.example.com", Clock: frame.Clock{Now: noon, Zone: zoneOfStories}}
	for _, room := range staff.Rooms() {
		if room.Admits(p, false) {
			page.Rooms = append(page.Rooms, room)
		}
	}
	return page
}

var (
	dana = staff.Person{Key: "issuer dana", Name: "Dana Reyes", Roles: []staff.Role{staff.Agent}, SessionEnds: noon.Add(8 * time.Hour)}
	sam  = staff.Person{Key: "issuer sam", Name: "Sam Ortiz", Roles: []staff.Role{staff.Supervisor}, SessionEnds: noon.Add(59 * time.Minute)}
	nico = staff.Person{Key: "issuer nico", Name: "Nico Vale", SessionEnds: noon.Add(8 * time.Hour)}
)

// staffStories are all staff pages in all states, by the name of their golden files.
func staffStories() map[string]templ.Component {
	nobody := staff.Person{}
	team, _ := staff.RoomOf("/desk/team")
	sandbox, production := staffPage("/sign-in/you", dana), staffPage("/sign-in/you", dana)
	sandbox.Environment, production.Environment = "sandbox", "production"
	own := signin.SignedIn{Sessions: 1, Since: noon.Add(-5 * time.Minute)}
	return map[string]templ.Component{
		"start":          signin.StartPage(signin.Start{StaffPage: staffPage("/sign-in", nobody), Begin: "/sign-in/begin"}),
		"signed-out":     signin.StartPage(signin.Start{StaffPage: staffPage("/sign-in", nobody), Begin: "/sign-in/begin", SignedOut: true}),
		"typed":          signin.StartPage(signin.Start{StaffPage: staffPage("/sign-in", nobody), Begin: "/sign-in/begin?to=%2Fdesk", Typed: true}),
		"refused":        signin.RefusedPage(signin.Refused{StaffPage: staffPage("/sign-in/callback", nobody), Reason: "code refused", Reference: "REFERENCE"}),
		"you":            signin.YouPage(signin.You{StaffPage: staffPage("/sign-in/you", dana), Own: signin.SignedIn{Sessions: 2, Since: noon.Add(-3 * time.Hour)}}),
		"you-sandbox":    signin.YouPage(signin.You{StaffPage: sandbox, Own: own}),
		"you-real":       signin.YouPage(signin.You{StaffPage: production, Own: own}),
		"you-no-role":    signin.YouPage(signin.You{StaffPage: staffPage("/sign-in/you", nico), Own: own}),
		"closed":         signin.ClosedPage(signin.Closed{StaffPage: staffPage("/desk/team", dana), Room: team, Reference: "REFERENCE"}),
		"closed-no-role": signin.ClosedPage(signin.Closed{StaffPage: staffPage("/desk/team", nico), Room: team, Reference: "REFERENCE"}),
		"sessions": signin.SessionsPage(signin.Sessions{StaffPage: staffPage("/desk/sessions", sam), Ended: true, People: []signin.SignedIn{
			{Person: dana, Sessions: 2, Since: noon.Add(-3 * time.Hour), Seen: noon.Add(-time.Minute)}, {Person: sam, Sessions: 1, Since: noon, Seen: noon},
		}}),
		"development": signin.DevelopmentPage(signin.Development{
			StaffPage: staffPage("/dev-sign-in/authorize", nobody), People: []signin.Ready{{ID: "dana", Name: "Dana Reyes", Does: "agent"}},
			Request: []signin.Parameter{{Name: "state", Value: "STATE"}},
		}),
		"refused-form": frame.StaffProblemPage(frame.StaffProblem{StaffPage: staffPage("/desk/sessions", sam), Status: 403, Reference: "REFERENCE"}),
		"problem":      frame.StaffProblemPage(frame.StaffProblem{StaffPage: staffPage("/desk", dana), Status: 404, Reference: "REFERENCE"}),
	}
}

// allStaffStories are those of all rooms.
func allStaffStories(t *testing.T) map[string]templ.Component {
	t.Helper()
	all := staffStories()
	maps.Copy(all, staffStorybook(t))
	return all
}

func TestStaffPages_MatchTheGoldenFiles(t *testing.T) {
	stories := allStaffStories(t)
	for name, c := range stories {
		path := filepath.Join(staffFolder, name+".html")
		got := assets.ReplaceAllString(render(t, c), `static/$1.$2`)
		if *update {
			if err := os.MkdirAll(staffFolder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (go test ./views -update writes it)", err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (go test ./views -update, when this is meant):\n%s", name, diff)
		}
	}
	files, err := filepath.Glob(staffFolder + "/*.html")
	if err != nil || len(files) != len(stories) {
		t.Errorf("%d golden files for %d pages, %v", len(files), len(stories), err)
	}
}

// TestStaffPages_ObeyTheLaws has what holds for every page of the staff.
func TestStaffPages_ObeyTheLaws(t *testing.T) {
	for name, c := range allStaffStories(t) {
		t.Run(name, func(t *testing.T) {
			d := parse(t, render(t, c))
			d.everyInputHasALabel(t)
			d.everyReferenceResolves(t)
			d.nothingIsInline(t)
			d.nothingIsLoadedFromOtherSites(t)
			d.oneMainHeading(t)
			d.noCheckboxIsChecked(t)
			d.saysItsEnvironment(t)
			d.everyFormOfTheStaffHasTheToken(t)
			if mains := d.all("main"); len(mains) != 1 || attr(mains[0], "id") != "main" {
				t.Error("there is not one main part for the skip link")
			}
			for _, n := range d.all("th") {
				if attr(n, "scope") == "" {
					t.Error("a heading of a table says not what it heads")
				}
			}
			for _, n := range d.all("button") {
				if words(n) == "" && attr(n, "aria-label") == "" {
					t.Error("a button has no words")
				}
			}
		})
	}
}

// saysItsEnvironment: the same word in the banner, in its class, and at the front of the title, and the host of the API.
func (d document) saysItsEnvironment(t *testing.T) {
	t.Helper()
	banner := d.classed("environment")
	if len(banner) != 1 || banner[0].Parent.Data != "header" {
		t.Fatalf("there are %d banners in the header", len(banner))
	}
	word, _, _ := strings.Cut(words(banner[0]), " ")
	if !strings.HasPrefix(words(d.all("title")[0]), word+": ") || !strings.Contains(attr(banner[0], "class"), strings.ToLower(word)) || !strings.Contains(words(banner[0]), "api.example.com") {
		t.Errorf("the banner is %q and the title %q", words(banner[0]), words(d.all("title")[0]))
	}
}

func TestStaffPages_TheBannerHasTheWordsOfTheEnvironment(t *testing.T) {
	for environment, want := range map[string]string{
		"simulator": "SIMULATOR : nothing leaves this machine api.example.com", "sandbox": "SANDBOX : test data only api.example.com",
		"production": "PRODUCTION : real people, real credit checks api.example.com",
	} {
		p := staffPage("/sign-in", staff.Person{})
		p.Environment = environment
		d := parse(t, render(t, signin.StartPage(signin.Start{StaffPage: p, Begin: "/sign-in/begin"})))
		if got := words(d.classed("environment")[0]); got != want {
			t.Errorf("%s: the banner says %q", environment, got)
		}
	}
}

func TestStaffPages_ErrorsStandBehindTheEnvironmentInTheTitle(t *testing.T) {
	d := parse(t, render(t, staffStories()["refused"]))
	if got := words(d.all("title")[0]); !strings.HasPrefix(got, "SIMULATOR: Error: ") {
		t.Errorf("the title is %q", got)
	}
}

func TestStaffPages_OnlyWhoIsSignedInHasABarAndAnEndOfTheSession(t *testing.T) {
	for name, want := range map[string]int{"you": 1, "sessions": 1, "start": 0, "refused": 0, "development": 0} {
		d := parse(t, render(t, staffStories()[name]))
		if bars, ends := len(d.classed("person")), len(d.classed("session")); bars != want || ends != want {
			t.Errorf("%s: %d names, %d ends of a session, want %d", name, bars, ends, want)
		}
		if out := strings.Count(render(t, staffStories()[name]), `action="/sign-out"`); (out > 0) != (want > 0) {
			t.Errorf("%s: %d ways to sign out", name, out)
		}
	}
}

func TestStaffPages_AHostileNameIsText(t *testing.T) {
	for _, payload := range payloads {
		hostile := dana
		hostile.Name, hostile.Key = payload, payload
		tame := dana
		tame.Name, tame.Key = harmless, harmless
		draw := func(p staff.Person) string {
			return skeleton(t, signin.SessionsPage(signin.Sessions{StaffPage: staffPage("/desk/sessions", p), People: []signin.SignedIn{{Person: p}}}))
		}
		if diff := cmp.Diff(draw(tame), draw(hostile)); diff != "" {
			t.Errorf("%s: %s", payload, diff)
		}
	}
}
