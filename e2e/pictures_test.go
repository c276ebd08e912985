//go:build pictures

package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	pw "github.com/mxschmitt/playwright-go"
)

const (
	pictures    = "../docs/pictures"
	picturesMax = 120_000 // bytes of each
)

// picturedDay is the day of all pictures: in winter time, and when the reference caller is 47.
var picturedDay = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// fixTexts gives every text that differs from run to run the same words each time, and goes on while the page changes. Its argument is by
// how many days the days of the page are moved, so that they stay as far apart as they are.
const fixTexts = `(days) => {
	const moved = (text) => {
		const day = new Date(text + ' UTC');
		day.setUTCDate(day.getUTCDate() + days);
		return day.toLocaleDateString('en-US', {month: 'short', day: 'numeric', year: 'numeric', timeZone: 'UTC'});
	};
	const fixed = new WeakMap();
	const varying = [
		[/\b[2-9A-Z]{25}\b/g, '2A3B4C5D6K7PM3XRTABCDEFGH'],
		[/\b[2-9A-Z]{4}-[2-9A-Z]{4}\b/g, 'K7PM-3XRT'],
		[/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '5d2c8a10-6f3e-4b7a-9c41-0e8d27b6f913'],
		[/\b127\.0\.0\.1:\d+/g, '127.0.0.1:9191'],
		[/\b[A-Z][a-z]{2} \d{1,2}, \d{4}/g, moved],
		[/\b\d{1,2}:\d\d [AP]M C[DS]T/g, '10:24 AM CST'],
		[/\b\d{1,2}:\d\d [AP]M\b(?! C)( E[DS]T)?/g, (_, zone) => '11:24 AM' + (zone ? ' EST' : '')],
		[/\b(?!12:00:00 AM)\d{1,2}:\d\d:\d\d [AP]M\b( E[DS]T)?/g, (_, zone) => '11:24:05 AM' + (zone ? ' EST' : '')],
		[/^\d+ min$/g, 'just now'],
		[/in \d+ hours at the latest/g, 'in 8 hours at the latest'],
	];
	const fix = () => {
		const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) {
			const node = texts.currentNode;
			if (fixed.get(node) === node.data) continue;
			const text = varying.reduce((text, [varies, words]) => text.replace(varies, words), node.data);
			if (text !== node.data) node.data = text;
			fixed.set(node, text);
		}
		const saved = document.getElementById('saved'); // whether it was saved is a matter of seconds
		if (saved?.textContent) saved.textContent = '';
	};
	fix();
	new MutationObserver(fix).observe(document.body, {subtree: true, childList: true, characterData: true});
	scrollTo(0, 0);
}`

// pictured is at a desk; to hide the caret the browser adds a style, which our content policy would refuse.
var pictured = person{width: 1366, height: 768, bypassCSP: true}

// album is the pictures of one run.
type album struct {
	t     *testing.T
	made  []string
	today time.Time // by the clock of the program that is pictured
}

// take makes a picture of what the window shows.
func (a *album) take(v *visit, name string) {
	a.t.Helper()
	must(a.t, v.Mouse().Move(0, 0)) // nothing looks chosen because the pointer happens to be there
	_, err := v.Evaluate(fixTexts, int(picturedDay.Sub(a.today.UTC().Truncate(24*time.Hour))/(24*time.Hour)))
	must(a.t, err)
	shot, err := v.Screenshot(pw.PageScreenshotOptions{Animations: pw.ScreenshotAnimationsDisabled})
	must(a.t, err)
	full, err := png.Decode(bytes.NewReader(shot))
	must(a.t, err)
	a.keep(name+".png", inFewColors(full))
}

// keep writes a picture, unless there is one that looks the same.
func (a *album) keep(name string, picture *image.Paletted) {
	a.t.Helper()
	a.made = append(a.made, name)
	path := filepath.Join(pictures, name)
	if before, err := os.ReadFile(path); err == nil {
		if same, err := png.Decode(bytes.NewReader(before)); err == nil && looksLike(same, picture) {
			return
		}
	}
	var file bytes.Buffer
	must(a.t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, picture))
	if file.Len() > picturesMax {
		a.t.Errorf("%s has %d bytes, more than %d", name, file.Len(), picturesMax)
	}
	must(a.t, os.MkdirAll(pictures, 0o755))
	must(a.t, os.WriteFile(path, file.Bytes(), 0o644))
	a.t.Logf("%s is new: %d bytes", name, file.Len())
}

// looksLike says whether two pictures differ in no more than a pixel of 10,000: the browser draws round corners not always
// the same.
func looksLike(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	size, differ := a.Bounds().Size(), 0
	for y := range size.Y {
		for x := range size.X {
			if color.RGBAModel.Convert(a.At(x, y)) != color.RGBAModel.Convert(b.At(x, y)) {
				differ++
			}
		}
	}
	return differ <= size.X*size.Y/10_000
}

