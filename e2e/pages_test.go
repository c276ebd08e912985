package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	pw "github.com/mxschmitt/playwright-go"
)

// state is a page in one of the states that people see.
type state struct {
	name   string
	status int
	show   func(v *visit)
	html   func() string
}

// gallery is two programs, of which one never gets an answer from Alleviate, and every state.
type gallery struct {
	quick, slow *program
	states      []state
}

func openGallery(t *testing.T) gallery {
	t.Helper()
	g := gallery{quick: serve(t), slow: serve(t, "SIMULATOR_LATENCY=10m")}
	working := g.slow.accepted(required())
	qualified := g.quick.accepted(required())
	awaitDelivered(t, g.quick.twin, 1)
	wrong := required().with("firstName", "", "email", "maria", "zipCode", "7870", "dateOfBirth-day", "32", "socialSecurityNumber", "1", "monthlyRent", "much").without("consentCredit")
	taken := func() string {
		key := g.quick.newKey()
		g.quick.post(key, required())
		return key
	}
	g.states = []state{
		{"form", 200, func(v *visit) { v.open("/apply") }, func() string { return g.quick.get("/apply").body }},
		{"form unfolded", 200, func(v *visit) { v.open("/apply"); v.unfoldAll() }, nil},
		{"form with errors", 422, func(v *visit) { v.open("/apply"); v.unfoldAll(); v.fill(wrong); v.press() },
			func() string { return g.quick.send(wrong).body }},
		{"changed after sending", 409, func(v *visit) {
			v.open("/apply")
			g.quick.post(ask[string](v, `document.querySelector('[name=submissionKey]').value`), required())
			v.fill(required().with("city", "Dallas"))
			v.press()
		}, func() string { return g.quick.post(taken(), required().with("city", "Dallas")).body }},
		{"qualified", 200, func(v *visit) { v.open(qualified) }, func() string { return g.quick.get(qualified).body }},
		{"not found", 404, func(v *visit) { v.open("/nowhere") }, func() string { return g.quick.get("/nowhere").body }},
		{"working", 200, func(v *visit) { v.program = g.slow; v.open(working) }, func() string { return g.slow.get(working).body }},
	}
	return g
}

func (v *visit) unfoldAll() {
	v.t.Helper()
	summaries, err := v.Locator("details:not([open]) > summary").All()
	must(v.t, err)
	for range summaries {
		must(v.t, v.Locator("details:not([open]) > summary").First().Click())
	}
}

// shows opens the state and makes sure that it is the one.
func (v *visit) shows(s state) {
	v.t.Helper()
	v.expect(409, 422, 404)
	s.show(v)
	if got := ask[int](v, `performance.getEntriesByType('navigation')[0].responseStatus`); got != s.status {
		v.t.Fatalf("%s was answered %d, want %d", s.name, got, s.status)
	}
}

// tags are the rules of WCAG 2.2 AA that axe knows.
const runAxe = `async () => {
	const result = await axe.run({runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}});
	return JSON.stringify(result.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120) + ' ' + n.failureSummary).join(' | ')));
}`

// violations is what axe finds on the page as it is.
func (v *visit) violations() []string {
	v.t.Helper()
	if !ask[bool](v, `'axe' in window`) {
		_, err := v.AddScriptTag(pw.PageAddScriptTagOptions{Path: pw.String(nodeModule(v.t, "axe-core/axe.min.js"))})
		must(v.t, err)
	}
	var found []string
	must(v.t, json.Unmarshal([]byte(ask[string](v, runAxe)), &found))
	return found
}

func TestPages_AreAccessibleAtBothWidthsInBothColours(t *testing.T) {
	g := openGallery(t)
	v := g.quick.visitedBy(t, person{width: 360, height: 640, bypassCSP: true})
	for _, s := range g.states {
		v.shows(s)
		for _, who := range []person{onPhone, onLaptop, {width: 360, height: 640, dark: true}, {width: 1280, height: 800, dark: true}} {
			v.becomes(who)
			for _, violation := range v.violations() {
				t.Errorf("%s at %s: %s", s.name, who, violation)
			}
		}
	}
}

// becomes changes how the page is looked at.
func (v *visit) becomes(who person) {
	v.t.Helper()
	colours := pw.ColorSchemeLight
	if who.dark {
		colours = pw.ColorSchemeDark
	}
	must(v.t, v.SetViewportSize(who.width, who.height))
	must(v.t, v.EmulateMedia(pw.PageEmulateMediaOptions{ColorScheme: colours}))
}

