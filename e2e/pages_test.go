package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pw "github.com/mxschmitt/playwright-go"
)

// state is a page in one of the states that people see, as it was sent.
type state struct {
	name string
	response
}

// everyState is every page in every state, in both languages.
func everyState(t *testing.T, p *program) []state {
	t.Helper()
	all := tour(t, p)
	for name, v := range map[string]*visitor{"": p.visitor(), " in Spanish": p.visitor().inSpanish()} {
		maps.Copy(all, v.rareStates(t, name))
	}
	quick := serve(t)
	receipt := quick.accepted(everything())
	awaitDelivered(t, quick.twin, 1)
	for name, path := range map[string]string{"qualified": receipt, "qualified in Spanish": "/es" + receipt} {
		await(t, "the page is final", func() bool {
			all[name] = quick.get(path)
			return strings.Contains(all[name].body, `data-state="qualified"`)
		})
	}
	var states []state
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(all[name].header.Get("Content-Type"), "text/html") && all[name].body != "" {
			states = append(states, state{name, all[name]})
		}
	}
	return states
}

// rareStates are those on nobody's straight way.
func (v *visitor) rareStates(t *testing.T, name string) map[string]response {
	t.Helper()
	seen := map[string]response{}
	v.header.Set("Sec-GPC", "1")
	seen["not followed"+name] = v.get("/")
	v.header.Del("Sec-GPC")
	stranger := v.tab()
	seen["draft gone"+name] = stranger.post(checkPath, answers{})
	stranger.post("/apply/home", everything().only(steps[stepHome].boxes...))
	seen["begun anew"+name] = stranger.get("/")
	v.walk(everything().with("state", "CA", "email", "maria@gmial.com", "monthlyIncome", "200000"))
	seen["doubts"+name] = v.get(checkPath)
	seen["number kept"+name] = v.get("/apply/income")
	v.post("/apply/income", answers{})
	seen["left blank"+name] = v.get(checkPath)
	v.post("/apply/later", answers{"later": "yes"})
	link := v.get("/apply/later").link(t)
	seen["link ended"+name] = v.get(link + "A")
	v.finish(v.look(), everything())
	seen["link of a sent request"+name] = v.get(link)
	v.post("/apply/clear", answers{"clear": "yes"})
	seen["cleared"+name] = v.program.visitor().get(v.prefix + "/?cleared")
	return seen
}

// shows opens the state in the browser, as it was sent.
func (v *visit) shows(s state) {
	v.t.Helper()
	v.expect(s.status)
	url := v.program.url + "/as-it-was-sent"
	headers := map[string]string{}
	for name := range s.header {
		headers[name] = s.header.Get(name)
	}
	delete(headers, "Content-Encoding")
	delete(headers, "Content-Length")
	must(v.t, v.Route(url, func(r pw.Route) {
		if err := r.Fulfill(pw.RouteFulfillOptions{Status: pw.Int(s.status), Headers: headers, Body: s.body}); err != nil {
			v.note("the page is not shown: " + err.Error())
		}
	}))
	_, err := v.Goto(url)
	must(v.t, err)
	must(v.t, v.Unroute(url))
}

// allRules are those of WCAG 2.2 AA that axe knows; the colors of the dark scheme are what differs in it.
const (
	allRules = `{type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}`
	contrast = `{type: 'rule', values: ['color-contrast']}`
)

const runAxe = `async () => {
	const result = await axe.run({runOnly: %s});
	return JSON.stringify(result.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120) + ' ' + n.failureSummary).join(' | ')));
}`

// violations is what axe finds by the rules on the page as it is.
func (v *visit) violations(rules string) []string {
	v.t.Helper()
	if !ask[bool](v, `'axe' in window`) {
		_, err := v.AddScriptTag(pw.PageAddScriptTagOptions{Path: pw.String(nodeModule(v.t, "axe-core/axe.min.js"))})
		must(v.t, err)
	}
	var found []string
	must(v.t, json.Unmarshal([]byte(ask[string](v, fmt.Sprintf(runAxe, rules))), &found))
	return found
}

func TestPages_AreAccessibleFitAPhoneAndAFingerAndAreValidHTML(t *testing.T) {
	t.Parallel()
	p, _ := apart(t)
	p.start() // without a simulator a status page stays as it is
	states := everyState(t, p)
	t.Logf("%d pages", len(states))
	t.Run("accessible", func(t *testing.T) { t.Parallel(); p.areAccessible(t, states) })
	t.Run("large enough", func(t *testing.T) { t.Parallel(); p.fit(t, states) })
	t.Run("readable in large letters", func(t *testing.T) { t.Parallel(); p.fitLargeLetters(t, states) })
	t.Run("valid HTML", func(t *testing.T) { t.Parallel(); areValid(t, states) })
}

func (p *program) areAccessible(t *testing.T, states []state) {
	v := p.visitedBy(t, person{width: 360, height: 640, bypassCSP: true})
	for _, s := range states {
		v.shows(s)
		for _, look := range []struct {
			who   person
			rules string
		}{{onPhone, allRules}, {person{width: 360, height: 640, dark: true}, contrast}, {onLaptop, allRules}} {
			v.becomes(look.who)
			for _, violation := range v.violations(look.rules) {
				t.Errorf("%s at %s: %s", s.name, look.who, violation)
			}
		}
	}
}

