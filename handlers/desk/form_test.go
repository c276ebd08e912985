package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
	"intake/internal/staff"
)

// deskPosts are the forms of the desk and an input of each.
var deskPosts = map[string]string{"/desk": "firstName", "/desk/check": "firstName", "/desk/draft": "firstName", "/desk/keys": "help"}

func TestForms_RefuseWhatIsNoForm(t *testing.T) {
	app := newDesk(t, normal)
	for path, input := range deskPosts {
		for story, tt := range map[string]struct {
			change func(*http.Request)
			body   string
			want   int
		}{
			"JSON":              {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, input + "=x", 415},
			"an unknown key":    {nil, "isAdmin=true", 400},
			"a number not due":  {nil, "socialSecurityNumber=123-45-6789", 400},
			"a key twice":       {nil, input + "=a&" + input + "=b", 400},
			"not UTF-8":         {nil, input + "=%ff", 400},
			"a query":           {func(r *http.Request) { r.URL.RawQuery = "a=b" }, input + "=x", 400},
			"65 KiB":            {nil, input + "=" + strings.Repeat("a", 65<<10), 413},
			"from another site": {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, input + "=x", 403},
		} {
			r := handlerstest.Request(http.MethodPost, path, tt.body)
			if tt.change != nil {
				tt.change(r)
			}
			if got := app.As(handlerstest.Dana, r); got.Code != tt.want {
				t.Errorf("%s, %s: got %d, want %d", path, story, got.Code, tt.want)
			}
		}
	}
	if len(app.Store.Leads)+len(app.Store.Drafts) > 0 {
		t.Error("something was stored")
	}
}

func TestForms_AreForThoseWhoAreSignedIn(t *testing.T) {
	app := newDesk(t, normal)
	if got := app.Get("/desk").Code; got != 401 {
		t.Errorf("GET /desk: %d", got)
	}
	for _, path := range []string{"/desk", "/desk/check", "/desk/draft"} {
		if got := app.Do(handlerstest.Request(http.MethodPost, path, "firstName=x")).Code; got != 401 {
			t.Errorf("POST %s: %d", path, got)
		}
	}
}

func TestForms_AGuessedTokenOrThatOfAnotherAgentIsNotFound(t *testing.T) {
	app := newDesk(t, normal)
	dana := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	token := dana.Form().Get("draft")
	dana.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", dana.Form(mariaTyped...).Encode()))
	guesses := []string{"x", handlerstest.Handle + ".", handlerstest.Handle + "." + strings.Split(token, ".")[1], strings.Split(token, ".")[0] + ".AAAA", token + "A"}
	for _, p := range []staff.Person{handlerstest.Omar, handlerstest.Sue} {
		for _, tried := range append(guesses, token) {
			for _, path := range []string{"/desk", "/desk/draft"} {
				form := dana.Form(both(mariaTyped, agreed)...)
				form.Set("draft", tried)
				if got := app.As(p, handlerstest.Request(http.MethodPost, path, form.Encode())).Code; got != 404 {
					t.Errorf("%s posts %q to %s: %d", p.Name, tried, path, got)
				}
			}
			got := app.As(p, handlerstest.Request(http.MethodGet, "/desk?draft="+url.QueryEscape(tried), ""))
			if got.Code != 404 || strings.Contains(got.Body.String(), "gonzalez") {
				t.Errorf("%s opens %q: %d", p.Name, tried, got.Code)
			}
		}
	}
	if got := dana.Open("/desk?draft=" + token); got.Page.Code != 200 {
		t.Errorf("its own agent gets %d", got.Page.Code)
	}
	if len(app.Store.Leads) != 0 {
		t.Error("a lead was stored")
	}
}

// Before anything is saved, the token alone says whose form it is.
func TestForms_ATokenIsOfOneAgentBeforeTheFormIsSaved(t *testing.T) {
	app := newDesk(t, normal)
	form := app.VisitAs(t, handlerstest.Dana).Open("/desk").Form(both(mariaTyped, agreed)...)
	for _, path := range []string{"/desk", "/desk/draft"} {
		if got := app.As(handlerstest.Omar, handlerstest.Request(http.MethodPost, path, form.Encode())).Code; got != 404 {
			t.Errorf("another agent posts to %s: %d", path, got)
		}
	}
	if len(app.Store.Leads)+len(app.Store.Drafts) > 0 {
		t.Error("something was stored")
	}
}

// A draft whose token is right, but that belongs to somebody else in the store, stays closed.
func TestForms_TheStoredAgentDecidesToo(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	token := v.Form().Get("draft")
	handle, _, _ := strings.Cut(token, ".")
	if err := app.Store.StartDraft(t.Context(), lead.Draft{Handle: lead.Keep(handle), Request: 1, Agent: handlerstest.Omar.Key}); err != nil {
		t.Fatal(err)
	}
	if got := v.Press(both(mariaTyped, agreed)...).Code; got != 404 {
		t.Errorf("sending: %d", got)
	}
	if v.Open("/desk?draft=" + token); v.Page.Code != 404 {
		t.Errorf("opening: %d", v.Page.Code)
	}
}
