package static

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"testing"
)

// vendored are the scripts of others, as their npm packages have them: htmx.org 2.0.11 (dist/htmx.min.js) and
// htmx-ext-sse 2.2.4 (dist/sse.min.js).
var vendored = map[string]string{
	"vendor/htmx-2.0.11.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
	"vendor/sse-2.2.4.min.js":   "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
}

func TestVendored_ScriptsAreThoseOfTheirPackages(t *testing.T) {
	for name, want := range vendored {
		sum := sha256.Sum256(byPath[Path(name)].body)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has the hash %s, want %s", name, got, want)
		}
	}
	entries, err := files.ReadDir("vendor")
	if err != nil || len(entries) != len(vendored) {
		t.Errorf("%d scripts in vendor, want %d with a hash: %v", len(entries), len(vendored), err)
	}
	for _, entry := range entries {
		if vendored[path.Join("vendor", entry.Name())] == "" {
			t.Errorf("no hash is known of %s", entry.Name())
		}
	}
}
