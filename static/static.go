// Package static holds the files that browsers fetch beside the pages, each under a name that
// carries a hash of its bytes, so that a browser may keep it for a year.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed *.css *.js *.svg
var files embed.FS

// Prefix is where the files are served.
const Prefix = "/static/"

type file struct {
	mediaType string
	body      []byte
}

// names maps "style.css" to "/static/style.3f2a….css"; served maps that address to the file. Both
// are made once, from the program's own bytes, and never change.
var names, served = fingerprint()

// Path is the address of the file called name. It panics when there is none: that is a misspelt
// name in a page, which the first rendering of the page shows.
func Path(name string) string {
	p, ok := names[name]
	if !ok {
		panic("static: no file " + name)
	}
	return p
}

// Serve answers a GET of one of the addresses that Path gives; every other address is 404, also
// the plain name.
func Serve(w http.ResponseWriter, r *http.Request) {
	f, ok := served[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(f.body) // the browser went away: nobody is left to tell
}

func fingerprint() (map[string]string, map[string]file) {
	names, served := map[string]string{}, map[string]file{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		ext := path.Ext(name)
		sum := sha256.Sum256(body)
		address := fmt.Sprintf("%s%s.%s%s", Prefix, strings.TrimSuffix(name, ext), hex.EncodeToString(sum[:8]), ext)
		names[name] = address
		served[address] = file{mediaType(ext), body}
		return nil
	})
	if err != nil {
		panic("static: " + err.Error())
	}
	return names, served
}

// mediaType does not ask the machine's own tables, which differ from machine to machine.
func mediaType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	panic("static: no media type for " + ext)
}
