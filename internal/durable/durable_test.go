package durable

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// otherUser owns the files of these tests: another user when root runs them.
func otherUser() int {
	if os.Geteuid() == 0 {
		return 65534
	}
	return os.Geteuid()
}

// ownedFile makes a file and its folder for that user.
func ownedFile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "intake-files-") // others cannot enter t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, dir} {
		if err := os.Chown(name, otherUser(), -1); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func wantFile(t *testing.T, path, text string, owner int, mode os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if stat := info.Sys().(*syscall.Stat_t); err != nil || string(got) != text || int(stat.Uid) != owner || info.Mode() != mode {
		t.Errorf("%s holds %q, user %d, mode %v, %v; want %q, %d, %v", path, got, stat.Uid, info.Mode(), err, text, owner, mode)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestReplace_KeepsOwnerAndMode(t *testing.T) {
	path := ownedFile(t)
	if err := Replace(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "new", otherUser(), 0o640)
}

func TestReplace_GivesANewFileToTheOwnerOfTheFolder(t *testing.T) {
	path := ownedFile(t) + "2"
	if err := Replace(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "new", otherUser(), 0o600)
	lock, err := OpenLock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	wantFile(t, path+".lock", "", otherUser(), 0o600)
}

func TestCreate_ReplacesNothing(t *testing.T) {
	path := ownedFile(t)
	if err := Create(path, []byte("new")); err == nil {
		t.Error("a file that was there was replaced")
	}
	wantFile(t, path, "old", otherUser(), 0o640)
}

// TestReplace_RefusesToChangeTheOwner runs itself as a user who may write into the folder and who does not own the file.
func TestReplace_RefusesToChangeTheOwner(t *testing.T) {
	if path := os.Getenv("REPLACE"); path != "" {
		fmt.Println(Replace(path, []byte("new")))
		return
	}
	if os.Geteuid() != 0 {
		path := "/proc/self/../version" // of root, in a folder that nobody can write to
		if err := Replace(path, nil); err == nil {
			t.Error("it was replaced")
		}
		return
	}
	path := ownedFile(t)
	if err := os.Chmod(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	self := filepath.Join(filepath.Dir(path), "self")
	if err := os.WriteFile(self, program, 0o755); err != nil {
		t.Fatal(err)
	}
	again := exec.Command(self, "-test.run", "^TestReplace_RefusesToChangeTheOwner$")
	again.Dir, again.Env = "/", append(os.Environ(), "REPLACE="+path)
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65533, Gid: 65533}}
	if said, err := again.CombinedOutput(); err != nil || !strings.Contains(string(said), "must stay with its owner: run this as that user") {
		t.Errorf("%v: %s", err, said)
	}
	wantFile(t, path, "old", otherUser(), 0o640)
}

func TestLock_IsHeldByOneAtATimeAndGivesUpWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second lock: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = Lock(t.Context(), path)
	if err != nil {
		t.Fatalf("after the first was released: %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

func TestAppend_AddsLinesAndCutsOffWhatStandsBehindTheSize(t *testing.T) {
	path := ownedFile(t)
	if err := Append(path, 2, [][]byte{[]byte("one\n"), []byte("two\n")}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "olone\ntwo\n", otherUser(), 0o640)
	if err := Append(path, 6, nil); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "olone\n", otherUser(), 0o640)
}

func TestAppend_MakesNoNewFile(t *testing.T) {
	path := ownedFile(t) + "2"
	if err := Append(path, 0, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
