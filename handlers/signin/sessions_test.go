package signin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/handlers/signin"
	"intake/handlers/web"
)

func TestSession_EndsAfterFifteenMinutesWithoutUse(t *testing.T) {
	b := newSite(t).browser()
	b.signIn("dana")
	for range 6 { // an hour and a half, never longer than 15 minutes without use
		b.forward(signin.Idle - time.Millisecond)
		b.wants("/desk", http.StatusOK)
	}
	b.forward(signin.Idle)
	b.wants("/desk", http.StatusSeeOther)
	*b.now = b.now.Add(-time.Hour) // the session does not come back with the clock
	b.wants("/desk/nowhere", http.StatusNotFound)
}

func TestSession_EndsAfterEightHoursWhateverIsDone(t *testing.T) {
	b := newSite(t).browser()
	b.signIn("dana")
	for range 8*60/10 - 1 {
		b.forward(10 * time.Minute)
		b.wants("/desk", http.StatusOK)
	}
	b.forward(10*time.Minute - time.Millisecond)
	b.wants("/desk", http.StatusOK)
	b.forward(time.Millisecond)
	b.wants("/desk", http.StatusSeeOther)
}

func TestSession_WhatAPageAsksByItselfIsNoUse(t *testing.T) {
	for name, ask := range map[string]func(b *browser){
		"how long the session lasts": func(b *browser) { b.get("/sign-in/session") },
		"a fragment": func(b *browser) {
			b.header.Set("HX-Request", "true")
			b.get("/desk/leads/x")
			b.header.Del("HX-Request")
		},
		"the sign-in page":        func(b *browser) { b.get("/sign-in") },
		"itself, without scripts": func(b *browser) { b.get("/desk/leads/x?reloaded=yes") },
		"a form of another site":  func(b *browser) { b.do(http.MethodPost, "/desk", "") },
	} {
		b := newSite(t).browser()
		b.signIn("dana")
		for range 14 {
			b.forward(time.Minute)
			ask(b)
		}
		b.forward(time.Minute)
		if got := b.get("/desk"); got.Code != http.StatusSeeOther {
			t.Errorf("%s: after 15 minutes the desk is answered %d", name, got.Code)
		}
	}
}

func TestSession_IsWrittenAtMostOnceInHalfAMinute(t *testing.T) {
	b := newSite(t).browser()
	b.signIn("dana")
	before := b.sessions.Commits
	for range 59 {
		b.forward(time.Second)
		b.wants("/desk", http.StatusOK)
	}
	if got := b.sessions.Commits - before; got != 1 {
		t.Errorf("59 requests in 59 seconds were %d writes, want 1", got)
	}
}

// ends is what the server says of the session, in seconds.
func (b *browser) ends() (idle, life int) {
	b.t.Helper()
	return numbers(b.t, b.get("/sign-in/session").Body.String())
}

func numbers(t *testing.T, text string) (idle, life int) {
	t.Helper()
	first, second, _ := strings.Cut(text, " ")
	idle, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	life, err = strconv.Atoi(second)
	if err != nil {
		t.Fatal(err)
	}
	return idle, life
}

func TestSession_APageLearnsWhenItEndsAndCanProlongIt(t *testing.T) {
	b := newSite(t).browser()
	if idle, life := b.ends(); idle != 0 || life != 0 {
		t.Errorf("a stranger's session lasts %d and %d s", idle, life)
	}
	b.signIn("dana")
	b.forward(13 * time.Minute)
	if idle, life := b.ends(); idle != 120 || life != 8*3600-13*60 {
		t.Errorf("after 13 minutes it lasts %d and %d s", idle, life)
	}
	if idle, _ := numbers(t, b.post("/sign-in/session", "stay", "yes").Body.String()); idle != 900 {
		t.Errorf("after it was prolonged it lasts %d s", idle)
	}
	page := b.get("/sign-in/you").Body.String()
	for _, want := range []string{`role="status" id="session-warning"`, "after 15 minutes without use, and in 7 hours at the latest", "session."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	b.forward(signin.Idle)
	if idle, _ := numbers(t, b.post("/sign-in/session", "stay", "yes").Body.String()); idle != 0 {
		t.Errorf("a session that is over was prolonged by %d s", idle)
	}
}

func TestSignOut_EndsTheSessionOnTheServer(t *testing.T) {
	s := newSite(t)
	b, other := s.browser(), s.browser()
	b.signIn("dana")
	other.signIn("dana")
	stolen := *b.cookies["session"]
	got := b.post("/sign-out", "where", "here")
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/sign-in?out=yes" || got.Header().Get("Clear-Site-Data") != `"storage"` || b.cookies["session"] != nil {
		t.Errorf("answered %d %v, cookies %v", got.Code, got.Header(), b.cookies)
	}
	if page := b.get("/sign-in?out=yes"); !strings.Contains(page.Body.String(), "You are signed out of this site") {
		t.Error("the page does not say so")
	}
	b.cookies["session"] = &stolen
	b.wants("/desk", http.StatusSeeOther)
	other.wants("/desk", http.StatusOK)
	if got := s.browser().get("/sign-out"); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("a link signs out: %d", got.Code)
	}
}