// measure lists what is too small on a page: targets below 44 px, text in boxes below 16 px.
const measure = `() => {
	const small = [], seen = e => e.checkVisibility() && e.type !== 'hidden';
	for (const e of document.querySelectorAll('button, a, input, select, summary')) {
		if (!seen(e)) continue;
		const target = ['checkbox', 'radio'].includes(e.type) ? e.closest('label') : e;
		const height = target.getBoundingClientRect().height;
		if (height < 44 && !e.classList.contains('skip')) small.push(e.outerHTML.slice(0, 90) + ' is ' + height + ' px high');
	}
	for (const e of document.querySelectorAll('input, select')) {
		const size = parseFloat(getComputedStyle(e).fontSize);
		if (seen(e) && !['checkbox', 'radio'].includes(e.type) && size < 16) small.push(e.name + ' has text of ' + size + ' px');
	}
	return JSON.stringify(small);
}`

func TestPages_FitAPhoneAndAFinger(t *testing.T) {
	g := openGallery(t)
	v := g.quick.visitedBy(t, person{width: 320, height: 640})
	for _, s := range g.states {
		v.shows(s)
		for _, width := range []int{320, 360, 1280} {
			must(t, v.SetViewportSize(width, 640))
			if over := ask[int](v, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s at %d px scrolls %d px sideways", s.name, width, over)
			}
			var small []string
			must(t, json.Unmarshal([]byte(ask[string](v, measure)), &small))
			for _, what := range small {
				t.Errorf("%s at %d px: %s", s.name, width, what)
			}
		}
	}
}

// complaints is what the HTML checker calls an error in files.
func complaints(t *testing.T, files ...string) []string {
	t.Helper()
	args := append([]string{"-jar", nodeModule(t, "vnu-jar/build/dist/vnu.jar"), "--stdout", "--exit-zero-always", "--format", "json"}, files...)
	out, err := exec.Command(tool(t, "java"), args...).Output()
	must(t, err)
	var report struct {
		Messages []struct {
			Type, SubType, URL, Message, Extract string
		}
	}
	must(t, json.Unmarshal(out, &report))
	var found []string
	for _, m := range report.Messages {
		if m.Type != "info" || m.SubType == "warning" {
			found = append(found, fmt.Sprintf("%s: %s: %s %q", filepath.Base(m.URL), m.Type, m.Message, m.Extract))
		}
	}
	return found
}

func TestPages_AreValidHTML(t *testing.T) {
	t.Parallel()
	dir, files := t.TempDir(), []string(nil)
	for _, s := range openGallery(t).states {
		if s.html == nil {
			continue
		}
		file := filepath.Join(dir, strings.ReplaceAll(s.name, " ", "-")+".html")
		must(t, os.WriteFile(file, []byte(s.html()), 0o600))
		files = append(files, file)
	}
	for _, complaint := range complaints(t, files...) {
		t.Error(complaint)
	}
}

// The checkers are believed because each finds what is planted.
func TestPages_TheCheckersFindAPlantedFault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "planted.html")
	must(t, os.WriteFile(file, []byte(`<!doctype html><html lang="en"><title>x</title><p id="a">a<p id="a">b<table><p>`), 0o600))
	if len(complaints(t, file)) == 0 {
		t.Error("the HTML checker takes an id twice")
	}
	p := serve(t)
	v := p.visitedBy(t, person{width: 360, height: 640, bypassCSP: true})
	v.open("/apply")
	_, err := v.Evaluate(`document.querySelector('label[for=city]').remove()`)
	must(t, err)
	if found := v.violations(); len(found) == 0 {
		t.Error("axe takes a box without a label")
	}
	_, err = v.Evaluate(`document.querySelector('#city').style.height = document.querySelector('#city').style.minHeight = '20px'`)
	must(t, err)
	if ask[string](v, measure) == "[]" {
		t.Error("a box of 20 px is taken for large enough")
	}
}

// A visit is believed to notice what goes wrong in the page because it notices this.
func TestPages_AVisitNoticesErrorsViolationsAndForeignRequests(t *testing.T) {
	p := serve(t)
	watcher := p.visitedBy(t, onPhone)
	watcher.open("/apply")
	for _, act := range []string{
		`console.error('planted')`,
		`setTimeout(() => { throw new Error('thrown') })`,
		`document.body.insertAdjacentHTML('beforeend', '<p style="color: red">x</p><img src="http://127.0.0.1:1/x.png">')`,
	} {
		_, err := watcher.Evaluate(act)
		must(t, err)
	}
	for _, want := range []string{"planted", "thrown", "securitypolicyviolation style-src", "securitypolicyviolation img-src"} {
		await(t, "the visit notices "+want, func() bool { return strings.Contains(strings.Join(watcher.noted(), "\n"), want) })
	}
	watcher.forget()
}

func (v *visit) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = nil
}
