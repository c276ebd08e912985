package e2e

import (
	"strings"
	"testing"
	"time"

	pw "github.com/mxschmitt/playwright-go"

	"intake/internal/lead"
)

// Words of finishing later, by the prefix of the language.
var (
	wordFinishLater = map[string]string{"": "Finish later", "/es": "Terminar después"}
	wordLinkKept    = map[string]string{"": "Your answers are saved", "/es": "Sus respuestas están guardadas"}
	wordNoNumber    = map[string]string{"": "We did not keep your Social Security number", "/es": "No guardamos su número de Seguro Social"}
	wordGoOn        = map[string]string{"": "Go on with my answers", "/es": "Seguir con mis respuestas"}
	wordLinkEnded   = map[string]string{"": "This link does not work", "/es": "Este enlace no funciona"}
	wordLinkSent    = map[string]string{"": "This request was already sent", "/es": "Esta solicitud ya se envió"}
	wordClear       = map[string]string{"": "Clear my answers", "/es": "Borrar mis respuestas"}
	wordClearNow    = map[string]string{"": "Yes, clear my answers", "/es": "Sí, borrar mis respuestas"}
	wordCleared     = map[string]string{"": "Your answers are cleared.", "/es": "Sus respuestas se borraron."}
)

// inBothLanguages runs a story in each language, with a script and without, on two browsers.
func inBothLanguages(t *testing.T, story func(t *testing.T, first, second *visit)) {
	t.Parallel()
	for _, prefix := range []string{"", "/es"} {
		for _, who := range []person{onPhone, withoutScript} {
			t.Run(prefix+" "+who.String(), func(t *testing.T) {
				t.Parallel()
				p := serve(t)
				other := onLaptop
				other.noScript = who.noScript
				first, second := p.visitedBy(t, who), p.visitedBy(t, other)
				first.prefix, second.prefix = prefix, prefix
				story(t, first, second)
			})
		}
	}
}

func (v *visit) clicks(words string) {
	v.t.Helper()
	must(v.t, v.GetByText(words, pw.PageGetByTextOptions{Exact: pw.Bool(true)}).Click())
}

// half is what has been typed of the address when somebody leaves.
var half = answers{"zipCode": "78701", "address1": "500 Example", "city": "Austin", "state": "TX"}

// leaves goes to the address step, types half of it, and returns the path of the link.
func (v *visit) leaves() string {
	v.t.Helper()
	v.open(v.prefix + "/")
	for i := range 2 {
		v.fill(everything().only(steps[i].boxes...))
		v.press()
		v.at(after(i))
	}
	v.fill(half)
	v.clicks(wordFinishLater[v.prefix])
	return v.link()
}

// link is the path of the link that the page shows.
func (v *visit) link() string {
	v.t.Helper()
	v.at("/apply/later")
	v.sees(wordLinkKept[v.prefix])
	address, err := v.Locator("#link").InputValue()
	must(v.t, err)
	path, ours := strings.CutPrefix(address, v.program.url)
	if !ours {
		v.t.Fatalf("the link leads to another host")
	}
	return path
}

func (v *visit) cookieCount() int {
	v.t.Helper()
	all, err := v.Context().Cookies()
	must(v.t, err)
	return len(all)
}

func TestFinishLater_AnotherBrowserGoesOnAndSends(t *testing.T) {
	inBothLanguages(t, func(t *testing.T, first, second *visit) {
		link := first.leaves()
		first.sees(wordNoNumber[first.prefix])
		first.seesZone()
		if copies, err := first.Locator("button[data-copies]").IsVisible(); err != nil || copies == first.who.noScript {
			t.Errorf("the button that copies is visible: %v, %v", copies, err)
		}
		first.reload() // shows the same link, and asks for none
		if again := first.link(); again != link {
			t.Error("a reload made another link")
		}
		for range 2 {
			second.open(link)
			second.sees(wordGoOn[second.prefix])
		}
		if text, err := second.Locator("body").InnerText(); err != nil || strings.Contains(text, "José") || strings.Contains(text, "500 Example") || second.cookieCount() > 0 {
			t.Errorf("looking at the link shows answers, or sets one of %d cookies: %v", second.cookieCount(), err)
		}
		second.clicks(wordGoOn[second.prefix])
		second.at("/apply/home")
		second.holds("in another browser", half)
		first.expect(404)
		first.open(first.prefix + "/apply/home")
		first.sees(map[string]string{"": "your earlier answers are no longer kept", "/es": "sus respuestas anteriores ya no se conservan"}[first.prefix])
		second.fill(everything().only(steps[stepHome].boxes...))
		second.press()
		second.at("/apply/income")
		second.press()
		second.at(checkPath)
		second.fill(everything().only(consentBoxes...))
		second.press()
		second.atStatus()
		if got := onlyLead(t, awaitDelivered(t, first.program.twin, 1)); got["firstName"] != "José" || got["address1"] != "500 Example Ave" {
			t.Error("another lead arrived")
		}
		first.expect(410)
		first.open(link)
		first.sees(wordLinkSent[first.prefix])
	})
}

