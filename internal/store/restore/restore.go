package restore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intake/internal/durable"
	"intake/internal/seal"
	"intake/internal/store/db"
)

// Target is a new SQLite database that is made from a backup.
type Target struct {
	URL         string // "file:" and its path
	Environment string
	Keys        *seal.Keys
	// Guard opens the database of a URL and guards it, as Restorer.Guard does.
	Guard func(ctx context.Context, url string, r Restoration) (Restored, error)
}

// Restore makes the database from the backup. The new file gets its name when it is complete, guarded and verified. A file
// that is there is never touched.
func (t Target) Restore(ctx context.Context, r Restoration) (done Restored, err error) {
	defer db.Wrap(&err, "restore")
	target, ok := strings.CutPrefix(t.URL, "file:")
	if !ok {
		return done, errors.New("only an SQLite database is restored from a file; PostgreSQL has its own tools, and intake restore without a file guards what they restored")
	}
	target = strings.TrimPrefix(target, "//")
	for _, name := range []string{target, target + "-wal", target + "-shm"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return done, fmt.Errorf("%s is there already: move it away, or name another file in INTAKE_DATABASE_URL", name)
		}
	}
	if strings.Contains(filepath.Base(r.Backup), durable.Unfinished) {
		return done, fmt.Errorf("%s is a backup that was never finished", r.Backup)
	}
	rows, err := verify(ctx, r.Backup, t.Keys, t.Environment)
	if err != nil {
		return done, err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return done, err
	}
	temporary, remove, err := temporaryFile(target)
	if err != nil {
		return done, err
	}
	defer remove()
	if err := copyFile(r.Backup, temporary); err != nil {
		return done, err
	}
	if done, err = t.Guard(ctx, "file:"+temporary, r); err != nil {
		return done, err
	}
	if n, err := verify(ctx, temporary, t.Keys, t.Environment); err != nil || n != rows {
		return done, errors.Join(err, fmt.Errorf("%d leads were in the backup, and %d are in the new database", rows, n))
	}
	return done, giveName(temporary, target)
}

// listsOf is the union of the lists that are named, the list of the backup, and the lists of the other backups
// beside it, of which one may be newer. It notes in done which it has read, and which it could not read.
func (s *Restorer) listsOf(r Restoration, done *Restored) (forgetList, error) {
	all := emptyForgetList()
	add := func(path string) error {
		list, err := s.readForgotten(path)
		switch {
		case err == nil:
			all, done.Lists = all.with(list.forgetList), append(done.Lists, path)
		case !errors.Is(err, fs.ErrNotExist):
			done.Unreadable = append(done.Unreadable, path)
			return fmt.Errorf("the list of erasures and opt-outs %s is no use: %w, or say -without-list and whoever it names comes back", path, err)
		}
		return nil
	}
	for _, path := range r.Lists {
		if err := add(path); err != nil && !r.NoList {
			return all, err
		}
	}
	if r.Backup != "" {
		own := filepath.Clean(r.Backup + listBeside)
		files, err := os.ReadDir(filepath.Dir(r.Backup))
		for _, found := range files {
			if strings.HasSuffix(found.Name(), listBeside) {
				_ = add(filepath.Join(filepath.Dir(r.Backup), found.Name())) // an unreadable one is listed
			}
		}
		if !slices.Contains(done.Lists, own) && err == nil {
			err = fmt.Errorf("%s, the list of erasures and opt-outs of this backup, is missing or no use: bring it back, or say -without-list and whoever it names comes back", own)
		}
		if err != nil && !r.NoList {
			return all, err
		}
	}
	if len(done.Lists) == 0 && !r.NoList {
		return all, errors.New("there is no list of erasures and opt-outs: name one with -list or in INTAKE_FORGET_FILE, or say -without-list and whoever it names comes back")
	}
	return all, nil
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // it was only read
	target, err := os.OpenFile(to, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
