package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
	"intake/internal/staff"
	"intake/validation"
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

// TestForm_ShowsNoSocialSecurityNumberThatStrayedIntoAnotherBox types one into each box that takes text.
func TestForm_ShowsNoSocialSecurityNumberThatStrayedIntoAnotherBox(t *testing.T) {
	app := newDesk(t, normal)
	boxes := []string{"callId"}
	for _, f := range validation.Asked(validation.Desk | validation.DeskMore) {
		if f.IsTyped() {
			boxes = append(boxes, f.Name)
		}
	}
	if len(boxes) < 15 {
		t.Fatalf("the desk has no more boxes than %q", boxes)
	}
	for _, box := range boxes {
		v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
		typed := map[string]string{box: "532-84-7316"}
		for i := 0; i < len(mariaTyped); i += 2 {
			if mariaTyped[i] != box {
				typed[mariaTyped[i]] = mariaTyped[i+1]
			}
		}
		var pairs []string
		for name, text := range typed {
			pairs = append(pairs, name, text)
		}
		form := v.Form(pairs...)
		saved := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", form.Encode()))
		got := v.Exchange(handlerstest.Request(http.MethodPost, "/desk", form.Encode()))
		kept := v.Open("/desk?draft=" + form.Get("draft")).Page
		for what, body := range map[string]string{"draft": saved.Body.String(), "form": got.Body.String(), "draft's page": kept.Body.String()} {
			if strings.Contains(body, "7316") {
				t.Errorf("%s: the answer of the %s holds the number", box, what)
			}
		}
		if got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), `href="#`+box+`">This looked like a Social Security number, so we removed it.`) {
			t.Errorf("%s: %d, and it is not said why the box is empty", box, got.Code)
		}
	}
	got := check(app, "employerName", "employerName", "532847316")
	if got.Header().Get("HX-Trigger-After-Swap") != "blank" || !strings.Contains(got.Body.String(), "we removed it") {
		t.Errorf("the check leaves the number in its box: %s", got.Body)
	}
}
