package desk_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/desk"
	"intake/handlers/handlerstest"
	"intake/internal/prefill"
	"intake/internal/prefill/prefilltest"
)

// link is one of the dialer's, for Maria's call.
func link(t *testing.T, at time.Time) string {
	t.Helper()
	return "/desk/prefill?t=" + prefilltest.Token(t, handlerstest.DialerSecret, "+15125550148", "radio-spring", "C-1047", at)
}

func TestPrefill_OpensTheDeskWithWhatTheDialerKnows(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana)
	token := link(t, handlerstest.Noon)
	got := v.Exchange(handlerstest.Request(http.MethodGet, token, ""))
	to := got.Header().Get("Location")
	if got.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/desk?draft=") || got.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("%d to %s", got.Code, to)
	}
	for _, private := range []string{"5125550148", "512-555", "C-1047", "radio"} {
		if strings.Contains(to, private) {
			t.Errorf("the address holds %s", private)
		}
	}
	v.Open(to).IsAt("/desk", 200).HasValue("homePhone", "512-555-0148").HasValue("callId", "C-1047").Sees("Source: radio-spring").SeesNot("unsent form")
	app.VisitAs(t, handlerstest.Omar).Open(to).IsAt("/desk", 404).SeesNot("512-555-0148", "C-1047")
	app.VisitAs(t, handlerstest.Omar).Open("/desk").SeesNot("unsent form", "512-555-0148")

	again := v.Press("firstName", "maria", "homePhone", "512-555-0148").Body.String()
	if !strings.Contains(again, "There is a problem") || !strings.Contains(again, "Source: radio-spring") {
		t.Error("the form that is shown again does not name the source")
	}
	v.Press(both(mariaTyped, agreed)...)
	l, _ := app.Store.OnlyLead(t)
	if l.Origin.Reveal().UTMSource != "radio-spring" || l.Agent.Key != handlerstest.Dana.Key || l.Applicant.HomePhone.Reveal() != "5125550148" {
		t.Errorf("the lead is of source %q", l.Origin.Reveal().UTMSource)
	}
}

func TestPrefill_LeavesOtherFormsOfTheAgentAsTheyAre(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	other := v.Form().Get("draft")
	v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", v.Form("firstName", "lena", "homePhone", "737-555-0199").Encode()))
	v.Open(link(t, handlerstest.Noon)).HasValue("firstName", "").HasValue("homePhone", "512-555-0148")
	v.Open("/desk?draft="+other).HasValue("firstName", "lena").HasValue("homePhone", "737-555-0199").SeesNot("Source:")
}

func TestPrefill_ShowsAPhoneThatIsNotValidAsItCame(t *testing.T) {
	v := newDesk(t, normal).VisitAs(t, handlerstest.Dana)
	v.Open("/desk/prefill?t="+prefilltest.Token(t, handlerstest.DialerSecret, "+44 20 7946 0018", "", "", handlerstest.Noon)).
		IsAt("/desk", 200).HasValue("homePhone", "+44 20 7946 0018").HasValue("callId", "").SeesNot("Source:")
}

func TestPrefill_IsRefusedInWordsAboveAnEmptyForm(t *testing.T) {
	used := link(t, handlerstest.Noon)
	good := strings.TrimPrefix(used, "/desk/prefill?t=")
	for _, tt := range []struct {
		name, path string
		status     int
		words      string
		logged     string
	}{
		{"used before", used, 410, "used before", "used before"},
		{"too old", link(t, handlerstest.Noon.Add(-prefill.Lasts)), 410, "more than five minutes old", "too old"},
		{"from the future", link(t, handlerstest.Noon.Add(time.Minute)), 400, "clock is ahead", "from the future"},
		{"of another secret", "/desk/prefill?t=" + prefilltest.Token(t, strings.Repeat("x", 32), "+15125550148", "", "C-1047", handlerstest.Noon), 400, "not one of the dialer’s", "another signature"},
		{"changed", "/desk/prefill?t=" + strings.Repeat("A", 20) + good[20:], 400, "not one of the dialer’s", "another signature"},
		{"too long", "/desk/prefill?t=" + strings.Repeat("A", 20_000), 400, "not one of the dialer’s", "too long"},
		{"longer than any query", "/desk/prefill?t=" + strings.Repeat("A", 70_000), 400, "not one of the dialer’s", "query over the limit"},
		{"twice in the address", used + "&t=x", 400, "not one of the dialer’s", "key twice"},
		{"with more", used + "&phone=5125550148", 400, "not one of the dialer’s", "unknown key"},
		{"without a token, as after signing in", "/desk/prefill", 400, "as after signing in", "no token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := newDesk(t, normal)
			if tt.path == used {
				app.VisitAs(t, handlerstest.Omar).Open(used)
			}
			v := app.VisitAs(t, handlerstest.Dana)
			first := v.Exchange(handlerstest.Request(http.MethodGet, tt.path, ""))
			if to := first.Header().Get("Location"); first.Code != http.StatusSeeOther || len(to) > 40 || first.Header().Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%d to %s", first.Code, to)
			}
			v.Open(first.Header().Get("Location")).IsAt("/desk", tt.status).Sees(tt.words).HasValue("homePhone", "").HasValue("callId", "")
			if !strings.Contains(app.Logged.String(), `"msg":"prefill refused"`) || !strings.Contains(app.Logged.String(), tt.logged) {
				t.Errorf("the log does not say %q: %s", tt.logged, app.Logged)
			}
			v.Press(both(mariaTyped, agreed)...)
			if l, _ := app.Store.OnlyLead(t); l.Origin.Given() || l.Agent.Key != handlerstest.Dana.Key {
				t.Error("the empty form does not work as any other")
			}
		})
	}
	newDesk(t, normal).VisitAs(t, handlerstest.Dana).Open("/desk?prefill=canary").IsAt("/desk", 200).SeesNot("canary", "dialer’s")
}

