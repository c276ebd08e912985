package restore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"intake/internal/durable"
	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/stamp"
)

// listBeside is what the name of a backup's list of erasures and opt-outs ends with.
const listBeside = ".forget"

// Backup writes a copy of a running SQLite database to a new file at path and returns how many
// leads are in it. Only a copy that was read back, complete and under our keys, and is durable
// gets that name; whatever happens before leaves at most a file with another one. Beside it stands
// the list of erasures and opt-outs until then, which has its name before the copy has.
func (s *Restorer) Backup(ctx context.Context, path string, environment string) (n int, err error) {
	defer db.Wrap(&err, "back up")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%s is there already: name a new file", path)
	}
	temporary, remove, err := temporaryFile(path)
	if err != nil {
		return 0, err
	}
	defer remove()
	before, err := s.rows(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.Engine.CopyTo(ctx, temporary); err != nil {
		return 0, err
	}
	after, err := s.rows(ctx)
	if err != nil {
		return 0, err
	}
	n, err = verify(ctx, temporary, s.Keys, environment)
	if err != nil {
		return 0, err
	}
	if n < before || n > after { // leads are never deleted
		return 0, fmt.Errorf("the copy holds %d leads, and there were %d before it and %d after", n, before, after)
	}
	if err := s.listBackup(ctx, path); err != nil {
		return 0, err
	}
	return n, giveName(temporary, path)
}

// listBackup writes the list of a backup whose copy is made already: what came in between is in it.
func (s *Restorer) listBackup(ctx context.Context, path string) error {
	list, err := s.forgetList(ctx)
	if err != nil {
		return err
	}
	return durable.Replace(path+listBeside, list.encodeWhole(s.Keys.Derive(forgottenKey)))
}

const countLeads = "select count(*) from lead"

func (s *Restorer) rows(ctx context.Context) (n int, err error) {
	err = s.Engine.Reader().QueryRowContext(ctx, countLeads).Scan(&n)
	return n, err
}

// verify reads the SQLite file at path, which nobody writes to, from its first page to its last,
// compares the stamp and returns the number of leads.
func verify(ctx context.Context, path string, keys *seal.Keys, environment string) (n int, err error) {
	if _, err := os.Stat(path); err != nil {
		return 0, err
	}
	err = db.ReadVerified(ctx, path, func(q db.Queries) error {
		if err := stamp.Compare(ctx, q, keys, environment); err != nil {
			return err
		}
		return q.QueryRowContext(ctx, countLeads).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("the backup %s is no use: %w", path, err)
	}
	return n, nil
}

// temporaryFile makes an empty file beside path, for its owner only. remove does away with it and
// with what SQLite put beside it.
func temporaryFile(path string) (name string, remove func(), err error) {
	made, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+durable.Unfinished+"*")
	if err != nil {
		return "", nil, err
	}
	name = made.Name()
	return name, func() {
		for _, end := range []string{"", "-wal", "-shm", "-journal", ".lock"} {
			_ = os.Remove(name + end) // most are not there
		}
	}, errors.Join(durable.GiveToFolder(made), made.Close())
}

// giveName makes the file durable under its name, which nothing has yet.
func giveName(temporary, path string) error {
	made, err := os.OpenFile(temporary, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(made.Sync(), made.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary, path); err != nil { // unlike a rename it replaces nothing
		return err
	}
	return durable.SyncFolder(filepath.Dir(path))
}
