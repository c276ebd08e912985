package apply_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"intake/handlers"
	"intake/handlers/apply"
	"intake/handlers/handlerstest"
	"intake/handlers/web"
	"intake/internal/lead"
)

func TestLimits_TheTwentyFirstFormOfAnAddressIsSuspect(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	for n := range 21 {
		got := app.Do(app.SubmissionFrom("203.0.113.9:4000", handlerstest.Numbered(n)))
		if got.Code != http.StatusSeeOther || !strings.HasPrefix(got.Header().Get("Location"), "/status/") {
			t.Fatalf("form %d: got %d, want the same page for all", n, got.Code)
		}
	}
	for n := range 20 {
		if l := app.NumberedLead(n); l.Status != lead.Received || l.Step != lead.Send || l.Reason != "" {
			t.Errorf("form %d is %s, step %q, because %q", n, l.Status, l.Step, l.Reason)
		}
	}
	l := app.NumberedLead(20)
	if l.Status != lead.Suspect || l.Step != lead.AtRest || !l.NextAttemptAt.IsZero() || l.Reason != apply.ManyFromAddress {
		t.Errorf("form 20 is %s, step %q at %s, because %q", l.Status, l.Step, l.NextAttemptAt, l.Reason)
	}
	app.Do(app.SubmissionFrom("203.0.113.10:4000", handlerstest.Numbered(21)))
	if l := app.NumberedLead(21); l.Status != lead.Received {
		t.Errorf("the form of another address is %s", l.Status)
	}
	*now = now.Add(web.AddressWindow)
	app.Do(app.SubmissionFrom("203.0.113.9:4000", handlerstest.Numbered(22)))
	if l := app.NumberedLead(22); l.Status != lead.Received {
		t.Errorf("ten minutes later a form is %s", l.Status)
	}
}

func TestLimits_TheFourthFormForAPhoneInADayIsSuspect(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	for n, want := range []lead.Status{lead.Received, lead.Received, lead.Received, lead.Suspect, lead.Suspect} {
		form := handlerstest.Numbered(n)
		form.Set("homePhone", []string{"512 555 0148", "(512) 555-0148", "5125550148", "+1 512.555.0148", "512-555-0148"}[n])
		app.Do(app.SubmissionFrom("203.0.113."+strconv.Itoa(n)+":4000", form)) // from another address each time
		if l := app.NumberedLead(n); l.Status != want || (want == lead.Suspect) != (l.Reason == apply.ManyForPhone) {
			t.Errorf("form %d is %s because %q, want %s", n, l.Status, l.Reason, want)
		}
	}
	*now = now.Add(apply.PhoneWindow)
	app.Do(app.SubmissionFrom("203.0.113.9:4000", handlerstest.Filled("draft", handlerstest.HandleOf(6))))
	if l := app.NumberedLead(6); l.Status != lead.Received {
		t.Errorf("a day later a form is %s", l.Status)
	}
}

func TestLimits_TheSameFormAgainCountsOnce(t *testing.T) {
	app, _ := handlerstest.NewLimited(t)
	for range 10 {
		if got := app.Submit(handlerstest.Filled()); got.Code != http.StatusSeeOther {
			t.Fatalf("got %d, want 303", got.Code)
		}
	}
	app.Submit(handlerstest.Filled("city", "Dallas")) // 409
	app.Store.Fail = lead.ErrNotFound
	app.Submit(handlerstest.Filled("draft", handlerstest.HandleOf(7))) // not stored
	app.Store.Fail = nil
	for n := range 2 {
		app.Submit(handlerstest.Filled("draft", handlerstest.HandleOf(n)))
		if l := app.NumberedLead(n); l.Status != lead.Received {
			t.Errorf("form %d for this phone is %s because %q", n+2, l.Status, l.Reason)
		}
	}
	app.Submit(handlerstest.Filled("draft", handlerstest.HandleOf(2)))
	if l := app.NumberedLead(2); l.Status != lead.Suspect {
		t.Errorf("form 4 for this phone is %s", l.Status)
	}
}

func TestLimits_OneHouseholdOfIPv6IsOneAddress(t *testing.T) {
	app, _ := handlerstest.NewLimited(t)
	for n := range 20 {
		app.Do(app.SubmissionFrom(fmt.Sprintf("[2001:db8:1:2:%x::1]:4000", n+1), handlerstest.Numbered(n)))
	}
	app.Do(app.SubmissionFrom("[2001:db8:1:2:ffff::9]:4000", handlerstest.Numbered(20)))
	if l := app.NumberedLead(20); l.Status != lead.Suspect {
		t.Errorf("form 21 of one /64 is %s", l.Status)
	}
	app.Do(app.SubmissionFrom("[2001:db8:1:3::1]:4000", handlerstest.Numbered(21)))
	if l := app.NumberedLead(21); l.Status != lead.Received {
		t.Errorf("the form of the next /64 is %s", l.Status)
	}
	for text, want := range map[string]string{
		"[::ffff:203.0.113.9]:1": "203.0.113.9/32", "203.0.113.9:1": "203.0.113.9/32", "[fe80::1%eth0]:1": "fe80::/64", "nowhere": "invalid Prefix", "@": "invalid Prefix",
	} {
		r := app.SubmissionFrom(text, nil)
		if got := app.Household(r).String(); got != want {
			t.Errorf("%s counts as %s, want %s", text, got, want)
		}
	}
}

func TestLimits_ForgedAddressesDoNotEvadeThem(t *testing.T) {
	app, _ := handlerstest.NewLimited(t)
	forged := func(app handlerstest.App, n int) *http.Request {
		r := app.SubmissionFrom("192.0.2.7:4000", handlerstest.Numbered(n))
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", n))
		r.Header.Set("X-Real-Ip", fmt.Sprintf("203.0.113.%d", n))
		r.Header.Set("Forwarded", fmt.Sprintf("for=203.0.113.%d", n))
		return r
	}
	for n := range 200 {
		app.Do(forged(app, n))
	}
	for n := range 200 {
		if got := app.NumberedLead(n).Status == lead.Received; got != (n < 20) {
			t.Fatalf("form %d with a forged address is taken as received: %v", n, got)
		}
	}
	behind, _ := handlerstest.NewLimited(t, func(c *handlers.Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	for n := range 30 {
		behind.Do(forged(behind, n))
		if l := behind.NumberedLead(n); l.Status != lead.Received {
			t.Fatalf("form %d of another visitor behind our proxy is %s", n, l.Status)
		}
	}
}

func TestLimits_OffLiftsThem(t *testing.T) {
	app := handlerstest.New(t)
	for n := range 400 {
		if got := app.Submit(handlerstest.Numbered(n)); got.Code != http.StatusSeeOther {
			t.Fatalf("form %d got %d", n, got.Code)
		}
		if l := app.NumberedLead(n); l.Status != lead.Received {
			t.Fatalf("form %d is %s", n, l.Status)
		}
	}
}
