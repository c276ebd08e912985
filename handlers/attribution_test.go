package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"intake/internal/lead"
)

// arrived is where a visitor came from as the draft has it.
func arrived(t *testing.T, d door, path string, header http.Header) lead.Attribution {
	t.Helper()
	v := d.visit(t)
	v.header = header
	return v.open(path).send("estimatedDebt", "1").draft().Origin.Reveal()
}

func TestArrival_IsKeptAtFirstTouch(t *testing.T) {
	long := strings.Repeat("a", maxOrigin)
	all := "utm_source=s&utm_medium=m&utm_campaign=c&utm_term=t&utm_content=n&gclid=g&gbraid=b&wbraid=w&fbclid=f&msclkid=k&ttclid=l&other=o&firstName=Maria"
	for _, tt := range []struct {
		story, path, referer string
		want                 lead.Attribution
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
		t.Run(tt.story, func(t *testing.T) {
			d := openDoor(t)
			header := http.Header{}
			if tt.referer != "" {
				header.Set("Referer", tt.referer)
			}
			if got := arrived(t, d, tt.path, header); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestArrival_LaterOnesChangeNothing(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/?gclid=first").send("estimatedDebt", "1")
	v.open("/?gclid=second&utm_source=s").send("estimatedDebt", "2", "origin", d.writeOrigin(lead.Attribution{GCLID: "third"}))
	if got := v.draft().Origin.Reveal(); got != (lead.Attribution{GCLID: "first", Landing: "/"}) {
		t.Errorf("the draft is from %+v", got)
	}
}

func TestArrival_SurvivesTheOtherLanguage(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/?gclid=g").send("language", "es").at("/es/", 200).send("estimatedDebt", "1")
	if got := v.draft().Origin.Reveal(); got != (lead.Attribution{GCLID: "g", Landing: "/"}) {
		t.Errorf("the draft is from %+v", got)
	}
}

func TestArrival_OnlyWhatWeSignedIsBelieved(t *testing.T) {
	d := openDoor(t)
	ours := d.writeOrigin(lead.Attribution{GCLID: "g"})
	stranger := openDoor(t, func(c *Config) { c.FormSecret = []byte("of somebody else") })
	for _, forged := range []string{"", "x", "!!!", ours[:20], ours[:len(ours)-4] + "AAAA", "B" + ours[1:], stranger.writeOrigin(lead.Attribution{GCLID: "g"})} {
		v := d.visit(t).open("/").send("estimatedDebt", "1", "origin", forged).at("/apply/you", 200)
		if from := v.draft().Origin; from.Given() {
			t.Errorf("%q is believed: %+v", forged, from.Reveal())
		}
	}
}

// C-8
func TestGPC_NothingIsKeptOfTheWayHereAndThePageSaysSo(t *testing.T) {
	for prefix, words := range map[string]string{"": "Opt-out request honored", "/es": "Solicitud de exclusión respetada"} {
		d := openDoor(t)
		v := d.visit(t)
		v.header.Set("Sec-GPC", "0")
		v.open(prefix + "/").seesNot(words)
		v.header.Set("Sec-GPC", "1")
		v.header.Set("Referer", "https://news.example/")
		v.open(prefix + "/?gclid=canary7319&utm_source=canary7319").sees(words)
		if got := d.readOrigin(v.form().Get("origin")).Reveal(); got != (lead.Attribution{Landing: prefix + "/"}) {
			t.Errorf("the page carries %+v", got)
		}
		v.send("estimatedDebt", "1").sees(words).send(aboutMaria...).sees(words).send(homeOfMaria...).send(noIncome...).sees(words).send(agreed...).sees(words)
		l, record := d.shelf.only(t)
		if l.Origin.Reveal() != (lead.Attribution{Landing: prefix + "/"}) || record.Referrer != "" || !record.GPC || record.LandingURL != "http://localhost:8080"+prefix+"/" {
			t.Errorf("the lead is from %+v, the record says %q, %v", l.Origin.Reveal(), record.Referrer, record.GPC)
		}
		v.open(prefix + "/privacy").sees(words).open(prefix + "/status/NONE").sees(words)
	}
}

func TestGPC_SwitchedOnLaterTakesBackWhatWasKept(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t)
	v.header.Set("Referer", "https://news.example/")
	v.open("/?gclid=g").send("estimatedDebt", "1")
	v.header.Set("Sec-GPC", "1")
	v.send(aboutMaria...)
	if got := v.draft().Origin.Reveal(); got != (lead.Attribution{Landing: "/"}) {
		t.Errorf("the draft is from %+v", got)
	}
	v = d.visit(t)
	v.header.Set("Referer", "https://news.example/")
	v.open("/?gclid=g").send("estimatedDebt", "1").send(aboutMaria...).send(homeOfMaria...).send(noIncome...)
	v.header.Set("Sec-GPC", "1")
	v.send(agreed...)
	if l, record := d.shelf.only(t); l.Origin.Reveal() != (lead.Attribution{Landing: "/"}) || record.Referrer != "" {
		t.Errorf("the lead is from %+v, the record says %q", l.Origin.Reveal(), record.Referrer)
	}
}

func TestArrival_IsNoAnswer(t *testing.T) {
	d, _ := ticking(t)
	v := d.visit(t).open("/?gclid=canary7319").send("estimatedDebt", "1").send(aboutMaria...).send(homeOfMaria...).send(noIncome...).seesNot("canary7319")
	if a := typedIn(ref(v.draft())); strings.Contains(url.Values{"a": {v.draft().Typed.Reveal()}}.Encode(), "canary7319") || a["gclid"] != "" {
		t.Errorf("it is among the answers: %v", a)
	}
	if strings.Contains(d.log.String(), "canary7319") {
		t.Error("it is in the log")
	}
}
