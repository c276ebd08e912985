package views

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/staff"
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

// parts is a page after consent.Cut; most pages have no marks and one part.
func parts(t *testing.T, c templ.Component) []consent.Part {
	t.Helper()
	var drawn bytes.Buffer
	if err := c.Render(staff.WithPerson(context.Background(), staff.Person{FormToken: "TOKEN"}), &drawn); err != nil {
		t.Fatal(err)
	}
	cut, err := consent.Cut(drawn.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return cut
}

// allPages is the storybook in both languages, by file name.
func allPages(t *testing.T) map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, language := range []string{"en", "es"} {
		for name, c := range storybook(t, language) {
			all[name+"-"+language+".html"] = c
		}
	}
	return all
}

// assets have their hash in the URL. The golden pages leave it out, so that they open as files.
var assets = regexp.MustCompile(`/static/([\w./-]+)\.[0-9a-f]{16}\.(\w+)`)

func TestPages_MatchTheGoldenFiles(t *testing.T) {
	for name, c := range allPages(t) {
		matchesGolden(t, filepath.Join("testdata", name), c)
	}
}

// matchesGolden compares a page with its file.
func matchesGolden(t *testing.T, path string, c templ.Component) {
	t.Helper()
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
		t.Errorf("%s (go test ./views -update, when this is meant):\n%s", path, diff)
	}
}

func TestGoldenFiles_EachBelongToAPage(t *testing.T) {
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		t.Fatal(err)
	}
	all := allPages(t)
	staffPages := map[string]templ.Component{}
	for name, c := range staffStorybook(t) {
		staffPages["staff-"+name+".html"] = c
	}
	for _, file := range files {
		if name := filepath.Base(file); all[name] == nil && staffPages[name] == nil {
			t.Errorf("no page is compared with %s", file)
		}
	}
}
