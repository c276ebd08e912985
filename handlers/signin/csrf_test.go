package signin_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"intake/handlers/signin"
	"intake/handlers/web"
)

// staffForms are forms inside and outside of the rooms, which sam may post, and an input of each.
var staffForms = map[string]string{"/desk": "", "/desk/check": "", "/desk/sessions": "person=x", "/sign-out": "where=everywhere", "/sign-in/session": "stay=yes"}

func TestForms_WithoutTheTokenOfTheirSessionAreRefusedAndDoNothing(t *testing.T) {
	s := newSite(t)
	sam, other, lee := s.browser(), s.browser(), s.browser()
	sam.signIn("sam")
	ended := sam.token
	sam.post("/sign-out", "where", "here")
	sam.signIn("sam")
	other.signIn("sam")
	lee.signIn("lee")
	if slices.Contains([]string{"", ended, other.token, lee.token}, sam.token) {
		t.Fatalf("two sessions have the same token: %q", sam.token)
	}
	for story, sent := range map[string]string{
		"none": "", "an empty one": "csrfToken=", "of the session before": "csrfToken=" + ended, "of the person's other session": "csrfToken=" + other.token,
		"of somebody else": "csrfToken=" + lee.token, "cut off": "csrfToken=" + sam.token[1:], "in other letters": "csrfToken=" + strings.ToUpper(sam.token),
		"twice": "csrfToken=" + sam.token + "&csrfToken=" + sam.token, "by another name": "CSRFToken=" + sam.token,
	} {
		for path, input := range staffForms {
			got := sam.do(http.MethodPost, path, strings.Trim(input+"&"+sent, "&"))
			if got.Code != http.StatusForbidden || !strings.Contains(got.Body.String(), "from a page that was opened before you signed in") {
				t.Errorf("%s with a token that is %s is answered %d", path, story, got.Code)
			}
		}
	}
	sam.header.Set("X-Csrf-Token", sam.token)
	sam.header.Set("HX-Request", "true")
	for path, input := range staffForms {
		if got := sam.do(http.MethodPost, path, input); got.Code != http.StatusForbidden || got.Header().Get("HX-Reswap") != "none" {
			t.Errorf("%s with the token in a header is answered %d, for %q", path, got.Code, got.Header().Get("HX-Reswap"))
		}
		if got := sam.do(http.MethodPost, path+"?csrfToken="+sam.token, input); got.Code != http.StatusBadRequest {
			t.Errorf("%s with the token in the address is answered %d", path, got.Code)
		}
	}
	sam.wants("/desk", http.StatusOK) // nobody was signed out
	lee.wants("/desk", http.StatusOK)
	if strings.Contains(s.logged.String(), sam.token) || !strings.Contains(s.logged.String(), "form without the token of its session") {
		t.Error("the refusals are not in the log, or the token is")
	}
}

func TestForms_WithTheTokenOfTheirSessionAreAccepted(t *testing.T) {
	for path, input := range staffForms {
		b := newSite(t).browser()
		b.signIn("sam")
		if got := b.do(http.MethodPost, path, strings.Trim(input+"&csrfToken="+b.token, "&")); got.Code >= 400 {
			t.Errorf("%s is answered %d: %s", path, got.Code, got.Body)
		}
	}
}

// Without a session there is nothing to forge; the inputs are still read strictly.
func TestForms_AnEndedSessionsTokenIsNoUnknownInput(t *testing.T) {
	b := newSite(t).browser()
	b.signIn("dana")
	b.forward(signin.Idle)
	if got := b.post("/sign-out", "where", "here"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/sign-in?out=yes" {
		t.Errorf("signing out is answered %d", got.Code)
	}
	if got := b.post("/sign-in/session", "stay", "yes"); got.Body.String() != "0 0" {
		t.Errorf("staying is answered %d %q", got.Code, got.Body)
	}
	if got := b.post("/desk", "x", "y"); got.Code != http.StatusSeeOther {
		t.Errorf("a form is answered %d", got.Code)
	}
}

func TestForms_OfAnEarlierSessionAreShownAgainWhereTheyCanBe(t *testing.T) {
	var shown []string
	s := newSite(t, func(_ *web.Config, in *signin.Config) {
		in.ShowAgain = map[string]echo.HandlerFunc{"/desk": func(c echo.Context) error {
			form, err := web.ReadStaffForm(c.Request(), web.Keys{Once: []string{"firstName"}})
			p, _ := web.Person(c.Request())
			shown = append(shown, p.Name+": "+form.Get("firstName"))
			return cmp.Or(err, c.String(http.StatusForbidden, form.Encode()))
		}}
	})
	b := s.browser()
	b.signIn("dana")
	old := b.token
	b.post("/sign-out", "where", "here")
	b.signIn("dana")
	if got := b.do(http.MethodPost, "/desk", "csrfToken="+old+"&firstName=Maria"); got.Body.String() != "firstName=Maria" || !slices.Equal(shown, []string{"Dana Reyes: Maria"}) {
		t.Errorf("answered %d %q, shown %q", got.Code, got.Body, shown)
	}
	if got := b.post("/desk", "firstName", "Maria"); got.Body.String() != "page for Dana Reyes" || len(shown) != 1 {
		t.Errorf("with its own token it is answered %d %q", got.Code, got.Body)
	}
	quinn := s.browser()
	quinn.signIn("quinn")
	if got := quinn.do(http.MethodPost, "/desk", "firstName=Maria"); got.Code != http.StatusForbidden || len(shown) != 1 {
		t.Errorf("to somebody whose role does not open the room it is shown: %d", got.Code)
	}
}
