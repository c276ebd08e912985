package handlers_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

// planted is a Social Security number whose digits are in nothing else that these tests show.
const planted = "532847316"

// spellings are the number as text, in a form, in an address, in HTML and in base64.
func spellings() []string {
	all := []string{"84-7316", "847316"}
	for _, between := range []string{"", "-", " ", "+", ".", "%2D", "%2d", "%20", "&#45;", "\u2013", "\u00a0"} {
		text := strings.Join([]string{planted[:3], planted[3:5], planted[5:]}, between)
		all = append(all, text, strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(text)), "="))
	}
	return all
}

// listener looks for the number in everything that a session is answered.
type listener struct {
	t       *testing.T
	answers int
}

// hears an answer. Only where the product says so may it tell how the number ends.
func (l *listener) hears(what string, got *httptest.ResponseRecorder, tellsEnd bool) {
	l.t.Helper()
	l.answers++
	said := got.Body.String()
	for name, values := range got.Header() {
		said += "\n" + name + ": " + strings.Join(values, " ")
	}
	never := spellings()
	if !tellsEnd {
		never = append(never, planted[5:])
	}
	for _, spelling := range never {
		if at := strings.Index(said, spelling); at >= 0 {
			l.t.Errorf("%s, answered %d, holds %q: …%s…", what, got.Code, spelling, said[max(0, at-60):min(len(said), at+60)])
		}
	}
}

func TestListener_HearsThePlantedNumber(t *testing.T) {
	for _, said := range []string{"532847316", "532-84-7316", "532 84 7316", "ends 7316", "NTMyODQ3MzE2"} {
		probe := &listener{t: &testing.T{}}
		got := httptest.NewRecorder()
		got.Body.WriteString("<p>" + said + "</p>")
		if probe.hears("a page", got, false); !probe.t.Failed() {
			t.Errorf("%q is not heard", said)
		}
		probe = &listener{t: &testing.T{}}
		got = httptest.NewRecorder()
		got.Header().Set("Location", "/x?"+url.QueryEscape(said))
		if probe.hears("a header", got, false); !probe.t.Failed() {
			t.Errorf("%q in a header is not heard", said)
		}
	}
}

// TestSSN_NoAnswerToAStaffSessionHoldsIt types the number wherever it can be typed, and asks for every page.
func TestSSN_NoAnswerToAStaffSessionHoldsIt(t *testing.T) {
	app, store := handlerstest.StaffSite(t)
	l := &listener{t: t}
	stored := store.Put(0, handlerstest.SignedIn("dana", "Dana Reyes"), func(l *lead.Lead) {
		l.Status, l.ResultCode, l.AlleviateID, l.Step = lead.Created, 1000, "a", lead.Look
		l.Applicant.SocialSecurityNumber = lead.Keep(planted)
	})
	dana, sam := app.Visit(t).SignIn("/sign-in", "dana"), app.Visit(t).SignIn("/sign-in", "sam")
	hearsTheForm(l, app, dana)
	for _, v := range []*handlerstest.Visitor{dana, sam} {
		for _, path := range []string{
			"/desk", "/desk?prefill=used", "/desk/prefill", "/desk/prefill?t=" + planted, "/desk/recent", "/desk/call-backs", "/desk/search", "/desk/events", "/desk/team", "/desk/team/0123456789abcdef", "/desk/sessions", "/sign-in", "/sign-in/you", "/sign-in/session", "/sign-in/callback",
			"/dev-sign-in/authorize", "/desk/events?lead=" + string(stored.ID), "/desk/leads/" + string(stored.ID) + "/result",
		} {
			l.hears(path, v.Exchange(handlerstest.Request(http.MethodGet, path, "")), false)
			l.hears("a part of "+path, v.Exchange(handlerstest.Fragment(handlerstest.Request(http.MethodGet, path, ""))), false)
		}
		l.hears("/sign-in/begin", v.Exchange(handlerstest.Request(http.MethodGet, "/sign-in/begin", "")), true) // it has many random letters
		path := "/desk/leads/" + string(stored.ID)
		l.hears("the page of the lead", v.Exchange(handlerstest.Request(http.MethodGet, path, "")), true)
		for _, text := range []string{planted, "532-84-7316", "Her number is 532 84 7316.", "512 555 0148"} {
			for path, inputs := range map[string][]string{
				"/desk/search": {"query", text}, path + "/refresh": nil, path + "/link": {"askSSN", text}, "/desk/sessions": {"person", text}, "/desk/keys": {"help", text},
				path + "/disposition": {"disposition", "2", "note", text}, path + "/disposition#": {"disposition", "1", "note", text},
			} {
				for _, token := range []string{"", v.Form().Get("csrfToken")} { // of an earlier session, and of this one
					form := url.Values{"csrfToken": {token}}
					for i := 0; i < len(inputs); i += 2 {
						form.Set(inputs[i], inputs[i+1])
					}
					r := handlerstest.Request(http.MethodPost, strings.TrimSuffix(path, "#"), form.Encode())
					l.hears("POST "+path, v.Exchange(r), false)
					part := handlerstest.Fragment(handlerstest.Request(http.MethodPost, strings.TrimSuffix(path, "#"), form.Encode()))
					l.hears("POST "+path+" of htmx", v.Exchange(part), false)
				}
			}
		}
		l.hears("the page of the lead with its notes", v.Exchange(handlerstest.Request(http.MethodGet, path, "")), true)
	}
	for _, path := range []string{"/sign-in/session", "/sign-out", "/dev-sign-in/authorize"} {
		form := url.Values{"csrfToken": {dana.Form().Get("csrfToken")}}
		l.hears("POST "+path, dana.Exchange(handlerstest.Request(http.MethodPost, path, form.Encode())), false)
	}
	if strings.Contains(app.Logged.String(), planted[5:]) {
		t.Error("the log holds how it ends")
	}
	asked := askedRoutes(t, app)
	for route := range staffRoutes(t) {
		if !asked[route] {
			t.Errorf("%s was never asked", route)
		}
	}
	t.Logf("%d answers", l.answers)
}

