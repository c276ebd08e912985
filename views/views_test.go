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
			d := parse(t, render(t, c))
			d.everyInputHasALabel(t)
			d.everyReferenceLeadsSomewhere(t)
			d.nothingIsInline(t)
			d.oneHeadingOfTheFirstRank(t)
			d.noBoxIsTicked(t)
		})
	}
}

func TestLaws_SeeAnOffence(t *testing.T) {
	for _, offence := range []string{
		`<input id="a" name="a">`, `<label for="a">A</label><input id="a" aria-describedby="nowhere">`, `<a href="#nowhere">x</a>`,
		`<p style="color:red">x</p>`, `<script>1</script>`, `<a onclick="x()">x</a>`, `<h1>a</h1><h1>b</h1>`,
		`<label for="b">b</label><input type="checkbox" id="b" checked>`,
	} {
		watch := &testing.T{}
		d := parse(t, "<!doctype html><html><body>"+offence+"</body></html>")
		d.everyInputHasALabel(watch)
		d.everyReferenceLeadsSomewhere(watch)
		d.nothingIsInline(watch)
		if strings.Contains(offence, "<h1>") {
			d.oneHeadingOfTheFirstRank(watch)
		}
		d.noBoxIsTicked(watch)
		if !watch.Failed() {
			t.Errorf("nobody minds %s", offence)
		}
	}
}
