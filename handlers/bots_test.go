package handlers

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
)

// watched is a door that looks for machines, and its clock.
func watched(t *testing.T, change ...func(*Config)) (door, *time.Time) {
	return ticking(t, append([]func(*Config){func(c *Config) { c.BotChecksOff = false }}, change...)...)
}

var timeInPage = regexp.MustCompile(`name="shown" value="([^"]*)"`)

// stampOf is the signed time in a first page.
func stampOf(t *testing.T, page string) string {
	t.Helper()
	found := timeInPage.FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the page does not tell its time")
	}
	return found[1]
}

// checkJudged wants the one stored lead to be suspect for the reason, or received without one, and
// the visitor to have got the same page either way.
func checkJudged(t *testing.T, d door, code int, location, reason string) {
	t.Helper()
	l, _ := d.shelf.only(t)
	want := lead.Received
	if reason != "" {
		want = lead.Suspect
	}
	if l.Status != want || l.Reason != reason || (want == lead.Suspect) != (l.Step == lead.AtRest) {
		t.Errorf("the lead is %s, step %q, because %q; want %s because %q", l.Status, l.Step, l.Reason, want, reason)
	}
	if code != http.StatusSeeOther || location != "/status/"+l.Handle.Reveal() {
		t.Errorf("the visitor got %d %s", code, location)
	}
	if page := d.get(location).Body.String(); !strings.Contains(page, `data-state="received"`) || strings.Contains(page, "uspect") {
		t.Error("the status page differs")
	}
}

func TestBots_ThreeSecondsDecide(t *testing.T) {
	for _, tt := range []struct {
		story  string
		typing time.Duration
		want   string
	}{
		{"at once", 0, filledFast},
		{"2.9 s", 2900 * time.Millisecond, filledFast},
		{"3 s", 3 * time.Second, ""},
		{"two hours", 2 * time.Hour, ""},
		{"a clock that went back", -time.Minute, filledFast},
	} {
		t.Run(tt.story, func(t *testing.T) {
			d, now := watched(t)
			stamp := stampOf(t, d.get("/").Body.String())
			*now = now.Add(tt.typing)
			got := d.post(filled("shown", stamp))
			checkJudged(t, d, got.Code, got.Header().Get("Location"), tt.want)
		})
	}
}

func TestBots_TheHiddenBoxIsATrap(t *testing.T) {
	for _, tt := range []struct {
		story       string
		first, last []string
		want        string
	}{
		{"on the first page", []string{"website", "https://spam.example"}, nil, trapFilled},
		{"on the last page", nil, []string{"website", "https://spam.example"}, trapFilled},
		{"left alone", []string{"website", ""}, []string{"website", ""}, ""},
	} {
		t.Run(tt.story, func(t *testing.T) {
			d, now := watched(t)
			v := d.visit(t).open("/").send(tt.first...).send(aboutMaria...).send(homeOfMaria...).send(noIncome...).at("/apply/check", 200)
			v.sees(`<div hidden>`, `<input id="website" name="website" autocomplete="off" tabindex="-1">`)
			*now = now.Add(time.Minute)
			got := v.press(with(agreed, tt.last...)...)
			checkJudged(t, d, got.Code, got.Header().Get("Location"), tt.want)
			if strings.Contains(d.log.String(), "spam.example") {
				t.Error("the log holds what was typed")
			}
		})
	}
}

func TestBots_OnlyATimeThatWeSignedCounts(t *testing.T) {
	d, now := watched(t)
	real := stampOf(t, d.get("/").Body.String())
	stranger, _ := watched(t, func(c *Config) { c.FormSecret = []byte("of somebody else") })
	strange := stampOf(t, stranger.get("/").Body.String())
	*now = now.Add(time.Minute)
	flipped := []byte(real)
	flipped[5] ^= 1
	for story, stamp := range map[string]string{
		"none": "", "no signature": real[:10], "of other keys": strange, "another time": string(flipped),
		"the proof of a page": d.requestToken(lead.Draft{Request: 1}),
	} {
		t.Run(story, func(t *testing.T) {
			d.shelf.leads = map[string]lead.Lead{}
			got := d.post(filled("shown", stamp))
			checkJudged(t, d, got.Code, got.Header().Get("Location"), notFromPage)
		})
	}
}

func TestBots_ATimeIsGoodInEveryProcess(t *testing.T) {
	first, now := watched(t)
	stamp := stampOf(t, first.get("/").Body.String())
	second, later := watched(t)
	*later = now.Add(time.Minute)
	got := second.post(filled("shown", stamp))
	checkJudged(t, second, got.Code, got.Header().Get("Location"), "")
}

func TestBots_TheFirstPageBeginsTheTimeAndCorrectingDoesNot(t *testing.T) {
	d, now := watched(t)
	v := d.visit(t).upTo("/apply/check")
	*now = now.Add(2900 * time.Millisecond)
	v.send().at("/apply/check", 422) // nothing ticked
	*now = now.Add(100 * time.Millisecond)
	got := v.press(agreed...)
	checkJudged(t, d, got.Code, got.Header().Get("Location"), "")

	v.open("/apply/home").send(with(homeOfMaria, "city", "Dallas")...).send(agreed...).at("/apply/check", 409)
	v.send(agreed...)
	if l := d.shelf.leads[v.draft().SubmissionKey().Reveal()]; l.Status != lead.Received || len(d.shelf.leads) != 2 {
		t.Errorf("the changed form, sent as a new request, is %s because %q", l.Status, l.Reason)
	}
}

func TestBots_AFormThatNoPageOfOursMadeIsSuspect(t *testing.T) {
	for _, stamp := range []string{"", aHandle, "'; drop table lead; --"} {
		d, now := watched(t)
		v := d.visit(t).open("/").send("shown", stamp).send(aboutMaria...).send(homeOfMaria...).send(noIncome...)
		*now = now.Add(time.Minute)
		got := v.press(agreed...)
		checkJudged(t, d, got.Code, got.Header().Get("Location"), notFromPage)
	}
}

func TestBots_OffLetsMachinesIn(t *testing.T) {
	d := openDoor(t)
	got := d.post(filled("website", "x"))
	checkJudged(t, d, got.Code, got.Header().Get("Location"), "")
}