func TestPrefill_OfTwoWhoOpenALinkAtOnceOneGetsTheForm(t *testing.T) {
	app := newDesk(t, normal)
	path := link(t, handlerstest.Noon)
	var filled atomic.Int32
	var all sync.WaitGroup
	for _, v := range []*handlerstest.Visitor{app.VisitAs(t, handlerstest.Dana), app.VisitAs(t, handlerstest.Omar)} {
		all.Go(func() {
			if got := v.Exchange(handlerstest.Request(http.MethodGet, path, "")); strings.HasPrefix(got.Header().Get("Location"), "/desk?draft=") {
				filled.Add(1)
			}
		})
	}
	all.Wait()
	if filled.Load() != 1 || len(app.Store.Drafts) != 1 {
		t.Errorf("%d forms were filled in, %d drafts", filled.Load(), len(app.Store.Drafts))
	}
	for _, end := range app.Store.PrefillEnds {
		if !end.Equal(handlerstest.Noon.Add(prefill.Lasts)) {
			t.Errorf("the token counts until %s", end)
		}
	}
}

func TestPrefill_WhenStorageFailsNothingIsLost(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana)
	path := link(t, handlerstest.Noon)
	app.Store.FailUse = errors.New("the disk is full")
	v.Open(path).IsAt("/desk", 503).Sees("storage failed").HasValue("homePhone", "")
	app.Store.FailUse = nil
	app.Store.Fail = errors.New("the disk is full")
	v.Open(path).IsAt("/desk/prefill", 503).HasValue("homePhone", "512-555-0148").HasValue("callId", "C-1047") // the same link counts still
	app.Store.Fail, v.Path = nil, "/desk"                                                                      // the form's action
	v.Press(both(mariaTyped, agreed)...)
	app.Store.OnlyLead(t)
}

func TestPrefill_IsNotUsedUpByABrowserThatLooksAhead(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana)
	path := link(t, handlerstest.Noon)
	for header, value := range map[string]string{"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"} {
		r := handlerstest.Request(http.MethodGet, path, "")
		r.Header.Set(header, value)
		if got := v.Exchange(r); got.Code != http.StatusServiceUnavailable || got.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d", header, got.Code)
		}
	}
	v.Open(path).HasValue("homePhone", "512-555-0148")
}

func TestPrefill_SaysSoWhenItIsNotSetUp(t *testing.T) {
	app := handlerstest.New(t, handlerstest.WithDesk(normal), func(c *handlers.Config) { c.Desk.Prefill, c.Desk.PrefillUses = nil, nil })
	app.VisitAs(t, handlerstest.Dana).Open(link(t, handlerstest.Noon)).IsAt("/desk", 404).Sees("not set up here").HasValue("homePhone", "")
}

func TestPrefill_NothingOfTheTokenIsLogged(t *testing.T) {
	app := newDesk(t, desk.Options{RecordedCall: true})
	v := app.VisitAs(t, handlerstest.Dana)
	path := link(t, handlerstest.Noon)
	token := strings.TrimPrefix(path, "/desk/prefill?t=")
	v.Open(path)
	v.Open(path)
	v.Open("/desk/prefill?t=" + token[:len(token)-1])
	for _, never := range []string{token[:20], token[len(token)-20:], "5550148", "C-1047", "radio"} {
		if strings.Contains(app.Logged.String(), never) {
			t.Errorf("the log holds %q", never)
		}
	}
}
