package apply_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"intake/handlers"
	"intake/handlers/apply"
	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

// arrived is where a visitor came from as the draft has it.
func arrived(t *testing.T, app handlerstest.App, path string, header http.Header) lead.Attribution {
	t.Helper()
	v := app.Visit(t)
	v.Header = header
	return v.Open(path).Send("estimatedDebt", "1").Draft().Origin.Reveal()
}

// originIn is the signed origin in the first page of somebody who comes by the path.
func originIn(t *testing.T, app handlerstest.App, path string) string {
	t.Helper()
	return app.Visit(t).Open(path).Form().Get("origin")
}

func TestArrival_IsStoredAtFirstTouch(t *testing.T) {
	long := strings.Repeat("a", apply.MaxOrigin)
	all := "utm_source=s&utm_medium=m&utm_campaign=c&utm_term=t&utm_content=n&gclid=g&gbraid=b&wbraid=w&fbclid=f&msclkid=k&ttclid=l&other=o&firstName=Maria"
	for _, tt := range []struct {
		name, path, referer string
		want                lead.Attribution
	}{
		{"nothing", "/", "", lead.Attribution{Landing: "/"}},
		{"everything", "/?" + all, "https://news.example:8443/a?b=c#d", lead.Attribution{
			UTMSource: "s", UTMMedium: "m", UTMCampaign: "c", UTMTerm: "t", UTMContent: "n", GCLID: "g", GBRAID: "b", WBRAID: "w",
			FBCLID: "f", MSCLKID: "k", TTCLID: "l", Referrer: "https://news.example:8443", Landing: "/"}},
		{"the Spanish page", "/es/?gclid=g", "", lead.Attribution{GCLID: "g", Landing: "/es/"}},
		{"as long as may be", "/?gclid=" + long, "", lead.Attribution{GCLID: long, Landing: "/"}},
		{"longer", "/?gclid=" + long + "a&utm_source=s", "", lead.Attribution{UTMSource: "s", Landing: "/"}},
		{"characters that nobody sees", "/?gclid=a%00b&fbclid=a%0Ab&ttclid=%ff&msclkid=%E2%80%AE&utm_term=caf%C3%A9", "", lead.Attribution{UTMTerm: "café", Landing: "/"}},
		{"a broken query", "/?gclid=%zz&utm_source=s", "", lead.Attribution{UTMSource: "s", Landing: "/"}},
		{"our own site", "/", "http://localhost:8080/terms", lead.Attribution{Landing: "/"}},
		{"a referrer of another kind", "/", "javascript:alert(1)", lead.Attribution{Landing: "/"}},
		{"a referrer with a password", "/", "https://user:canary@news.example/", lead.Attribution{Referrer: "https://news.example", Landing: "/"}},
		{"an app", "/", "android-app://com.example", lead.Attribution{Landing: "/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := handlerstest.New(t)
			header := http.Header{}
			if tt.referer != "" {
				header.Set("Referer", tt.referer)
			}
			if got := arrived(t, app, tt.path, header); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestArrival_LaterOnesChangeNothing(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/?gclid=first").Send("estimatedDebt", "1")
	v.Open("/?gclid=second&utm_source=s").Send("estimatedDebt", "2", "origin", originIn(t, app, "/?gclid=third"))
	if got := v.Draft().Origin.Reveal(); got != (lead.Attribution{GCLID: "first", Landing: "/"}) {
		t.Errorf("the draft is from %+v", got)
	}
}

func TestArrival_SurvivesTheOtherLanguage(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/?gclid=g").Send("language", "es").IsAt("/es/", 200).Send("estimatedDebt", "1")
	if got := v.Draft().Origin.Reveal(); got != (lead.Attribution{GCLID: "g", Landing: "/"}) {
		t.Errorf("the draft is from %+v", got)
	}
}

func TestArrival_OnlyWhatWeSignedIsAccepted(t *testing.T) {
	app := handlerstest.New(t)
	ours := originIn(t, app, "/?gclid=g")
	stranger := handlerstest.New(t, func(c *handlers.Config) { c.FormSecret = []byte("of somebody else") })
	for _, forged := range []string{"", "x", "!!!", ours[:20], ours[:len(ours)-4] + "AAAA", "B" + ours[1:], originIn(t, stranger, "/?gclid=g")} {
		v := app.Visit(t).Open("/").Send("estimatedDebt", "1", "origin", forged).IsAt("/apply/you", 200)
		if from := v.Draft().Origin; from.Given() {
			t.Errorf("%q is believed: %+v", forged, from.Reveal())
		}
	}
}

// C-8
func TestGPC_NoAttributionIsStoredAndThePageSaysSo(t *testing.T) {
	for prefix, words := range map[string]string{"": "Opt-out request honored", "/es": "Solicitud de exclusión respetada"} {
		app := handlerstest.New(t)
		v := app.Visit(t)
		v.Header.Set("Sec-GPC", "0")
		v.Open(prefix + "/").SeesNot(words)
		v.Header.Set("Sec-GPC", "1")
		v.Header.Set("Referer", "https://news.example/")
		v.Open(prefix + "/?gclid=canary7319&utm_source=canary7319").Sees(words)
		if signed, err := base64.RawURLEncoding.DecodeString(v.Form().Get("origin")); err != nil || !strings.HasSuffix(string(signed), `{"landing":"`+prefix+`/"}`) {
			t.Errorf("the page carries %q, %v", signed, err)
		}
		v.Send("estimatedDebt", "1").Sees(words).Send(aboutMaria...).Sees(words).Send(homeOfMaria...).Send(noIncome...).Sees(words).Send(agreed...).Sees(words)
		l, record := app.Store.OnlyLead(t)
		if l.Origin.Reveal() != (lead.Attribution{Landing: prefix + "/"}) || record.Referrer != "" || !record.GPC || record.LandingURL != "http://localhost:8080"+prefix+"/" {
			t.Errorf("the lead is from %+v, the record says %q, %v", l.Origin.Reveal(), record.Referrer, record.GPC)
		}
		v.Open(prefix + "/privacy").Sees(words).Open(prefix + "/status/NONE").Sees(words)
	}
}

func TestGPC_SwitchedOnLaterErasesTheAttribution(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t)
	v.Header.Set("Referer", "https://news.example/")
	v.Open("/?gclid=g").Send("estimatedDebt", "1")
	v.Header.Set("Sec-GPC", "1")
	v.Send(aboutMaria...)
	if got := v.Draft().Origin.Reveal(); got != (lead.Attribution{Landing: "/"}) {
		t.Errorf("the draft is from %+v", got)
	}
	v = app.Visit(t)
	v.Header.Set("Referer", "https://news.example/")
	v.Open("/?gclid=g").Send("estimatedDebt", "1").Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...)
	v.Header.Set("Sec-GPC", "1")
	v.Send(agreed...)
	if l, record := app.Store.OnlyLead(t); l.Origin.Reveal() != (lead.Attribution{Landing: "/"}) || record.Referrer != "" {
		t.Errorf("the lead is from %+v, the record says %q", l.Origin.Reveal(), record.Referrer)
	}
}

func TestArrival_IsNoAnswer(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/?gclid=canary7319").Send("estimatedDebt", "1").Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).SeesNot("canary7319")
	if typed := v.Draft().Typed.Reveal(); strings.Contains(typed, "canary7319") || strings.Contains(typed, "gclid") {
		t.Errorf("it is among the answers: %s", typed)
	}
	if strings.Contains(app.Logged.String(), "canary7319") {
		t.Error("it is in the log")
	}
}
