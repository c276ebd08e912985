package e2e

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	pw "github.com/mxschmitt/playwright-go"
)

// chromium is the browsers of the run, one for each family of fonts, opened by the first test that needs it.
var chromium struct {
	mu       sync.Mutex
	driver   *pw.Playwright
	browsers map[fonts]pw.Browser
}

func openBrowser(t testing.TB, f fonts) pw.Browser {
	t.Helper()
	chromium.mu.Lock()
	defer chromium.mu.Unlock()
	if browser, open := chromium.browsers[f]; open {
		return browser
	}
	path, configuration := tool(t, "chromium-headless-shell"), f.configure(t)
	if chromium.driver == nil {
		chromium.driver, chromium.browsers = startDriver(t), map[fonts]pw.Browser{}
	}
	browser, err := chromium.driver.Chromium.Launch(pw.BrowserTypeLaunchOptions{
		ExecutablePath: pw.String(path), Headless: pw.Bool(true),
		ChromiumSandbox: pw.Bool(false), // it cannot be had as root in a container; we visit our own pages only
		Args: []string{"--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync"},
		Env: map[string]string{"FONTCONFIG_FILE": configuration, "HOME": os.Getenv("HOME"), "PATH": os.Getenv("PATH")},
	})
	if err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	chromium.browsers[f] = browser
	return browser
}

func startDriver(t testing.TB) *pw.Playwright {
	t.Helper()
	must(t, os.Setenv("PLAYWRIGHT_CLI_PATH", nodeModule(t, "playwright-core/cli.js")))
	must(t, os.Setenv("PLAYWRIGHT_NODEJS_PATH", tool(t, "node")))
	driver, err := pw.Run(&pw.RunOptions{DriverDirectory: filepath.Dir(binary), SkipInstallBrowsers: true})
	if err != nil {
		t.Fatalf("the browser's driver does not start: %v", err)
	}
	return driver
}

func closeBrowsers() {
	for _, browser := range chromium.browsers {
		_ = browser.Close() // the run is over
	}
	if chromium.driver != nil {
		_ = chromium.driver.Stop()
	}
}

// person is how somebody looks at our pages.
type person struct {
	width, height int
	noScript      bool
	dark          bool
	forced        bool // the colors are those of the system, as in a high-contrast theme
	dejaVu        bool // letters are wider than a phone's
	bypassCSP     bool // only to put a checker or a style into the page
}

var (
	onPhone  = person{width: 360, height: 640}
	onLaptop = person{width: 1280, height: 800}

	onPhoneInDejaVu = person{width: 360, height: 640, dejaVu: true}
)

func (p person) fonts() fonts {
	if p.dejaVu {
		return dejaVu
	}
	return liberation
}

func (p person) String() string {
	name := fmt.Sprintf("%d×%d", p.width, p.height)
	if p.noScript {
		name += " without JavaScript"
	}
	if p.dark {
		name += " dark"
	}
	if p.forced {
		name += " in forced colors"
	}
	if p.dejaVu {
		name += " in DejaVu"
	}
	return name
}

// visit is one tab of a browser that knows nothing from before. Whatever goes wrong in the page,
// and every request that leaves the program's address, fails the test at its end.
type visit struct {
	pw.Page
	t       testing.TB
	program *program
	who     person
	prefix  string // "/es" in Spanish

	mu       sync.Mutex
	problems []string
	posts    int
	expected []int    // statuses from 400 on that the test asks for
	allowed  []string // in lines of the console, and hosts
}

// tellViolations makes a violation of the content policy as loud as an error.
const tellViolations = `document.addEventListener('securitypolicyviolation',
	e => console.error('securitypolicyviolation ' + e.violatedDirective + ' ' + e.blockedURI))`

func (p *program) visitedBy(t testing.TB, who person) *visit {
	t.Helper()
	p.visited.Store(true)
	p.windows.Store(who.viewport(), true)
	colors := pw.ColorSchemeLight
	if who.dark {
		colors = pw.ColorSchemeDark
	}
	context, err := openBrowser(t, who.fonts()).NewContext(pw.BrowserNewContextOptions{
		Viewport:          &pw.Size{Width: who.width, Height: who.height},
		JavaScriptEnabled: pw.Bool(!who.noScript),
		BypassCSP:         pw.Bool(who.bypassCSP),
		ColorScheme:       colors,
		ReducedMotion:     pw.ReducedMotionReduce,
		Locale:            pw.String("en-US"),
		TimezoneId:        pw.String("America/Chicago"),
	})
	must(t, err)
	page, err := context.NewPage()
	must(t, err)
	v := &visit{Page: page, t: t, program: p, who: who}
	must(t, page.AddInitScript(pw.Script{Content: pw.String(tellViolations)}))
	v.watch()
	t.Cleanup(func() {
		v.finish()
		_ = context.Close() // nothing is left to lose in it
	})
	return v
}

func (v *visit) watch() {
	v.OnConsole(func(m pw.ConsoleMessage) {
		if m.Type() == "error" && !v.expects(m.Text()) {
			v.note("console: " + m.Text())
		}
	})
	v.OnPageError(func(err error) { v.note("script: " + err.Error()) })
	v.OnRequest(func(r pw.Request) {
		if u, err := url.Parse(r.URL()); err != nil || ("http://"+u.Host != v.program.url && !v.expects(u.Host)) {
			v.note("request to another host: " + r.URL())
		}
		if r.Method() == "POST" {
			v.mu.Lock()
			v.posts++
			v.mu.Unlock()
		}
	})
}

