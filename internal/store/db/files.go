package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// fileCheckEvery is how often the files are checked while nothing is written.
const fileCheckEvery = time.Second

// ErrFileGone: a file of the database was removed or replaced while it was open. A write would go into a file that has
// no name any more, so nothing is written.
var ErrFileGone = errors.New("a file of the database was removed or replaced while it was open: stop what did that, bring the files back as they were or restore a backup, and start again")

// openFiles are the files of an open SQLite database, as they were at its start.
type openFiles []struct {
	name string
	os.FileInfo
}

// statFiles notes the database file and, if there is one, its log.
func statFiles(path string) (f openFiles, err error) {
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) && name != path {
			continue // it is made by the first write
		}
		if err != nil {
			return f, fmt.Errorf("look at the file of the database: %w", err)
		}
		f = append(f, openFiles{{name, info}}...)
	}
	return f, nil
}

// check returns ErrFileGone when a name is gone or belongs to another file. It costs one stat for each name, whose
// other errors prove nothing.
func (f openFiles) check() error {
	for _, file := range f {
		now, err := os.Stat(file.name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, file.FileInfo) {
			return ErrFileGone
		}
	}
	return nil
}
