package views

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/views/apply"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// render draws a page as it is sent.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var out bytes.Buffer
	for _, part := range parts(t, c) {
		out.Write(part.Bytes)
	}
	return out.String()
}

// parts is a page cut at its marks; most pages have none.
func parts(t *testing.T, c templ.Component) []consent.Part {
	t.Helper()
	var drawn bytes.Buffer
	if err := c.Render(context.Background(), &drawn); err != nil {
		t.Fatal(err)
	}
	cut, err := consent.Cut(drawn.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return cut
}

// every is the storybook in both languages, by file.
func every(t *testing.T) map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, language := range []string{"en", "es"} {
		for name, c := range storybook(t, language) {
			all[name+"-"+language+".html"] = c
		}
	}
	return all
}

// assets are addressed by their hash; in the golden pages by their file.
var assets = regexp.MustCompile(`/static/(\w+)\.[0-9a-f]{16}\.(\w+)`)

func TestPages_AreAsTheGoldenOnes(t *testing.T) {
	for name, c := range every(t) {
		path := filepath.Join("testdata", name)
		got := assets.ReplaceAllString(render(t, c), `static/$1.$2`)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (go test ./views -update writes it)", err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (go test ./views -update, when this is meant):\n%s", name, diff)
		}
	}
}

func TestPages_HaveNoGoldenThatNobodyDraws(t *testing.T) {
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		t.Fatal(err)
	}
	all := every(t)
	for _, file := range files {
		if all[filepath.Base(file)] == nil {
			t.Errorf("%s is the picture of no page", file)
		}
	}
}

func TestPages_ObeyTheLaws(t *testing.T) {
	for name, c := range every(t) {
		t.Run(name, func(t *testing.T) {
			parse(t, render(t, c)).obeysTheLaws(t)
		})
	}
}

// TestLaws_SeeAnOffence changes one thing in a sound page; somebody must mind.
func TestLaws_SeeAnOffence(t *testing.T) {
	sound := render(t, apply.StepPage(wrongStep(t, "en", apply.StepYou, nil)))
	checked := render(t, apply.CheckPage(check(t, "es", maria)))
	for _, offence := range []struct{ page, from, to string }{
		{sound, `for="email"`, `for="homePhone"`},
		{sound, `aria-describedby="email-error"`, `aria-describedby="nowhere"`},
		{sound, `aria-describedby="email-error"`, ``},
		{sound, `href="#email"`, `href="#nowhere"`},
		{sound, `id="lastName"`, `id="firstName"`},
		{sound, `form="answers"`, `form="other"`},
		{sound, `<main `, `<main style="color:red" `},
		{sound, `<main `, `<main onclick="x()" `},
		{sound, `</main>`, `<script>1</script></main>`},
		{sound, `</main>`, `<img src="https://elsewhere.example/x.png" alt=""></main>`},
		{sound, `</main>`, `<h1>two</h1></main>`},
		{sound, `<footer`, `<main`},
		{sound, `id="main"`, `id="content"`},
		{sound, `<p class="help">`, `<p class="hell">`},
		{sound, `tel:+15125550100`, `tel:+1`},
		{sound, `<html lang="en">`, `<html>`},
		{sound, `lang="es"`, `lang="fr"`},
		{sound, `value="es"`, `value="en"`},
		{sound, `tabindex="-1" aria-hidden="true"`, `name="language"`},
		{sound, `Enter your first name`, `Something else`},
		{sound, `<title>Error: `, `<title>`},
		{checked, `type="checkbox"`, `type="checkbox" checked`},
		{checked, `hreflang="en"`, ``},
		{checked, `<title>`, `<title>Error: `},
	} {
		broken := strings.Replace(offence.page, offence.from, offence.to, 1)
		if broken == offence.page {
			t.Fatalf("the page has no %s", offence.from)
		}
		if !someoneMinds(broken) {
			t.Errorf("nobody minds %s in the place of %s", offence.to, offence.from)
		}
	}
	for _, page := range []string{sound, checked} {
		if someoneMinds(page) {
			t.Error("somebody minds a sound page")
		}
	}
}

// someoneMinds says whether a page breaks a law.
func someoneMinds(page string) bool {
	watch := &testing.T{}
	done := make(chan struct{})
	go func() { // a law that cannot go on ends its goroutine
		defer close(done)
		parse(watch, page).obeysTheLaws(watch)
	}()
	<-done
	return watch.Failed()
}
