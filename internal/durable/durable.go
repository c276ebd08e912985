// Package durable writes files so that a crash leaves the old one or the new one, and so that whoever may read
// a file still may after somebody else, such as root, has replaced it.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Unfinished stands in the name of every file that is still being written.
const Unfinished = "-unfinished-"

// Replace puts data at path in one durable step. A file that was there keeps its owner, group and mode: who
// cannot give the new one to them gets an error, and nothing was changed. A new file has mode 0600.
func Replace(path string, data []byte) error { return write(path, data, os.Rename) }

// Create is Replace for a file that is not there yet: it never replaces one.
func Create(path string, data []byte) error { return write(path, data, os.Link) }

func write(path string, data []byte, name func(temporary, path string) error) error {
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(path)+Unfinished+"*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already once it has its name
	if err := likeBefore(temporary, path); err != nil {
		return errors.Join(err, temporary.Close())
	}
	_, err = temporary.Write(data)
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := name(temporary.Name(), path); err != nil {
		return err
	}
	return SyncFolder(folder)
}

// likeBefore gives a file the owner and mode of the one at path; a new one is given to the folder's owner.
func likeBefore(file *os.File, path string) error {
	before, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return GiveToFolder(file)
	}
	if err != nil {
		return err
	}
	if err := give(file, before); err != nil {
		return fmt.Errorf("%s must stay with its owner: run this as that user: %w", path, err)
	}
	return file.Chmod(before.Mode().Perm())
}

// GiveToFolder gives a file that root has made to the owner of its folder: the program, which does not run as
// root, could not open it else. For other users it does nothing.
func GiveToFolder(file *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	folder, err := os.Stat(filepath.Dir(file.Name()))
	if err != nil {
		return err
	}
	return give(file, folder)
}

func give(file *os.File, like fs.FileInfo) error {
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

// OpenLock opens or makes the file that is locked before the one at path is changed.
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

// SyncFolder makes names in a folder durable.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
