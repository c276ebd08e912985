package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The consumer's path in the two engines that the other tests do not use, at an address such as
// "make run" has, with the limits and the checks for machines on.

func TestEngines_FirefoxWalksFromTheFirstPageToTheResult(t *testing.T) {
	t.Parallel()
	walkIn(t, startFirefox(t))
}

func TestEngines_WebKitWalksFromTheFirstPageToTheResult(t *testing.T) {
	t.Parallel()
	walkIn(t, startWebKit(t))
}

func startFirefox(t *testing.T) driver {
	t.Helper()
	address, profile := freeAddr(t), t.TempDir()
	_, port, _ := strings.Cut(address, ":")
	must(t, os.WriteFile(filepath.Join(profile, "user.js"), []byte(`user_pref("marionette.port", `+port+");\n"), 0o600))
	p := newProcess(t, []string{"--headless", "--marionette", "--no-remote", "--profile", profile}, "HOME="+t.TempDir())
	p.command = []string{tool(t, "firefox-esr")}
	p.start()
	d := newMarionette(t, address)
	t.Cleanup(func() {
		if err := d.quit(); err != nil {
			t.Errorf("Firefox does not end: %v", err)
			return
		}
		<-p.ended
	})
	return d
}

func startWebKit(t *testing.T) driver {
	t.Helper()
	address := freeAddr(t)
	_, port, _ := strings.Cut(address, ":")
	p := newProcess(t, []string{"--port=" + port}, "DISPLAY="+startXvfb(t), "HOME="+t.TempDir(), "NO_AT_BRIDGE=1")
	p.command = []string{tool(t, "WebKitWebDriver")} // it knows the browser that it is installed with
	p.start()
	p.awaitReady("http://" + address + "/status")
	d := newSession(t, "http://"+address)
	t.Cleanup(func() {
		if err := d.quit(); err != nil {
			t.Errorf("WebKit does not end: %v", err)
		}
	})
	return d
}

// startXvfb starts a screen that nobody sees and returns its name. WebKit has no headless way.
func startXvfb(t *testing.T) string {
	t.Helper()
	p := newProcess(t, []string{"-displayfd", "1", "-nolisten", "tcp"})
	p.command = []string{tool(t, "Xvfb")}
	p.start()
	await(t, "Xvfb tells its display", func() bool {
		if !p.runs() {
			t.Fatalf("Xvfb ended:\n%s", p.out.String())
		}
		return strings.HasSuffix(p.out.String(), "\n")
	})
	return ":" + strings.TrimSpace(p.out.String())
}

// walkIn goes from the first page to the result, with keys and clicks.
func walkIn(t *testing.T, d driver) {
	t.Helper()
	p := serve(t, "INTAKE_RATE_LIMIT=on", "INTAKE_BOT_CHECKS=on")
	p.visited.Store(true)
	b := browser{t, d}
	t.Cleanup(b.tellPage)
	b.do(navigate, "", map[string]any{"url": p.url})
	b.at("/")
	opened := time.Now()
	for i, step := range steps {
		for _, box := range step.boxes {
			text, answered := required()[box]
			switch {
			case !answered:
			case box == "city", box == "state":
				b.await(box+" is filled in by the ZIP code", fmt.Sprintf(`document.forms.answers.%s.value === %q`, box, text))
			case box == "dateOfBirth-month":
				b.click(named(box) + ` option[value="` + text + `"]`)
			default:
				b.do(sendKeys, b.find(named(box)), map[string]any{"text": text})
			}
		}
		b.click("#answers .acts button:not([name])")
		b.at(after(i))
	}
	p.windows.Store(b.text("`${innerWidth}x${innerHeight}`"), true)
	b.click(named("consentCredit"))
	b.click(named("consentTerms"))
	await(t, "a person could have done this", func() bool { return time.Since(opened) > 3*time.Second })
	b.click("#answers .acts button:not([name])")
	b.await("the result is on the status page", fmt.Sprintf(`location.pathname.startsWith("/status/") && document.querySelector("main").innerText.includes(%q)`, wordsQualified))
	checkOneLead(t, p)
}

func named(box string) string { return `#answers [name="` + box + `"]` }

// browser is one tab that a driver leads.
type browser struct {
	t testing.TB
	d driver
}

func (b browser) do(c wireCommand, element string, params map[string]any) json.RawMessage {
	b.t.Helper()
	value, err := b.d.do(c, element, params)
	must(b.t, err)
	return value
}

func (b browser) find(selector string) (element string) {
	b.t.Helper()
	var found map[string]string
	must(b.t, json.Unmarshal(b.do(findElement, "", map[string]any{"using": "css selector", "value": selector}), &found))
	return found[elementKey]
}

func (b browser) click(selector string) {
	b.t.Helper()
	b.do(clickElement, b.find(selector), map[string]any{})
}

// text is what an expression is in the page.
func (b browser) text(expression string) (text string) {
	b.t.Helper()
	must(b.t, json.Unmarshal(b.do(executeScript, "", script(expression)), &text))
	return text
}

func script(expression string) map[string]any {
	return map[string]any{"script": "return " + expression, "args": []any{}}
}

// at waits until the page with the path is there, whole.
func (b browser) at(path string) {
	b.t.Helper()
	b.await("the browser is at "+path, fmt.Sprintf(`location.pathname === %q && document.readyState === "complete"`, path))
}

// await waits until a condition holds in the page.
func (b browser) await(what, condition string) {
	b.t.Helper()
	await(b.t, what, func() bool {
		value, err := b.d.do(executeScript, "", script(condition)) // fails while the page is replaced
		return err == nil && string(value) == "true"
	})
}

// tellPage says where a failed test has ended.
func (b browser) tellPage() {
	if b.t.Failed() {
		b.t.Logf("the browser is at %s, which says:\n%s", b.text("location.href"), b.text("document.body.innerText"))
	}
}