// hearsTheForm types the number into the desk's form in every state of the form.
func hearsTheForm(l *listener, app handlerstest.App, v *handlerstest.Visitor) {
	typed := maps.Clone(caller)
	typed.Set("socialSecurityNumber", "532-84-7316")
	post := func(path string, changes ...string) {
		form := v.Form()
		maps.Copy(form, typed)
		for i := 0; i < len(changes); i += 2 {
			form.Set(changes[i], changes[i+1])
		}
		l.hears("POST "+path+" with "+strings.Join(changes, " "), v.Exchange(handlerstest.Request(http.MethodPost, path, form.Encode())), false)
		l.hears("POST "+path+" of htmx with "+strings.Join(changes, " "), v.Exchange(handlerstest.Fragment(handlerstest.Request(http.MethodPost, path, form.Encode()))), false)
	}
	look := func(path string) { l.hears(path, v.Follow(path).Page, false) }
	look("/desk")
	draft := "/desk?draft=" + v.Form().Get("draft")
	for _, field := range []string{"firstName", "email", "homePhone", "zipCode", "monthlyIncome"} {
		post("/desk/check", "field", field)
	}
	form := v.Form("field", "socialSecurityNumber", "socialSecurityNumber", planted)
	l.hears("the check of the number", v.Exchange(handlerstest.Request(http.MethodPost, "/desk/check", form.Encode())), true)
	post("/desk/draft")
	look(draft)
	look("/desk") // which offers it
	v.Follow(draft)
	post("/desk", "email", "maria@g")
	post("/desk", "callId", planted)
	post("/desk", "employerName", "532-84-7316")
	post("/desk", "socialSecurityNumber", "000-84-7316")
	post("/desk", "csrfToken", "of-an-earlier-session")
	post("/desk/draft", "csrfToken", "of-an-earlier-session")
	app.Store.FailSave = errors.New("disk full")
	post("/desk")
	app.Store.FailSave = nil
	post("/desk", "callId", "")
	look(draft) // which waits for its consent
	session := v.Cookies["session"]
	delete(v.Cookies, "session")
	post("/desk", "line-marketing", "yes")
	v.Cookies["session"] = session
	post("/desk", "firstName", "Marisol")
	post("/desk")
	look(draft)
	post("/desk", "csrfToken", "of-an-earlier-session")
}

// askedRoutes are the routes in the log.
func askedRoutes(t *testing.T, app handlerstest.App) map[string]bool {
	t.Helper()
	asked := map[string]bool{}
	for line := range strings.Lines(app.Logged.String()) {
		var entry struct{ Method, Route string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		asked[entry.Method+" "+entry.Route] = true
	}
	return asked
}