// becomes changes how the page is looked at.
func (v *visit) becomes(who person) {
	v.t.Helper()
	colors, forced := pw.ColorSchemeLight, pw.ForcedColorsNone
	if who.dark {
		colors = pw.ColorSchemeDark
	}
	if who.forced {
		forced = pw.ForcedColorsActive
	}
	must(v.t, v.SetViewportSize(who.width, who.height))
	must(v.t, v.EmulateMedia(pw.PageEmulateMediaOptions{ColorScheme: colors, ForcedColors: forced}))
}

// measure lists what is too small on a page: targets below 44 px, text in boxes below 16 px.
const measure = `() => {
	const small = [], seen = e => e.checkVisibility() && e.type !== 'hidden' && !e.matches('.unseen, .skip');
	for (const e of document.querySelectorAll('button, a, input, select, summary')) {
		if (!seen(e)) continue;
		const target = ['checkbox', 'radio'].includes(e.type) ? e.closest('label') : e;
		const {width, height} = target.getBoundingClientRect();
		if (height < 44 || width < 44) small.push(e.outerHTML.slice(0, 90) + ' is ' + width + ' by ' + height + ' px');
	}
	for (const e of document.querySelectorAll('input, select')) {
		const size = parseFloat(getComputedStyle(e).fontSize);
		if (seen(e) && !['checkbox', 'radio'].includes(e.type) && size < 16) small.push(e.name + ' has text of ' + size + ' px');
	}
	for (const e of document.querySelectorAll('main p, main dd, main label')) {
		const size = parseFloat(getComputedStyle(e).fontSize);
		if (size < 16) small.push(e.textContent.slice(0, 40) + ' has text of ' + size + ' px');
	}
	return JSON.stringify(small);
}`

func (p *program) fit(t *testing.T, states []state) {
	for _, who := range []person{{width: 320, height: 640}, {width: 320, height: 640, dejaVu: true}} {
		p.fitsFor(t, who, states)
	}
}

func (p *program) fitsFor(t *testing.T, who person, states []state) {
	v := p.visitedBy(t, who)
	for _, s := range states {
		v.shows(s)
		for _, width := range []int{320, 360, 1280} {
			must(t, v.SetViewportSize(width, 640))
			if over := ask[int](v, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s at %d px (%s) scrolls %d px sideways", s.name, width, who.fonts().family, over)
			}
			var small []string
			must(t, json.Unmarshal([]byte(ask[string](v, measure)), &small))
			for _, what := range small {
				t.Errorf("%s at %d px (%s): %s", s.name, width, who.fonts().family, what)
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

func areValid(t *testing.T, states []state) {
	dir, files := t.TempDir(), []string(nil)
	for _, s := range states {
		file := filepath.Join(dir, strings.Map(func(r rune) rune {
			if r == '/' || r == ' ' {
				return '-'
			}
			return r
		}, s.name)+".html")
		must(t, os.WriteFile(file, []byte(s.body), 0o600))
		files = append(files, file)
	}
	for _, complaint := range complaints(t, files...) {
		t.Error(complaint)
	}
}

// The checkers are believed because each finds what is planted.
func TestPages_TheCheckersFindAPlantedFault(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "planted.html")
	must(t, os.WriteFile(file, []byte(`<!doctype html><html lang="en"><title>x</title><p id="a">a<p id="a">b<table><p>`), 0o600))
	if len(complaints(t, file)) == 0 {
		t.Error("the HTML checker takes an id twice")
	}
	p := serve(t)
	v := p.visitedBy(t, person{width: 360, height: 640, bypassCSP: true})
	v.open("/")
	_, err := v.Evaluate(`document.querySelector('label[for=estimatedDebt]').remove()`)
	must(t, err)
	if found := v.violations(allRules); len(found) == 0 {
		t.Error("axe takes a box without a label")
	}
	v.becomes(person{width: 360, height: 640, dark: true})
	if found := v.violations(contrast); len(found) != 0 {
		t.Errorf("before a color is planted: %v", found)
	}
	_, err = v.Evaluate(`document.querySelector('footer p').style.color = '#333'`)
	must(t, err)
	if found := v.violations(contrast); len(found) == 0 {
		t.Error("axe takes dark gray on a dark page")
	}
	_, err = v.Evaluate(`document.querySelector('#estimatedDebt').style.height = document.querySelector('#estimatedDebt').style.minHeight = '20px'`)
	must(t, err)
	if ask[string](v, measure) == "[]" {
		t.Error("a box of 20 px is taken for large enough")
	}
}

// A visit is believed to notice what goes wrong in the page because it notices this.
func TestPages_AVisitNoticesErrorsViolationsAndForeignRequests(t *testing.T) {
	p := serve(t)
	watcher := p.visitedBy(t, onPhone)
	watcher.open("/")
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
