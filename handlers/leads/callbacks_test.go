package leads_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
	"intake/internal/staff"
)

// promise stores a call back of the n-th lead of a test, whose person lives at the ZIP code.
func promise(store *handlerstest.StaffStore, n int, p staff.Person, at time.Time, zip string) lead.Lead {
	l := store.Put(n, p, func(l *lead.Lead) { l.Applicant.ZipCode = lead.Keep(zip) })
	store.Given = append(store.Given, lead.Disposition{Lead: l.ID, By: lead.Agent{Key: p.Key, Name: p.Name}, Kind: lead.CallBack, CallBackAt: at, Note: lead.Keep("asks for <b>Dana</b>")})
	return l
}

func TestCallBacks_AreAnAgentsOwnInTheirTimeAndTheCallers(t *testing.T) {
	app, store := handlerstest.Staff(t)
	later := promise(store, 0, handlerstest.Ann, handlerstest.Noon.Add(26*time.Hour), "10001")
	late := promise(store, 1, handlerstest.Ann, handlerstest.Noon.Add(-40*time.Minute), "10001")
	bobs := promise(store, 2, handlerstest.Bob, handlerstest.Noon.Add(time.Hour), "00000")
	got := app.GetAs(handlerstest.Ann, "/desk/call-backs")
	wantWords(t, "an agent's", got, http.StatusOK, "As of 8:05 AM CST", "Those that you promised",
		"/desk/leads/"+string(later.ID), later.ID.Reference().String(), "in 1 day", "Nov 23, 10:05 AM CST", "Mon, Nov 23, 11:05 AM EST",
		"40 min late", "7:25 AM CST", "Sun, Nov 22, 8:25 AM EST", "asks for &lt;b&gt;Dana&lt;/b&gt;")
	page := got.Body.String()
	if strings.Index(page, string(late.ID)) > strings.Index(page, string(later.ID)) || strings.Contains(page, string(bobs.ID)) || strings.Contains(page, "Promised by") {
		t.Errorf("another order, or another agent's:\n%s", page)
	}
	all := app.GetAs(handlerstest.Sue, "/desk/call-backs")
	wantWords(t, "a supervisor's", all, http.StatusOK, string(late.ID), string(later.ID), string(bobs.ID), "Promised by", "Bob Agent", "in 1 h", "unknown")
	wantWords(t, "of a new agent", app.GetAs(handlerstest.Dana, "/desk/call-backs"), http.StatusOK, "No call backs")
	if want := handlerstest.Ann.Who() + " at the call backs"; len(store.Looked) != 3 || store.Looked[0] != want {
		t.Errorf("written down: %q", store.Looked)
	}
	for _, never := range []string{"10001", "5125550148", "Gonzalez", "maria"} {
		if strings.Contains(all.Body.String(), never) {
			t.Errorf("the page says %q", never)
		}
	}
}

// Noon is 8:05 on a Sunday morning in Texas, where calling begins at noon.
func TestCallBacks_SayWhenNobodyMayBeCalled(t *testing.T) {
	for name, tt := range map[string]struct {
		zip   string
		in    time.Duration
		quiet bool
	}{
		"in the hours":                       {"78745", 5 * time.Hour, false},
		"before the hours":                   {"78745", time.Hour, true},
		"late, and the hours have not begun": {"78745", -12 * time.Hour, true},
		"late, and within the hours":         {"10001", -12 * time.Hour, false},
		"nobody knows where":                 {"00000", time.Hour, false},
	} {
		app, store := handlerstest.Staff(t)
		promise(store, 0, handlerstest.Ann, handlerstest.Noon.Add(tt.in), tt.zip)
		page := app.GetAs(handlerstest.Ann, "/desk/call-backs").Body.String()
		if quiet := strings.Contains(page, "outside calling hours"); quiet != tt.quiet {
			t.Errorf("%s: warned %t", name, quiet)
		}
	}
}

func TestCallBacks_ComeInPages(t *testing.T) {
	app, store := handlerstest.Staff(t)
	for n := range 21 {
		promise(store, n, handlerstest.Ann, handlerstest.Noon.Add(time.Hour), "78745")
	}
	first := app.GetAs(handlerstest.Ann, "/desk/call-backs").Body.String()
	_, rest, found := strings.Cut(first, `href="/desk/call-backs?after=`)
	after, _, _ := strings.Cut(rest, `"`)
	if !found || strings.Count(first, `<th scope="row">`) != 20 {
		t.Fatalf("%d rows, and a next page: %t", strings.Count(first, `<th scope="row">`), found)
	}
	second := app.GetAs(handlerstest.Ann, "/desk/call-backs?after="+after).Body.String()
	if strings.Count(second, `<th scope="row">`) != 1 || strings.Contains(second, "Next page") {
		t.Errorf("the second page is %s", second)
	}
	for n := range 21 {
		if strings.Contains(first, string(handlerstest.IDOf(n))) == strings.Contains(second, string(handlerstest.IDOf(n))) {
			t.Errorf("call back %d is on both pages, or on none", n)
		}
	}
}

func TestCallBacks_RefuseWhatIsNoPlaceInTheList(t *testing.T) {
	app, store := handlerstest.Staff(t)
	for _, query := range []string{"after=x", "after=1.", "after=1.NOBODY", "after=" + url.QueryEscape("1.\x00"), "before=1", "after=1.A&after=2.B"} {
		if got := app.GetAs(handlerstest.Ann, "/desk/call-backs?"+query).Code; got != http.StatusBadRequest {
			t.Errorf("%q: %d", query, got)
		}
	}
	if len(store.Looked) != 0 {
		t.Errorf("written down: %q", store.Looked)
	}
}
