// Package static holds the style sheets, scripts and icons. Each is served at an address with a hash of its
// content, so that a browser may cache it for a year.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed *.css *.js *.svg vendor/*.js
var files embed.FS

// Prefix is where the files are served.
const Prefix = "/static/"

type file struct {
	mediaType string
	body      []byte
}

// sheets are the style sheets that are concatenated from several files, in this order.
var sheets = map[string][]string{
	"consumer.css": {"tokens.css", "consumer.css"},
	"staff.css":    {"tokens.css", "staff.css", "desk.css", "leads.css"},
}

// isPart says whether a file is served only as a part of a sheet.
func isPart(name string) bool {
	_, isSheet := sheets[name]
	return path.Ext(name) == ".css" && !isSheet
}

// paths maps "form.js" to "/static/form.3f2a….js"; byPath maps that address to the file. Both are made once,
// from the embedded files, and never change.
var paths, byPath = fingerprint()

// Path is the address of the file called name. It panics when there is none: the name is misspelled in a page,
// and the first rendering of the page shows that.
func Path(name string) string {
	p, ok := paths[name]
	if !ok {
		panic("static: no file " + name)
	}
	return p
}

func fingerprint() (map[string]string, map[string]file) {
	names, served := map[string]string{}, map[string]file{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || isPart(name) {
			return err
		}
		body, err := read(name)
		if err != nil {
			return err
		}
		names[name] = address(name, body)
		served[names[name]] = file{mediaType(path.Ext(name)), body}
		return nil
	})
	if err != nil {
		panic("static: " + err.Error())
	}
	return names, served
}

// read returns a file as it is served: a style sheet with all of its parts.
func read(name string) ([]byte, error) {
	parts, ok := sheets[name]
	if !ok {
		parts = []string{name}
	}
	var whole []byte
	for _, part := range parts {
		body, err := files.ReadFile(part)
		if err != nil {
			return nil, err
		}
		whole = append(whole, body...)
	}
	return whole, nil
}

// address is the path of a file, with the hash of its body.
func address(name string, body []byte) string {
	ext := path.Ext(name)
	sum := sha256.Sum256(body)
	return fmt.Sprintf("%s%s.%s%s", Prefix, strings.TrimSuffix(name, ext), hex.EncodeToString(sum[:8]), ext)
}

// mediaType does not use the tables of the operating system, which differ between machines.
func mediaType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml; charset=utf-8"
	}
	panic("static: no media type for " + ext)
}
