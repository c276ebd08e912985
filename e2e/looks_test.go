package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"testing"

	pw "github.com/mxschmitt/playwright-go"
)

// watchShifts adds up, over all of a tab's pages, how far things moved that nobody moved.
const watchShifts = `new PerformanceObserver(list => {
	for (const e of list.getEntries()) if (!e.hadRecentInput) sessionStorage.shift = Number(sessionStorage.shift || 0) + e.value;
}).observe({type: 'layout-shift', buffered: true})`

// shifted is what watchShifts has seen since it was asked last. Two frames later everything is reported.
const shifted = `(async () => {
	for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
	const sum = Number(sessionStorage.shift || 0);
	sessionStorage.shift = 0;
	return String(sum);
})()`

// mostShift is where Google begins to call a layout unstable.
const mostShift = 0.1

func (v *visit) shift() float64 {
	v.t.Helper()
	var sum float64
	if _, err := fmt.Sscan(ask[string](v, shifted), &sum); err != nil {
		v.t.Fatal(err)
	}
	return sum
}

func TestLooks_NothingMovesWhileAPageLoads(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for _, who := range []person{onPhone, onLaptop} {
		v := p.visitedBy(t, who)
		must(t, v.AddInitScript(pw.Script{Content: pw.String(watchShifts)}))
		v.expect(422)
		v.open("/")
		still := func() {
			t.Helper()
			if shift := v.shift(); shift > mostShift {
				t.Errorf("%s %s shifts by %.3f", v.path(), who, shift)
			}
		}
		for i, step := range steps {
			still()
			v.fill(everything().only(step.boxes...))
			v.press()
			v.at(after(i))
		}
		still()
		v.pressAnyway() // without a checked box
		v.sees("There is a problem")
		still()
		v.agree()
		v.press()
		v.sees(wordsQualified)
		still()
		_, err := v.Evaluate(`new Promise(done => setTimeout(() => { document.body.style.marginTop = '300px'; done(); }, 600))`) // half a second after a press counts as the person's own
		must(t, err)
		if shift := v.shift(); shift <= mostShift {
			t.Errorf("%s: a planted shift is measured as %.3f", who, shift)
		}
	}
}

// P6: the last consent and the button stand in one view of the smallest phone, with wide letters too.
func TestLooks_TheLastConsentAndTheButtonAreInOneView(t *testing.T) {
	t.Parallel()
	const height = `(() => {
		const last = [...document.querySelectorAll('.consent')].pop(), button = document.querySelector('#answers .acts button');
		return Math.ceil(button.getBoundingClientRect().bottom - last.querySelector('h3').getBoundingClientRect().top);
	})()`
	p := serve(t)
	for _, who := range []person{onPhone, onPhoneInDejaVu} {
		for _, prefix := range []string{"", "/es"} {
			v := p.visitedBy(t, who)
			v.prefix = prefix
			v.walk(everything())
			if font := v.fontOf(".consent p"); font != who.fonts().family {
				t.Fatalf("the page is drawn in %q, want %q", font, who.fonts().family)
			}
			px := ask[int](v, height)
			t.Logf("%s %s: %d px", v.path(), who, px)
			if px > who.height {
				t.Errorf("%s %s: the last consent and the button take %d px, a phone has %d", v.path(), who, px, who.height)
			}
		}
	}
}

// firstLoad is what a page and its style sheet may weigh together: what a server sends without waiting
// for a word from the visitor.
const firstLoad = 14_336

var sheetLink = regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)"`)

func TestLooks_TheFirstPageFitsIntoTheFirstFlight(t *testing.T) {
	p := serve(t)
	for _, prefix := range []string{"", "/es"} {
		page, weight := packed(t, p.url+prefix+"/")
		sheet := sheetLink.FindSubmatch(page)
		if sheet == nil {
			t.Fatal("the page has no style sheet")
		}
		_, more := packed(t, p.url+string(sheet[1]))
		t.Logf("%s/: %d bytes and %d for the sheet", prefix, weight, more)
		if weight+more > firstLoad {
			t.Errorf("%s/ and its sheet weigh %d bytes, want %d at most", prefix, weight+more, firstLoad)
		}
	}
}

// packed is what a browser gets of an address, and how many bytes it was on the way.
func packed(t *testing.T, address string) (body []byte, weight int) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	must(t, err)
	r.Header.Set("Accept-Encoding", "gzip")
	answer, err := client.Do(r)
	must(t, err)
	defer answer.Body.Close()
	sent, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%s is answered %d, packed with %q", address, answer.StatusCode, answer.Header.Get("Content-Encoding"))
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(sent))
	must(t, err)
	body, err = io.ReadAll(unpacked)
	must(t, err)
	return body, len(sent)
}

// A gradient that draws the arrow of a list vanishes where the colors are those of the system.
func TestLooks_AListHasTheArrowOfTheSystemInForcedColors(t *testing.T) {
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.open("/")
	v.press()
	v.at(steps[1].path)
	const look = `(s => s.appearance + ' ' + s.backgroundImage.slice(0, 4))(getComputedStyle(document.querySelector('#dateOfBirth-month')))`
	if got := ask[string](v, look); got != "none line" {
		t.Errorf("before, the list is %q, and the test would find nothing", got)
	}
	v.becomes(person{width: 360, height: 640, forced: true})
	if got := ask[string](v, look); got != "auto none" {
		t.Errorf("in forced colors the list is %q, want the system's own", got)
	}
}
