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

// headFile keeps the newest signed head of the consent records outside the database, so that whoever
// can change the database alone cannot cut the records off or write them anew unnoticed. Each database
// has a file of its own, named by the database's id.
type headFile struct {
	folder string
	leads  headLeads
	log    *slog.Logger
	clock  *clock.Clock
}

// headLeads is what a head is held against, with the store's promises.
type headLeads interface {
	DatabaseID(ctx context.Context) (string, error)
	Signed(head consent.Head) bool
	Holds(ctx context.Context, head consent.Head) (bool, error)
}

// HeadPath is the file of the head of the database with this id.
func HeadPath(folder, database string) string {
	return filepath.Join(folder, "consent-head-"+filepath.Base(database)+".json")
}

// kept is the head that was written down for the database, and its file; a head without a hash means that
// there is none. A file that our key did not sign is moved aside.
func (f headFile) kept(ctx context.Context) (head consent.Head, path string, err error) {
	id, err := f.leads.DatabaseID(ctx)
	if err != nil {
		return head, "", err
	}
	path = HeadPath(f.folder, id)
	head, err = ReadHead(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return consent.Head{}, path, nil
	case err == nil && f.leads.Signed(head):
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

// keep replaces the file in one step. A head that the records do not hold any more is never overwritten: it
// is the proof that they were changed, or came from an older backup.
func (f headFile) keep(ctx context.Context, head consent.Head) error {
	old, path, err := f.kept(ctx)
	if err != nil {
		return err
	}
	if old.Hash != nil {
		held, err := f.leads.Holds(ctx, old)
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

// ReadHead reads a head that was written down. Whether our key signed it is for the store to say.
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

// writeHead leaves the old file or the new one after a crash, and nothing in between.
func writeHead(path string, head consent.Head) error {
	data, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return durable.Replace(path, append(data, '\n'))
}
