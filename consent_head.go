package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"intake/internal/consent"
)

// headFile keeps the newest signed head of the consent records outside the database, so that whoever
// can change the database alone cannot cut the records off or write them anew unnoticed.
type headFile struct {
	path  string
	holds func(context.Context, consent.Head) (bool, error)
	log   *slog.Logger
	now   func() time.Time
}

// keep replaces the file in one step. A head that the records do not hold any more is moved aside and
// never overwritten: it is the proof that they were changed, or came from an older backup.
func (f headFile) keep(ctx context.Context, head consent.Head) error {
	old, err := readHead(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.write(head)
	}
	held := err == nil
	if held {
		if held, err = f.holds(ctx, old); err != nil {
			return err
		}
	}
	if !held {
		aside := f.path + "." + f.now().UTC().Format("20060102T150405Z")
		if err := os.Rename(f.path, aside); err != nil {
			return err
		}
		f.log.Error("the consent records do not hold the head that was written down: they were changed, or came from a backup", "link", old.Seq, "moved_to", aside)
	}
	return f.write(head)
}

func readHead(path string) (head consent.Head, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return head, err
	}
	if json.Unmarshal(data, &head) != nil {
		return head, fmt.Errorf("%s holds no head of consent records", path)
	}
	return head, nil
}

// write leaves the old file or the new one after a crash, and nothing in between.
func (f headFile) write(head consent.Head) error {
	data, err := json.Marshal(head)
	if err != nil {
		return err
	}
	folder := filepath.Dir(f.path)
	temporary, err := os.CreateTemp(folder, ".consent-head-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already once it has its name
	_, err = temporary.Write(append(data, '\n'))
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), f.path)
	}
	if err != nil {
		return err
	}
	opened, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// headPath is where the head is kept: beside the key set, unless another place is set.
func (c Config) headPath() string {
	if c.ConsentHead != "" {
		return string(c.ConsentHead)
	}
	return filepath.Join(filepath.Dir(string(c.KeysetFile)), "consent-head.json")
}
