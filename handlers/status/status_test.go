package status_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
	"intake/views/status"
)

func TestStatus_RevealsNoMoreThanTheConsumerMayKnow(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	for _, tt := range []struct {
		name   string
		change func(*lead.Lead)
		want   status.State
	}{
		{"just stored", func(*lead.Lead) {}, status.Received},
		{"suspect looks the same", func(l *lead.Lead) { l.Status = lead.Suspect }, status.Received},
		{"being sent", func(l *lead.Lead) { l.Status = lead.Sending }, status.Checking},
		{"1000 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1000 }, status.Checking},
		{"1001 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1001 }, status.Checking},
		{"9999 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 9999 }, status.Checking},
		{"1012", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1012 }, status.Finished},
		{"1013", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1013 }, status.Qualified},
		{"1017", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Submitting, 1017 }, status.Qualified},
		{"1018", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1018 }, status.Finished},
		{"duplicate", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1003 }, status.Finished},
		{"in doubt", func(l *lead.Lead) { l.Status = lead.InDoubt }, status.Slow},
		{"parked", func(l *lead.Lead) { l.Status = lead.Parked }, status.Slow},
		{"parked at the hand-over", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Parked, 1021 }, status.Qualified},
		{"submitted", func(l *lead.Lead) { l.Status = lead.Submitted }, status.Qualified},
		{"refused for a certificate", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Refused, 400 }, status.Qualified},
		{"refused for good", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Refused, 422 }, status.Finished},
		{"closed", func(l *lead.Lead) { l.Status = lead.Closed }, status.Finished},
		{"ten minutes old", func(l *lead.Lead) { l.ReceivedAt = l.ReceivedAt.Add(-10 * time.Minute) }, status.Slow},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, _ := app.Store.OnlyLead(t)
			defer app.Store.ChangeLeads(func(was *lead.Lead) { *was = l })
			app.Store.ChangeLeads(func(l *lead.Lead) { l.Bid = "$99.00"; tt.change(l) })
			page := app.Get(path).Body.String()
			if !strings.Contains(page, `data-state="`+string(tt.want)+`"`) {
				t.Errorf("the page is not %s", tt.want)
			}
			if got := strings.Contains(page, `http-equiv="refresh"`); got == tt.want.Final() {
				t.Errorf("refreshes itself: %v", got)
			}
			for _, never := range []string{"99.00", "uplicate", "Maria", "1003", "1018"} {
				if strings.Contains(page, never) {
					t.Errorf("the page says %q", never)
				}
			}
		})
	}
}

func TestStatus_FinalPagesAreTheSameBytes(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	var first string
	for _, code := range []int{1003, 1012, 1018, 1020, 1042} {
		app.Store.ChangeLeads(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, code })
		page := app.Get(path).Body.String()
		if first == "" {
			first = page
		}
		if page != first {
			t.Errorf("the page for %d differs from the page for 1003", code)
		}
	}
}

func TestStatus_OffersToWaitOnlyWithMarketingConsent(t *testing.T) {
	for _, tt := range []struct {
		form url.Values
		want bool
	}{{handlerstest.Filled(), false}, {handlerstest.Filled("consentMarketing", "yes"), true}} {
		app := handlerstest.New(t)
		path := app.Submit(tt.form).Header().Get("Location")
		app.Store.ChangeLeads(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1015 })
		if got := strings.Contains(app.Get(path).Body.String(), "Or wait for our call."); got != tt.want {
			t.Errorf("offers to wait: %v, want %v", got, tt.want)
		}
	}
}

func TestStatus_OfAnErasedLeadIsGone(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	app.Store.ChangeLeads(func(l *lead.Lead) { l.Status, l.ErasedAt = lead.Closed, l.ReceivedAt.Add(time.Hour) })
	if got := app.Get(path); got.Code != http.StatusGone || !strings.Contains(got.Body.String(), "(512) 555-0100") {
		t.Errorf("got %d, want 410 with the telephone number", got.Code)
	}
}

func TestStatus_UnknownHandleIsNotFound(t *testing.T) {
	app := handlerstest.New(t)
	for _, path := range []string{"/status/ABC", "/status/ABC/events", "/status/" + handlerstest.Handle} {
		if got := app.Get(path).Code; got != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, got)
		}
	}
}

func TestStatus_FollowsItsStreamInTheLanguageOfTheAddress(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	for _, prefix := range []string{"", "/es"} {
		app.Visit(t).Open(prefix+path).IsAt(prefix+path, http.StatusOK).Sees(`data-events="` + prefix + path + `/events"`)
	}
}

func TestStatus_ShowsTheReferenceOfTheLeadInBothLanguages(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	l, _ := app.Store.OnlyLead(t)
	for prefix, words := range map[string]string{"": "Your reference", "/es": "Su referencia"} {
		page := app.Get(prefix + path).Body.String()
		if !strings.Contains(page, "<dt>"+words+"</dt><dd>"+l.ID.Reference().String()+"</dd>") || strings.Contains(page, string(l.ID)) {
			t.Errorf("%s: the page lacks the reference, or shows the id:\n%s", prefix, page)
		}
	}
}

// The path is the key to the page.
func TestStatus_ItsAddressLeavesByNoReferer(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	if got := app.Get(path).Header().Get("Referrer-Policy"); got != "strict-origin" {
		t.Errorf("Referrer-Policy is %q", got)
	}
}