var failedToLoad = regexp.MustCompile(`^Failed to load resource: the server responded with a status of (\d+) `)

// expects says whether the line is the browser's own about a status that the test asked for, or allowed.
func (v *visit) expects(line string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if slices.ContainsFunc(v.allowed, func(words string) bool { return strings.Contains(line, words) }) {
		return true
	}
	m := failedToLoad.FindStringSubmatch(line)
	return m != nil && slices.ContainsFunc(v.expected, func(status int) bool { return fmt.Sprint(status) == m[1] })
}

func (v *visit) note(what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, what)
}

// noted is what went wrong so far.
func (v *visit) noted() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.problems)
}

func (v *visit) expect(statuses ...int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expected = append(v.expected, statuses...)
}

// allow lets lines of the console with these words pass, and requests to a host of that name.
func (v *visit) allow(words ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.allowed = append(v.allowed, words...)
}

func (v *visit) postCount() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.posts
}

func (v *visit) finish() {
	for _, problem := range v.noted() {
		v.t.Errorf("%s", problem)
	}
	if !v.t.Failed() {
		return
	}
	name := regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(v.t.Name(), "-") + ".png"
	path := filepath.Join("artefacts", name)
	if _, err := v.Screenshot(pw.PageScreenshotOptions{Path: pw.String(path), FullPage: pw.Bool(true)}); err == nil {
		v.t.Logf("the page as it was is in e2e/%s", path)
	}
}

// must stops the test at an error of the browser.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (v *visit) open(path string) {
	v.t.Helper()
	_, err := v.Goto(v.program.url + path)
	must(v.t, err)
}

// fill types into the boxes of the page what the answers have for them, as its kinds of boxes want it. What is folded is
// opened first.
func (v *visit) fill(a answers) {
	v.t.Helper()
	_, err := v.Evaluate(`document.querySelectorAll('#answers details').forEach(e => { e.open = true; })`)
	must(v.t, err)
	kinds := ask[map[string]any](v, `Object.fromEntries([...document.querySelectorAll('form [name]')].map(e => [e.name, e.type]))`)
	for box, text := range a {
		at := v.Locator(`[name="` + box + `"]`)
		switch kinds[box] {
		case nil: // it is on another page
		case "checkbox":
			must(v.t, at.Check())
		case "radio":
			must(v.t, v.Locator(`[name="`+box+`"][value="`+text+`"]`).Check())
		case "select-one":
			_, err := at.SelectOption(pw.SelectOptionValues{Values: &[]string{text}})
			must(v.t, err)
		default:
			must(v.t, at.Fill(text))
		}
	}
}

// button is the one that leads on: Start, Continue, or Accept and send.
func (v *visit) button() pw.Locator { return v.Locator(`#answers .acts button:not([name])`) }

func (v *visit) press() {
	v.t.Helper()
	must(v.t, v.button().Click())
}

// pressAnyway presses the button as a browser does that does not know what a required box is.
func (v *visit) pressAnyway() {
	v.t.Helper()
	_, err := v.Evaluate(`document.querySelector('#answers').noValidate = true`)
	must(v.t, err)
	v.press()
}

// walk goes from the first page to the check page with the answers.
func (v *visit) walk(a answers) {
	v.t.Helper()
	v.open(v.prefix + "/")
	for i, step := range steps {
		v.fill(a.only(step.boxes...))
		v.press()
		v.at(after(i))
	}
}

// after is the page behind a step of somebody who answers one after the other.
func after(i int) string {
	if i+1 < len(steps) {
		return steps[i+1].path
	}
	return checkPath
}

// apply goes all the way with the answers.
func (v *visit) apply(a answers) {
	v.t.Helper()
	v.walk(a)
	v.fill(a.only(consentBoxes...))
	v.press()
}

// at waits until the browser is at the path, which has no language in front.
func (v *visit) at(path string) {
	v.t.Helper()
	v.arrives(path, func(url string) bool { return url == v.program.url+v.prefix+path })
}

// atStatus waits until the browser is at a status page.
func (v *visit) atStatus() {
	v.t.Helper()
	v.arrives("/status/", func(url string) bool { return strings.HasPrefix(url, v.program.url+v.prefix+"/status/") })
}

// arrives looks until the page is there, whole. The driver's own WaitForURL once missed the one event that
// it waits for, with the page on the screen.
func (v *visit) arrives(where string, there func(url string) bool) {
	v.t.Helper()
	await(v.t, "the browser is at "+where, func() bool {
		if !there(v.URL()) {
			return false
		}
		state, err := v.Evaluate("document.readyState") // fails while the page is replaced
		return err == nil && state == "complete"
	})
}

// sees waits until the words are on the page.
func (v *visit) sees(words string) {
	v.t.Helper()
	visible := v.Locator("main").GetByText(words).First()
	if err := visible.WaitFor(pw.LocatorWaitForOptions{Timeout: pw.Float(patience.Seconds() * 1000)}); err != nil {
		text, _ := v.Locator("main").InnerText()
		v.t.Fatalf("the page does not say %q; it says:\n%s", words, text)
	}
}

// path is the address of the page without the host.
func (v *visit) path() string { return strings.TrimPrefix(v.URL(), v.program.url) }

// ask evaluates an expression in the page.
func ask[T any](v *visit, expression string) T {
	v.t.Helper()
	value, err := v.Evaluate(expression)
	must(v.t, err)
	answer, ok := value.(T)
	if !ok {
		v.t.Fatalf("the page answers %v (%T) to %s", value, value, expression)
	}
	return answer
}
