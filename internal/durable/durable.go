// Package durable replaces files so that a power cut leaves the old one or the new one, and so that the owner of
// a file can still read it after another user, such as root, has replaced it. It also appends to files.
package durable

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Unfinished is part of the name of every file that is still being written.
const Unfinished = "-unfinished-"

// Replace writes data to path atomically and durably. An existing file keeps its owner, group and mode; a user
// who cannot set them gets an error, and nothing is changed. A new file has mode 0600.
func Replace(path string, data []byte) error { return write(path, data, os.Rename) }

// Create is Replace for a new file: it never replaces an existing one.
func Create(path string, data []byte) error { return write(path, data, os.Link) }

func write(path string, data []byte, publish func(temporary, path string) error) error {
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(path)+Unfinished+"*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // after a rename it is gone already
	if err := copyOwnerAndMode(temporary, path); err != nil {
		return errors.Join(err, temporary.Close())
	}
	_, err = temporary.Write(data)
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := publish(temporary.Name(), path); err != nil {
		return err
	}
	return SyncFolder(folder)
}

// Append writes lines to the end of the file at path, each durable before the next, so that a power cut leaves at most
// one line in parts. size is how long the file is: what stands behind it, such as such a part, is cut off first.
func Append(path string, size int64, lines [][]byte) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := errors.Join(file.Truncate(size), file.Sync()); err != nil {
		return err
	}
	for _, line := range lines {
		_, err := file.WriteAt(line, size)
		if err := errors.Join(err, file.Sync()); err != nil {
			return errors.Join(err, file.Truncate(size)) // else it would look as if it were durable
		}
		size += int64(len(line))
	}
	return nil
}

// copyOwnerAndMode gives file the owner and mode of the file at path, or, when there is none, the folder's owner.
func copyOwnerAndMode(file *os.File, path string) error {
	before, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return GiveToFolder(file)
	}
	if err != nil {
		return err
	}
	if err := chownLike(file, before); err != nil {
		return fmt.Errorf("%s must stay with its owner: run this as that user: %w", path, err)
	}
	return file.Chmod(before.Mode().Perm())
}

// GiveToFolder changes the owner of a file that root made to the owner of its folder: otherwise the program, which
// does not run as root, could not open it. For other users it does nothing.
func GiveToFolder(file *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	folder, err := os.Stat(filepath.Dir(file.Name()))
	if err != nil {
		return err
	}
	return chownLike(file, folder)
}

func chownLike(file *os.File, like fs.FileInfo) error {
	now, err := file.Stat()
	if err != nil {
		return err
	}
	want, got := like.Sys().(*syscall.Stat_t), now.Sys().(*syscall.Stat_t)
	if want.Uid == got.Uid && want.Gid == got.Gid {
		return nil
	}
	return file.Chown(int(want.Uid), int(want.Gid))
}

// OpenLock opens or creates the lock file of path, which is locked before the file at path is changed.
func OpenLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	}
	if err != nil {
		return nil, err
	}
	if err := GiveToFolder(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Lock waits until no other process holds the lock of path, or ctx ends. The lock ends with the process too.
func Lock(ctx context.Context, path string) (unlock func() error, err error) {
	file, err := OpenLock(path)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(err, file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-time.After(20 * time.Millisecond): // whoever holds it works longer than that
		}
	}
}

// SyncFolder makes the names in a folder durable (fsync).
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
