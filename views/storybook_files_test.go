package views

import (
	"flag"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"intake/static"
)

var folder = flag.String("pages", "", "where to write the storybook, to be opened in a browser")

// TestStorybook_OpensInABrowser writes every page with its assets, and an index.
func TestStorybook_OpensInABrowser(t *testing.T) {
	dir := *folder
	if dir == "" {
		dir = t.TempDir()
	}
	all := allPages(t)
	for name, c := range allStaffStories(t) {
		all["staff-"+name+".html"] = c
	}
	maps.Copy(all, deskStories(t))
	var index strings.Builder
	fmt.Fprintf(&index, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Storybook</title>\n<h1>%d pages</h1>\n<ul>\n", len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		page := render(t, all[name])
		for _, asset := range assets.FindAllString(page, -1) {
			write(t, filepath.Join(dir, assets.ReplaceAllString(asset, "static/$1.$2")), served(t, asset))
		}
		write(t, filepath.Join(dir, name), assets.ReplaceAllString(page, "static/$1.$2"))
		fmt.Fprintf(&index, "<li><a href=\"%[1]s\">%[1]s</a>\n", html.EscapeString(name))
	}
	write(t, filepath.Join(dir, "index.html"), index.String()+"</ul>\n</html>\n")
}

// served is a file as the program serves it.
func served(t *testing.T, address string) string {
	t.Helper()
	answer := httptest.NewRecorder()
	static.Theme{}.Serve(answer, httptest.NewRequest(http.MethodGet, address, nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("%s: status %d", address, answer.Code)
	}
	return answer.Body.String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
