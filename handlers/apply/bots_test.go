package apply_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/apply"
	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

// watched are the pages with bot checks, and its clock.
func watched(t *testing.T, change ...func(*handlers.Config)) (handlerstest.App, *time.Time) {
	return handlerstest.NewWithClock(t, append([]func(*handlers.Config){func(c *handlers.Config) { c.BotChecksOff = false }}, change...)...)
}

var timeInPage = regexp.MustCompile(`name="shown" value="([^"]*)"`)

// stampOf is the signed time in a first page.
func stampOf(t *testing.T, page string) string {
	t.Helper()
	found := timeInPage.FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the page has no signed time")
	}
	return found[1]
}

// checkJudged wants the one stored lead to be suspect for the reason, or received without one, and
// the visitor to have got the same page either way.
func checkJudged(t *testing.T, app handlerstest.App, code int, location, reason string) {
	t.Helper()
	l, _ := app.Store.OnlyLead(t)
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
	if page := app.Get(location).Body.String(); !strings.Contains(page, `data-state="received"`) || strings.Contains(page, "uspect") {
		t.Error("the status page differs")
	}
}

func TestBots_AFormFilledInWithinThreeSecondsIsSuspect(t *testing.T) {
	for _, tt := range []struct {
		name   string
		typing time.Duration
		want   string
	}{
		{"at once", 0, apply.FilledFast},
		{"2.9 s", 2900 * time.Millisecond, apply.FilledFast},
		{"3 s", 3 * time.Second, ""},
		{"two hours", 2 * time.Hour, ""},
		{"a clock that went back", -time.Minute, apply.FilledFast},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app, now := watched(t)
			v := app.Visit(t).UpTo("/apply/check")
			*now = now.Add(tt.typing)
			got := v.Press(agreed...)
			checkJudged(t, app, got.Code, got.Header().Get("Location"), tt.want)
		})
	}
}

func TestBots_AFilledInHoneypotIsSuspect(t *testing.T) {
	for _, tt := range []struct {
		name        string
		first, last []string
		want        string
	}{
		{"on the first page", []string{"website", "https://spam.example"}, nil, apply.TrapFilled},
		{"on the last page", nil, []string{"website", "https://spam.example"}, apply.TrapFilled},
		{"left alone", []string{"website", ""}, []string{"website", ""}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app, now := watched(t)
			v := app.Visit(t).Open("/").Send(tt.first...).Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).IsAt("/apply/check", 200)
			v.Sees(`<div hidden>`, `<input id="website" name="website" autocomplete="off" tabindex="-1">`)
			*now = now.Add(time.Minute)
			got := v.Press(with(agreed, tt.last...)...)
			checkJudged(t, app, got.Code, got.Header().Get("Location"), tt.want)
			if strings.Contains(app.Logged.String(), "spam.example") {
				t.Error("the log holds what was typed")
			}
		})
	}
}

func TestBots_OnlyATimeThatWeSignedCounts(t *testing.T) {
	app, now := watched(t)
	real := stampOf(t, app.Get("/").Body.String())
	stranger, _ := watched(t, func(c *handlers.Config) { c.FormSecret = []byte("of somebody else") })
	strange := stampOf(t, stranger.Get("/").Body.String())
	request := app.Visit(t).UpTo("/apply/check").Form().Get("request")
	flipped := []byte(real)
	flipped[5] ^= 1
	for name, stamp := range map[string]string{
		"none": "", "no signature": real[:10], "of other keys": strange, "another time": string(flipped),
		"another signature of ours": request,
	} {
		t.Run(name, func(t *testing.T) {
			app.Store.Leads = map[string]lead.Lead{}
			v := app.Visit(t).Open("/").Send("shown", stamp).Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...)
			*now = now.Add(time.Minute)
			got := v.Press(agreed...)
			checkJudged(t, app, got.Code, got.Header().Get("Location"), apply.NotFromPage)
		})
	}
}

func TestBots_ASignedTimeIsValidInEveryProcess(t *testing.T) {
	first, now := watched(t)
	stamp := stampOf(t, first.Get("/").Body.String())
	second, later := watched(t)
	*later = now.Add(time.Minute)
	got := second.Visit(t).Open("/").Send("shown", stamp).Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).Press(agreed...)
	checkJudged(t, second, got.Code, got.Header().Get("Location"), "")
}

func TestBots_TheTimeStartsAtTheFirstPageAndNotAtACorrection(t *testing.T) {
	app, now := watched(t)
	v := app.Visit(t).UpTo("/apply/check")
	*now = now.Add(2900 * time.Millisecond)
	v.Send().IsAt("/apply/check", 422) // no consent given
	*now = now.Add(100 * time.Millisecond)
	got := v.Press(agreed...)
	checkJudged(t, app, got.Code, got.Header().Get("Location"), "")
}

func TestBots_AFormThatNoPageOfOursMadeIsSuspect(t *testing.T) {
	for _, stamp := range []string{"", handlerstest.Handle, "'; drop table lead; --"} {
		app, now := watched(t)
		v := app.Visit(t).Open("/").Send("shown", stamp).Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...)
		*now = now.Add(time.Minute)
		got := v.Press(agreed...)
		checkJudged(t, app, got.Code, got.Header().Get("Location"), apply.NotFromPage)
	}
}

func TestBots_OffMakesNoLeadSuspect(t *testing.T) {
	app := handlerstest.New(t)
	got := app.Submit(handlerstest.Filled("website", "x"))
	checkJudged(t, app, got.Code, got.Header().Get("Location"), "")
}