// inFewColors is the picture in its 256 most frequent colors; each other color becomes the nearest of them.
func inFewColors(full image.Image) *image.Paletted {
	bounds, count := full.Bounds(), map[color.RGBA]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)]++
		}
	}
	var colors []color.RGBA
	for c := range count {
		colors = append(colors, c)
	}
	slices.SortFunc(colors, func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range colors[:min(256, len(colors))] {
		palette = append(palette, c)
	}
	few, nearest := image.NewPaletted(bounds, palette), map[color.RGBA]uint8{}
	for c := range count {
		nearest[c] = uint8(palette.Index(c))
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			few.SetColorIndex(x, y, nearest[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)])
		}
	}
	return few
}

// untilMorning is how long it is until a morning of a working day in Texas, when people may be called.
func untilMorning(now time.Time) time.Duration {
	for at := now.Truncate(24 * time.Hour).Add(16*time.Hour + 24*time.Minute); ; at = at.Add(24 * time.Hour) {
		if day := at.Weekday(); at.After(now) && day != time.Saturday && day != time.Sunday {
			return at.Sub(now)
		}
	}
}

// TestPictures_AreMadeFromTheRunningProgram makes the pictures of the documents anew. What did not change stays as it is.
func TestPictures_AreMadeFromTheRunningProgram(t *testing.T) {
	a := &album{t: t, today: time.Now()}
	a.consumer(serve(t))
	p := serve(t)
	forward := untilMorning(time.Now().UTC())
	a.today = time.Now().Add(forward)
	order(t, p.twin, "clock", fmt.Sprintf(`{"forward":%q}`, forward))
	a.desk(p)
	a.team(p)
	there, err := filepath.Glob(filepath.Join(pictures, "*"))
	must(t, err)
	for _, path := range there {
		if !slices.Contains(a.made, filepath.Base(path)) {
			t.Errorf("%s is not made any more", path)
		}
	}
}

func (a *album) consumer(p *program) {
	v := p.visitedBy(a.t, person{width: 360, height: 780, bypassCSP: true})
	v.open("/")
	a.take(v, "landing")
	caller := required().with("lastName", "Gonzalez", "email", "maria.gonzalez79@gmail.com", "address1", "4120 Bluebonnet Ln", "zipCode", "78745", "estimatedDebt", "15000")
	v.walk(caller)
	a.take(v, "check")
	v.fill(caller.only(consentBoxes...))
	v.press()
	v.sees(wordsQualified)
	a.take(v, "status")
}

// desk goes from the sign-in to the page of the first lead.
func (a *album) desk(p *program) {
	v := p.visitedBy(a.t, pictured)
	v.open("/sign-in")
	a.take(v, "sign-in")
	must(a.t, v.Locator("#begin").Click())
	v.sees("Choose who you are")
	a.take(v, "sign-in-development")
	v.signsIn("/desk", "Dana")
	v.sees("No leads yet")
	a.take(v, "desk")
	v.typesCaller()
	must(a.t, v.Locator("#callId").Fill("C-1"))
	press := func(keys ...string) {
		for _, key := range keys {
			must(a.t, v.Keyboard().Press(key))
		}
	}
	press("Tab", "Space", "Tab")
	a.take(v, "desk-script")
	press("Space", "Tab", "Space", "Control+Enter")
	await(a.t, "panel and list have come to rest, and the focus is on how the call ended", func() bool {
		return ask[bool](v, `[...document.querySelectorAll('#result .state, #recent .tone')].map(e => e.textContent).join() === 'Qualified, lead handed over,Qualified, lead handed over' &&
			document.activeElement.id === 'disposition-1'`)
	})
	a.take(v, "desk-result")
	must(a.t, v.Locator("#disposition-1").Focus())
	must(a.t, v.Keyboard().Press("1"))
	v.sees("Saved: Transferred.")
	v.open("/desk/leads/" + ask[string](v, `document.querySelector('#result').dataset.lead`))
	a.take(v, "lead")
}

// team adds leads of two agents, and looks at them as their supervisor does.
func (a *album) team(p *program) {
	callers := []struct{ agent, email, ends string }{
		{"Dana", "assumed+1018@assumed.example", "4"}, {"Dana", "ana@example.com", "1"}, {"Dana", "assumed+1003@assumed.example", "4"},
		{"Lee", "luis@example.com", "1"}, {"Lee", "assumed+1018@assumed.example", "3"}, {"Lee", "rosa@example.com", "6"},
	}
	for i, c := range callers {
		v := p.visitedBy(a.t, pictured)
		v.signsIn("/desk", c.agent)
		v.sendsFromPage(referenceCaller.with("email", c.email, "homePhone", fmt.Sprintf("51255501%02d", 50+i)))
		await(a.t, "there is a result", func() bool { return ask[bool](v, `document.querySelector('#result[data-settled]') !== null`) })
		must(a.t, v.Locator("#disposition-"+c.ends).Focus())
		must(a.t, v.Keyboard().Press(c.ends))
		v.sees("Saved: ")
	}
	awaitDelivered(a.t, p.twin, 1+strings.Count(fmt.Sprint(callers), "@example.com"))
	v := p.visitedBy(a.t, pictured)
	v.signsIn("/desk", "Sam")
	v.open("/desk/team")
	a.take(v, "team")
}
