package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// presentEvery is how often an SQLite store that writes nothing sees whether its files are there.
const presentEvery = time.Second

// ErrFileGone: the files of the database were removed or replaced while it was open. What is written goes into
// files that nobody will find again, so nothing is written any more.
var ErrFileGone = errors.New("a file of the database was removed or replaced while it was open: stop what did that, bring the files back as they were or restore a backup, and start again")

// openFiles are the files that an SQLite database has open, as they were at its start.
type openFiles struct {
	names []string
	infos []os.FileInfo
}

// noteFiles looks at the database file and, where it is there, its log.
func noteFiles(path string) (f openFiles, err error) {
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) && name != path {
			continue // it is made by the first write
		}
		if err != nil {
			return f, fmt.Errorf("look at the file of the database: %w", err)
		}
		f.names, f.infos = append(f.names, name), append(f.infos, info)
	}
	return f, nil
}

// check is ErrFileGone when a name is gone or is another file's. It costs a look at each name. That a name
// cannot be looked at proves nothing.
func (f openFiles) check() error {
	for i, name := range f.names {
		now, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, f.infos[i]) {
			return ErrFileGone
		}
	}
	return nil
}
