package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"intake/internal/clock"
	"intake/internal/consent"
	"intake/internal/durable"
)

// headFile stores the newest signed head of the consent chain outside the database, so that truncated or rewritten
// records are found out when only the database was changed. Each database has its own file, named by the database's id.
type headFile struct {
	folder string
	chain  consentChain
	log    *slog.Logger
	clock  *clock.Clock
}

// consentChain verifies heads, with the store's promises.
type consentChain interface {
	DatabaseID(ctx context.Context) (string, error)
	Signed(head consent.Head) bool
	Holds(ctx context.Context, head consent.Head) (bool, error)
}

// HeadPath returns the path of the head file of the database with this id.
func HeadPath(folder, database string) string {
	return filepath.Join(folder, "consent-head-"+filepath.Base(database)+".json")
}

// read returns the stored head of the database and the path of its file. A head without a hash means that none is
// stored. A file whose head our key did not sign is renamed and counts as none.
func (f headFile) read(ctx context.Context) (head consent.Head, path string, err error) {
	id, err := f.chain.DatabaseID(ctx)
	if err != nil {
		return head, "", err
	}
	path = HeadPath(f.folder, id)
	head, err = ReadHead(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return consent.Head{}, path, nil
	case err == nil && f.chain.Signed(head):
		return head, path, nil
	case err != nil && !errors.Is(err, errNoHead):
		return head, path, err
	}
	aside := path + "." + f.clock.Now().UTC().Format("20060102T150405Z")
	if err := os.Rename(path, aside); err != nil {
		return head, path, err
	}
	f.log.Error("the file that should hold the head of the consent records holds none that our key signed", "moved_to", aside)
	return consent.Head{}, path, nil
}

// write stores a head in one atomic step. It never overwrites a head that the records do not hold any more: that one is
// the proof that they were changed or came from an older backup.
func (f headFile) write(ctx context.Context, head consent.Head) error {
	old, path, err := f.read(ctx)
	if err != nil {
		return err
	}
	if old.Hash != nil {
		held, err := f.chain.Holds(ctx, old)
		if err != nil {
			return err
		}
		if !held {
			return fmt.Errorf("the consent records do not hold head %d of %s: they were changed, or came from a backup", old.Seq, path)
		}
	}
	return writeHead(path, head)
}

var errNoHead = errors.New("it holds no head of consent records")

// ReadHead reads a head file. The store can verify that our key signed it.
func ReadHead(path string) (head consent.Head, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return head, err
	}
	if json.Unmarshal(data, &head) != nil || head.Hash == nil {
		return head, fmt.Errorf("%s: %w", path, errNoHead)
	}
	return head, nil
}

// writeHead is atomic: after a crash there is the old file or the new one.
func writeHead(path string, head consent.Head) error {
	data, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return durable.Replace(path, append(data, '\n'))
}