func TestSignOut_EverywhereEndsAllSessionsOfThePersonAndNoOther(t *testing.T) {
	s := newSite(t)
	one, two, lee := s.browser(), s.browser(), s.browser()
	one.signIn("dana")
	s.forward(7 * time.Minute)
	two.signIn("dana")
	lee.signIn("lee")
	for b, want := range map[*browser]string{one: "You are signed in 2 times, for 7 min at the longest.", lee: "You are signed in here alone, for 0 min."} {
		if page := b.get("/sign-in/you").Body.String(); !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	one.post("/sign-out", "where", "everywhere")
	for _, b := range []*browser{one, two} {
		b.wants("/desk", http.StatusSeeOther)
	}
	lee.wants("/desk", http.StatusOK)
	if diff := cmp.Diff([]string{"Dana Reyes: signed in", "Dana Reyes: signed in", "Lee Park: signed in", "Dana Reyes: signed out everywhere"}, s.audit.Said()); diff != "" {
		t.Error(diff)
	}
}

func TestSessions_ASupervisorEndsThoseOfAnother(t *testing.T) {
	s := newSite(t)
	dana, phone, sam := s.browser(), s.browser(), s.browser()
	dana.signIn("dana")
	s.forward(5 * time.Minute)
	phone.signIn("dana")
	sam.signIn("sam")
	page := sam.get("/desk/sessions").Body.String()
	for _, want := range []string{`<th scope="row">Dana Reyes <span class="role">agent</span></th><td>2 times, for up to 5 min; last used 0 min ago</td>`, `<th scope="row">Sam Ortiz `} {
		if !strings.Contains(page, want) {
			t.Errorf("the list lacks %s in %s", want, page)
		}
	}
	key := "http://localhost:8080/dev-sign-in dana"
	if got := dana.post("/desk/sessions", "person", key); got.Code != http.StatusForbidden {
		t.Errorf("an agent ends sessions: %d", got.Code)
	}
	if got := sam.post("/desk/sessions", "person", key); got.Code != http.StatusSeeOther {
		t.Errorf("answered %d", got.Code)
	}
	for _, b := range []*browser{dana, phone} {
		b.wants("/desk", http.StatusSeeOther)
	}
	sam.wants("/desk", http.StatusOK)
	if got := sam.get("/desk/sessions").Body.String(); strings.Contains(got, "Dana") {
		t.Error("who was signed out is in the list")
	}
	sam.post("/desk/sessions", "person", key)
	said := s.audit.Said()
	if want := []string{"Dana Reyes: room refused (the room /desk/sessions is not for this role)", "Sam Ortiz: ended sessions (of Dana Reyes)"}; len(said) != 5 || !cmp.Equal(want, said[3:]) {
		t.Errorf("the audit log says %q", said)
	}
}

func TestStream_EndsWithTheSessionAndIsNoUse(t *testing.T) {
	s := newSite(t)
	dana, sam := s.browser(), s.browser()
	dana.signIn("dana")
	sam.signIn("sam")
	ended := make(chan int, 1)
	go func() { ended <- dana.get("/desk/events").Code }()
	<-s.streaming
	sam.post("/desk/sessions", "person", "http://localhost:8080/dev-sign-in dana")
	s.clock.Advance(time.Minute)
	select {
	case code := <-ended:
		if code != http.StatusOK {
			t.Errorf("the stream was answered %d", code)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the stream goes on")
	}
}

func TestLimits_HangOnTheSessionAndNotOnTheAddress(t *testing.T) {
	s := newSite(t, func(c *web.Config, _ *signin.Config) { c.LimitsOff = false })
	dana, lee := s.browser(), s.browser()
	dana.signIn("dana")
	lee.signIn("lee")
	allowed := 1 // the page that signing in opened
	for dana.get("/desk").Code == http.StatusOK {
		if allowed++; allowed > 700 {
			t.Fatal("700 requests of one session in no time, and no end")
		}
	}
	if got := dana.get("/desk"); allowed != 600 || got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
		t.Errorf("after %d requests the answer is %d", allowed, got.Code)
	}
	lee.wants("/desk", http.StatusOK) // of the same address
	s.forward(time.Second)
	dana.wants("/desk", http.StatusOK)
}

func TestLimits_ThreeHundredAgentsOfOneAddressCanSignInAndAFloodCannot(t *testing.T) {
	s := newSite(t, func(c *web.Config, _ *signin.Config) { c.LimitsOff = false })
	inside := s.browser()
	inside.signIn("sam")
	for range 300 {
		s.browser().signInFrom("/desk", "dana")
	}
	flood := s.browser()
	refused := 0
	for range 3000 {
		if flood.get("/sign-in").Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("nobody stops a flood")
	}
	flood.wants("/desk", http.StatusTooManyRequests)
	if got := flood.post("/sign-out", "where", "here"); got.Code != http.StatusTooManyRequests {
		t.Errorf("signing out without a session is answered %d", got.Code)
	}
	inside.wants("/desk", http.StatusOK)
}

func TestSession_TwoProcessesShareIt(t *testing.T) {
	one := newSite(t)
	other := newSite(t, func(c *web.Config, in *signin.Config) { in.Sessions, c.Clock = one.sessions, one.base.Clock })
	b := one.browser()
	b.signIn("dana")
	there := other.browser()
	there.cookies, there.token = b.cookies, b.token
	there.wants("/desk", http.StatusOK)
	there.post("/sign-out", "where", "here")
	b.wants("/desk", http.StatusSeeOther)
}