// seesZone wants the time at which the link ends, where the ZIP code is.
func (v *visit) seesZone() {
	v.t.Helper()
	austin, err := time.LoadLocation("America/Chicago")
	must(v.t, err)
	marked, err := v.Locator("time").GetAttribute("datetime")
	must(v.t, err)
	until, err := time.Parse(time.RFC3339, marked)
	must(v.t, err)
	if left := time.Until(until); left > lead.ReturnKept || left < lead.ReturnKept-time.Hour {
		v.t.Errorf("the link ends in %s", left)
	}
	v.sees(map[string]string{"": until.In(austin).Format("January 2, 2006 at 3:04 PM") + ", Central Time", "/es": until.In(austin).Format(" a las 3:04")[3:]}[v.prefix])
	v.sees(map[string]string{"": "Central Time", "/es": "hora del Centro"}[v.prefix])
}

func TestFinishLater_AClearedAndAnEndedLinkAreOneClearPage(t *testing.T) {
	inBothLanguages(t, func(t *testing.T, first, second *visit) {
		cleared := first.leaves()
		first.open(first.prefix + "/apply/home")
		first.clicks(wordClear[first.prefix])
		first.clicks(wordClearNow[first.prefix])
		first.at("/?cleared")
		first.sees(wordCleared[first.prefix])
		if n := first.cookieCount(); n > 0 {
			t.Errorf("%d cookies are left", n)
		}
		over := first.leaves()
		first.program.later("update draft set return_until = $1", time.Now().UnixMilli())
		second.expect(404)
		for _, link := range []string{cleared, over, second.prefix + "/apply/return/AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
			second.open(link)
			second.sees(wordLinkEnded[second.prefix])
		}
		first.open(first.prefix + "/apply/home") // the answers themselves are still there
		first.holds("after the link ended", half)
	})
}

func TestFinishLater_TheCheckPageLinksAndClearsToo(t *testing.T) {
	inBothLanguages(t, func(t *testing.T, first, second *visit) {
		first.walk(everything())
		first.clicks(wordFinishLater[first.prefix])
		second.open(first.link())
		second.clicks(wordGoOn[second.prefix])
		second.at(checkPath)
		second.sees(map[string]string{"": "not when you finish later", "/es": "no cuando termina después"}[second.prefix])
		second.clicks(wordClear[second.prefix])
		second.clicks(wordClearNow[second.prefix])
		second.at("/?cleared")
		second.sees(wordCleared[second.prefix])
	})
}

// The token opens what was typed: it is in the pages that show it, and nowhere else.
func TestCanary_AReturnLinkIsOnItsPagesAlone(t *testing.T) {
	t.Parallel()
	p := serve(t, "INTAKE_LOG=debug")
	answers := tour(t, p)
	var places []place
	for name, answer := range answers {
		places = append(places, place{"the headers of " + name, answer.headers()})
		if !strings.HasPrefix(name, "link") {
			places = append(places, place{"the page " + name, []byte(answer.body)})
		}
	}
	running := filesUnder(t, p.dir)
	p.stop()
	places = append(append(append(places, running...), filesUnder(t, p.dir)...), place{"the log", []byte(p.out.String())})
	for _, name := range []string{"link", "link in Spanish"} {
		token := answers[name].link(t)
		reportLeaks(t, places, canary{"the token of the " + name, token[strings.LastIndex(token, "/")+1:]})
	}
}
