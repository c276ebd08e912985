package housetest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Bounds of the pictures of the documents.
const (
	pictureBytes = 120_000
	altLetters   = 20 // an alternative text of fewer says nothing
)

// shownPicture is a picture in a document: its alternative text and its path.
var shownPicture = regexp.MustCompile(`!\[([^\]]*)\]\(([^)\s]+)\)`)

func TestPictures_EachIsThereSmallAndShown(t *testing.T) {
	documents, sizes := map[string]string{}, map[string]int64{}
	paths, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, "README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		documents[path] = string(text)
	}
	files, err := filepath.Glob("docs/pictures/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		about, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sizes[filepath.ToSlash(path)] = about.Size()
	}
	for _, problem := range pictureProblems(documents, sizes) {
		t.Error(problem)
	}
	if len(files) < 9 {
		t.Errorf("%d pictures were looked at", len(files))
	}
}

// pictureProblems holds the pictures that documents show against the files, by their sizes.
func pictureProblems(documents map[string]string, sizes map[string]int64) (problems []string) {
	shown := map[string]bool{}
	for document, text := range documents {
		for _, picture := range shownPicture.FindAllStringSubmatch(text, -1) {
			path := filepath.ToSlash(filepath.Join(filepath.Dir(document), picture[2]))
			shown[path] = true
			if _, there := sizes[path]; !there {
				problems = append(problems, fmt.Sprintf("%s shows %s, which is not there", document, path))
			}
			if len([]rune(strings.TrimSpace(picture[1]))) < altLetters {
				problems = append(problems, fmt.Sprintf("%s shows %s without a text for who cannot see it", document, path))
			}
		}
	}
	for path, size := range sizes {
		if !shown[path] {
			problems = append(problems, path+" is shown by no document")
		}
		if size > pictureBytes {
			problems = append(problems, fmt.Sprintf("%s has %d bytes, more than %d", path, size, pictureBytes))
		}
	}
	return problems
}

func TestPictures_SeeAGap(t *testing.T) {
	const good = "docs/desk.md"
	text := "\n![The desk with a caller's answers](pictures/desk.png)\n"
	for want, tt := range map[string]struct {
		text  string
		sizes map[string]int64
	}{
		"": {text, map[string]int64{"docs/pictures/desk.png": pictureBytes}},
		"docs/desk.md shows docs/pictures/desk.png, which is not there":                             {text, nil},
		"docs/pictures/desk.png is shown by no document":                                            {"", map[string]int64{"docs/pictures/desk.png": 1}},
		"docs/pictures/desk.png has 120001 bytes, more than 120000":                                 {text, map[string]int64{"docs/pictures/desk.png": pictureBytes + 1}},
		"docs/desk.md shows docs/pictures/desk.png without a text for who cannot see it":            {"![](pictures/desk.png)", map[string]int64{"docs/pictures/desk.png": 1}},
		"docs/desk.md shows docs/pictures/desk.png without a text for who cannot see it (one word)": {"![Desk](pictures/desk.png)", map[string]int64{"docs/pictures/desk.png": 1}},
	} {
		want, _, _ = strings.Cut(want, " (")
		if got := strings.Join(pictureProblems(map[string]string{good: tt.text}, tt.sizes), "\n"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
