package e2e

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	pw "github.com/mxschmitt/playwright-go"

	"intake/internal/lead"
)

// told is one event of a status page's stream.
type told struct {
	name, data string
	at         time.Time
}

// listen opens the stream of a status page.
func (p *program) listen(receipt string) *http.Response {
	p.t.Helper()
	answer, err := http.Get(p.url + receipt + "/events")
	must(p.t, err)
	p.t.Cleanup(func() { _ = answer.Body.Close() }) // it was read to its end
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream; charset=utf-8" {
		p.t.Fatalf("the stream is %q", kind)
	}
	return answer
}

// hear reads a stream until it ends by itself.
func hear(stream *http.Response) []told {
	var events []told
	name := ""
	for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = text
		}
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			events = append(events, told{name, text, time.Now()})
		}
	}
	return events
}

func TestStatus_StreamIsTwoSecondsOldAtMostAndEndsByItself(t *testing.T) {
	t.Parallel()
	p := serve(t, "SIMULATOR_LATENCY=1200ms")
	receipt := p.accepted(required())
	events := hear(p.listen(receipt))
	var names []string
	for _, e := range events {
		if e.data != "received" { // it may be over before the first look
			names = append(names, e.name+" "+e.data)
		}
	}
	if diff := cmp.Diff([]string{"state checking", "state qualified", "end qualified"}, names); diff != "" {
		t.Fatalf("the stream (-want +got):\n%s", diff)
	}
	heard := events[len(events)-2].at
	p.stop()
	_, history := p.onDisk(receipt)
	for _, e := range history {
		if late := heard.Sub(e.At); e.Event == lead.Answered && late > 2*time.Second {
			t.Errorf("the page heard of the result %s after it was known", late)
		}
	}
}

func TestStatus_StreamOfAFinalStateEndsAtOnce(t *testing.T) {
	p := serve(t)
	receipt := p.accepted(required())
	awaitDelivered(t, p.twin, 1)
	await(t, "the page is final", func() bool { return p.get(receipt).says(wordsQualified) })
	if events := hear(p.listen(receipt)); len(events) != 2 || events[1].name != "end" {
		t.Errorf("the stream is %v, want one state and the end", events)
	}
}

func TestStatus_AnOpenStreamDoesNotHoldUpTheStop(t *testing.T) {
	t.Parallel()
	p, _ := apart(t)
	p.start() // without a simulator nothing becomes of the lead
	stream := p.listen(p.accepted(required()))
	begun := time.Now()
	if code := p.stop(); code != 0 {
		t.Errorf("ended with %d, want 0", code)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the stop took %s", took)
	}
	if events := hear(stream); len(events) != 1 || events[0].data != "received" {
		t.Errorf("the stream said %v, want received alone", events)
	}
}

func TestStatus_WithoutJavaScriptThePageLooksAgainUntilItIsFinal(t *testing.T) {
	p := serve(t)
	order(t, p.twin, "faults", `{"fault":"slow","operation":"createLead","delay":"700ms"}`)
	receipt := p.accepted(required())
	const again = `<noscript><meta http-equiv="refresh" content="15"></noscript>`
	if page := p.get(receipt); !strings.Contains(page.body, again) || !page.says(wordsWorking) {
		t.Errorf("the working page does not look again in 15 s")
	}
	await(t, "the page is final", func() bool { return p.get(receipt).says(wordsQualified) })
	if page := p.get(receipt).body; strings.Contains(page, "refresh") || strings.Contains(page, "<script") {
		t.Error("the final page still looks again")
	}
}

func TestStatus_TheFocusStaysWhenThePageChanges(t *testing.T) {
	t.Parallel()
	p := serve(t, "SIMULATOR_LATENCY=2500ms")
	for _, link := range []string{`main a[href^="tel:"]`, `main a[href$="/agreement"]`} {
		v := p.visitedBy(t, onPhone)
		v.open(p.accepted(required()))
		v.sees(wordsWorking)
		must(t, v.Locator(link).Focus())
		v.sees(wordsQualified)
		if !ask[bool](v, "document.activeElement === document.querySelector('"+link+"')") {
			t.Errorf("the focus on %s was lost when the page changed", link)
		}
	}
}

// A proxy answers 502 while the program behind it restarts. A browser gives such a stream up for good.
func TestStatus_AStreamThatWasRefusedIsOpenedAgain(t *testing.T) {
	t.Parallel()
	p := serve(t, "SIMULATOR_LATENCY=2500ms")
	v := p.visitedBy(t, onPhone)
	v.expect(502)
	refused := 0
	must(t, v.Route("**/events", func(r pw.Route) {
		if refused++; refused > 2 {
			_ = r.Continue() // an error ends the visit, which the test sees
			return
		}
		_ = r.Fulfill(pw.RouteFulfillOptions{Status: pw.Int(502), Body: "the program restarts"})
	}))
	v.open(p.accepted(required()))
	v.sees(wordsWorking)
	v.sees(wordsQualified)
	if refused < 2 {
		t.Errorf("the stream was opened %d times, want at least once again", refused)
	}
}

// Without a script, or where it is blocked, a link looks again.
func TestStatus_ALinkLooksAgain(t *testing.T) {
	t.Parallel()
	p := serve(t)
	order(t, p.twin, "faults", `{"fault":"slow","operation":"createLead","delay":"1500ms"}`)
	v := p.visitedBy(t, withoutScript)
	v.open(p.accepted(required()))
	v.sees(wordsWorking)
	awaitDelivered(t, p.twin, 1)
	must(t, v.Locator("text=Check again").Click())
	v.sees(wordsQualified)
}

func TestStatus_TheReceiptLeadsToWhatWasAgreedTo(t *testing.T) {
	t.Parallel()
	for _, who := range []person{onPhone, withoutScript} {
		_, v := sentBy(t, who)
		result := v.path()
		must(t, v.Locator("text=See and print what you agreed to").Click())
		v.at(result + "/agreement")
		v.sees("I agree to the credit check")
		v.sees("You checked this box:")
		if text := ask[string](v, `document.body.innerText`); strings.Contains(text, "Gonzalez") || strings.Contains(text, "555-0148") {
			t.Errorf("name or number are there in full:\n%s", text)
		}
		must(t, v.Locator(".back a").Click())
		v.at(result)
	}
}
