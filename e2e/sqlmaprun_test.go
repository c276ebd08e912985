//go:build sqlmap

package e2e

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// verdicts is where everything that sqlmap says is left to be read.
const verdicts = "../bin/sqlmap"

// bentIn are the names of all that is bent of a request.
func bentIn(t *testing.T, r *http.Request, headers []string) []string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	must(t, err)
	r.Body = io.NopCloser(bytes.NewReader(body))
	boxes, err := url.ParseQuery(string(body))
	must(t, err)
	places := append(slices.Sorted(maps.Keys(boxes)), headers...)
	for _, cookie := range r.Cookies() {
		places = append(places, cookie.Name)
	}
	return places
}

// verdict is what sqlmap said of one request, and what it wrote down as found.
type verdict struct{ said, found string }

// longest is more than four times what any of them takes. Where there is a hole, each try at it may take
// the database seconds.
const longest = 10 * time.Minute

// sqlmap bends the places of the request with all that it knows for the engine.
func sqlmap(t *testing.T, on engine, r *http.Request, places []string) verdict {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(verdicts, strings.ReplaceAll(t.Name(), "/", "-")))
	must(t, err)
	must(t, os.RemoveAll(dir))
	must(t, os.MkdirAll(dir, 0o700))
	raw, err := httputil.DumpRequestOut(r, true)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "request"), raw, 0o600))
	args := []string{
		"-r", filepath.Join(dir, "request"), "-p", strings.Join(places, ","), "--output-dir", dir, "--dbms", on.name, "--level", on.level, "--risk=3", "--time-sec=2",
		"--batch", "--answers=URL encode cookie=N", "--disable-coloring", "--ignore-stdin", "--ignore-redirects", "--drop-set-cookie", "--skip-waf",
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(t, "sqlmap"), args...)
	cmd.Env = []string{"TERM=dumb", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	said, err := cmd.CombinedOutput()
	must(t, os.WriteFile(filepath.Join(dir, "said"), said, 0o600))
	if err != nil {
		t.Fatalf("sqlmap: %v\n%s", err, said)
	}
	found, err := os.ReadFile(filepath.Join(dir, r.URL.Hostname(), "log"))
	must(t, err)
	return verdict{string(said), string(found)}
}

// clears says whether sqlmap has gone through all it knows at the place, in vain.
func (v verdict) clears(place string) bool {
	return strings.Contains(v.said, "parameter '"+place+"' does not seem to be injectable")
}

// clearsAll says whether sqlmap ended with nothing, neither in its words nor in what it wrote down.
func (v verdict) clearsAll() bool {
	return strings.Contains(v.said, "all tested parameters do not appear to be injectable") && !strings.Contains(v.said, finds) && v.found == ""
}

// finds is how sqlmap begins the list of what it found.
const finds = "sqlmap identified the following injection point(s)"

// convicts says whether sqlmap found a hole at the place.
func (v verdict) convicts(place string) bool {
	return strings.Contains(v.said, finds) && strings.Contains(v.found, "Parameter: "+place+" (")
}
