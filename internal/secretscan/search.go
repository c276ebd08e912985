package secretscan

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Search searches every file of root for secrets and for the canaries, which it reports by number. It also
// searches archives, so that every layer of an image is searched.
func Search(root fs.FS, canaries ...string) (files int, found []string, err error) {
	s := searcher{canaries: canaries}
	err = fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		return s.file(path, text)
	})
	return s.files, s.found, err
}

type searcher struct {
	canaries []string
	files    int
	found    []string
}

func (s *searcher) file(name string, text []byte) error {
	switch {
	case bytes.HasPrefix(text, []byte{0x1f, 0x8b, 8}):
		return s.compressed(name, text)
	case len(text) > 512 && bytes.HasPrefix(text[257:], []byte("ustar")):
		return s.archive(name, text)
	}
	s.files++
	for _, what := range Find(text) {
		s.found = append(s.found, name+" holds "+what)
	}
	for i, canary := range s.canaries {
		if bytes.Contains(text, []byte(canary)) {
			s.found = append(s.found, fmt.Sprintf("%s holds canary %d", name, i+1))
		}
	}
	return nil
}

func (s *searcher) compressed(name string, text []byte) error {
	plain, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	text, err = io.ReadAll(plain)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return s.file(name, text)
}

// archive searches the files of an archive.
func (s *searcher) archive(name string, text []byte) error {
	entries := tar.NewReader(bytes.NewReader(text))
	for {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		body, err := io.ReadAll(entries)
		if err == nil {
			err = s.file(name+": "+entry.Name, body)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}
