package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fonts is the one family that a browser of the tests has, whatever the machine has installed.
type fonts struct{ family, file string }

var (
	liberation = fonts{"Liberation Sans", "LiberationSans-Regular.ttf"} // as wide as Arial
	dejaVu     = fonts{"DejaVu Sans", "DejaVuSans.ttf"}                 // wider than what phones have; all that a bare Debian has
)

const fontconfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
	<dir>%[1]s</dir>
	<cachedir>%[2]s</cachedir>
	<alias><family>sans-serif</family><prefer><family>%[3]s</family></prefer></alias>
</fontconfig>
`

// configure writes a configuration for fontconfig into the folder of the run and returns its path.
func (f fonts) configure(t testing.TB) string {
	t.Helper()
	path := strings.ReplaceAll(filepath.Join(filepath.Dir(binary), f.family), " ", "-")
	text := fmt.Sprintf(fontconfig, f.folder(t), path+".cache", f.family)
	must(t, os.WriteFile(path+".conf", []byte(text), 0o600))
	return path + ".conf"
}

// folder is where the family is installed.
func (f fonts) folder(t testing.TB) string {
	t.Helper()
	var folder string
	must(t, filepath.WalkDir("/usr/share/fonts", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != f.file {
			return err
		}
		folder = filepath.Dir(path)
		return fs.SkipAll
	}))
	if folder == "" {
		t.Fatalf("these tests need %s, which is not installed: run make install", f.family)
	}
	return folder
}

// fontOf is the family in which the browser draws the first element that the selector takes.
func (v *visit) fontOf(selector string) string {
	v.t.Helper()
	session, err := v.Context().NewCDPSession(v.Page)
	must(v.t, err)
	defer func() { must(v.t, session.Detach()) }()
	ask := func(method string, params map[string]any) map[string]any {
		answer, err := session.Send(method, params)
		must(v.t, err)
		said, _ := answer.(map[string]any)
		return said
	}
	ask("DOM.enable", nil)
	ask("CSS.enable", nil)
	root := ask("DOM.getDocument", nil)["root"].(map[string]any)
	node := ask("DOM.querySelector", map[string]any{"nodeId": root["nodeId"], "selector": selector})
	drawn := ask("CSS.getPlatformFontsForNode", map[string]any{"nodeId": node["nodeId"]})["fonts"].([]any)
	var families []string
	for _, font := range drawn {
		families = append(families, fmt.Sprint(font.(map[string]any)["familyName"]))
	}
	return strings.Join(families, ", ")
}
