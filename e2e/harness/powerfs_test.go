package harness

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// sector is the unit that a disk writes atomically, in bytes.
const sector = 512

// disk is a file system with one folder that simulates power cuts. For each file it has the content that programs
// see and the content that fsync has made durable.
type disk struct {
	mu     sync.Mutex
	files  map[string]*image // the names that programs see
	synced map[string]*image // the names at the last fsync of the folder
	off    bool              // the power is gone: nothing works

	failSyncs, failWrites int // every n-th fails; 0: none
	syncs, writes         int
	failed                int // injected errors so far

	noRoomFor string // writes to this file find no space; empty: none

	slow time.Duration // how long an fsync takes
}

// image is the content of a file.
type image struct {
	visible, durable []byte
	dirty            map[int]bool // sectors of visible that are not durable
}

func newDisk() *disk { return &disk{files: map[string]*image{}, synced: map[string]*image{}} }

func (d *disk) write(f *image, data []byte, at int) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	if d.writes++; d.failWrites > 0 && d.writes%d.failWrites == 0 || d.noRoomFor != "" && d.files[d.noRoomFor] == f {
		d.failed++
		return syscall.ENOSPC
	}
	f.resize(max(len(f.visible), at+len(data)))
	copy(f.visible[at:], data)
	f.markDirty(at, at+len(data))
	return 0
}

func (d *disk) read(f *image, into []byte, at int) ([]byte, syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, syscall.EIO
	}
	if at >= len(f.visible) {
		return nil, 0
	}
	return into[:copy(into, f.visible[at:])], 0
}

func (d *disk) truncate(f *image, size int) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	f.resize(size)
	return 0
}

// sync makes what programs see durable. When it fails, what was written since the last one never becomes durable,
// although a later fsync succeeds: that is what Linux does, and the worst case.
func (d *disk) sync(f *image) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	if d.syncs++; d.failSyncs > 0 && d.syncs%d.failSyncs == 0 {
		d.failed++
		clear(f.dirty)
		return syscall.EIO
	}
	f.flush(func(int) bool { return true })
	return 0
}

func (d *disk) syncFolder() syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	d.synced = maps.Clone(d.files)
	return 0
}

// inject makes every n-th fsync and write fail from now on, and returns how many have failed so far.
func (d *disk) inject(failSyncs, failWrites int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failSyncs, d.failWrites = failSyncs, failWrites
	return d.failed
}

// leaveNoRoom makes every write to the file fail from now on; an empty name ends that.
func (d *disk) leaveNoRoom(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.noRoomFor = name
}

// slowDown makes each fsync take that long from now on.
func (d *disk) slowDown(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slow = by
}

func (d *disk) slowness() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.slow
}

func (f *image) resize(size int) {
	if size <= len(f.visible) {
		f.visible = f.visible[:size]
		return
	}
	from := len(f.visible)
	f.visible = append(f.visible, make([]byte, size-from)...)
	f.markDirty(from, size)
}

func (f *image) markDirty(from, to int) {
	for n := from / sector; n*sector < to; n++ {
		f.dirty[n] = true
	}
}

// flush copies the dirty sectors that pick selects to the durable content; when it selects all of them, the
// length becomes durable too.
func (f *image) flush(pick func(n int) bool) {
	all := true
	for _, n := range slices.Sorted(maps.Keys(f.dirty)) {
		if !pick(n) {
			all = false
			continue
		}
		delete(f.dirty, n)
		from, to := n*sector, min((n+1)*sector, len(f.visible))
		if from >= to {
			continue
		}
		if to > len(f.durable) {
			f.durable = append(f.durable, make([]byte, to-len(f.durable))...)
		}
		copy(f.durable[from:to], f.visible[from:to])
	}
	if all {
		f.durable = append(f.durable, make([]byte, max(0, len(f.visible)-len(f.durable)))...)[:len(f.visible)]
	}
}

// cutKind is what a power cut does to data that was not fsynced.
type cutKind string

const (
	dropAll       cutKind = "drops all that was not fsynced"
	keepSectors   cutKind = "keeps some sectors that were not fsynced"
	forgetEntries cutKind = "forgets entries whose folder was not fsynced"
)

// powerOff makes every operation fail.
func (d *disk) powerOff() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
}

// powerOn returns the disk that such a cut leaves behind.
func (d *disk) powerOn(kind cutKind, random *rand.Rand) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	after, names := newDisk(), d.files
	if kind == forgetEntries {
		names = d.synced
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := names[name]
		if kind == keepSectors {
			f.flush(func(int) bool { return random.IntN(2) == 0 })
		}
		survivor := &image{visible: slices.Clone(f.durable), durable: slices.Clone(f.durable), dirty: map[int]bool{}}
		after.files[name], after.synced[name] = survivor, survivor
	}
	return after
}

// copyTo writes what programs see into an ordinary folder.
func (d *disk) copyTo(t testing.TB, dir string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, f := range d.files {
		must(t, os.WriteFile(filepath.Join(dir, name), f.visible, 0o600))
	}
}

// mount mounts the disk at dir. Processes with open files there must have ended before the function that it
// returns is called.
func mount(t testing.TB, d *disk, dir string) (unmount func()) {
	t.Helper()
	server, err := fs.Mount(dir, &folder{disk: d}, &fs.Options{
		MountOptions: fuse.MountOptions{DirectMount: true, FsName: "powercut", Name: "powercut"},
	})
	if err != nil {
		t.Fatalf("the power-cut file system needs /dev/fuse, and root or fusermount3 (Debian: apt-get install fuse3): %v", err)
	}
	var once sync.Once
	unmount = func() {
		once.Do(func() {
			await(t, "the last file on the disk is closed", func() bool { return server.Unmount() == nil }) // the kernel closes a process's files a moment after its end
		})
	}
	t.Cleanup(unmount)
	return unmount
}

// folder is the disk as FUSE sees it.
type folder struct {
	fs.Inode
	disk *disk
}

// file is a file as FUSE sees it. Reads and writes bypass the kernel's cache, except for the shared memory of
// SQLite's index (-shm), which is mapped.
type file struct {
	fs.Inode
	disk  *disk
	image *image
}

var (
	_ fs.NodeLookuper  = (*folder)(nil)
	_ fs.NodeCreater   = (*folder)(nil)
	_ fs.NodeUnlinker  = (*folder)(nil)
	_ fs.NodeReaddirer = (*folder)(nil)
	_ fs.NodeFsyncer   = (*folder)(nil)

	_ fs.NodeOpener    = (*file)(nil)
	_ fs.NodeReader    = (*file)(nil)
	_ fs.NodeWriter    = (*file)(nil)
	_ fs.NodeGetattrer = (*file)(nil)
	_ fs.NodeSetattrer = (*file)(nil)
	_ fs.NodeFsyncer   = (*file)(nil)
)

func (dir *folder) node(ctx context.Context, f *image, out *fuse.EntryOut) *fs.Inode {
	n := &file{disk: dir.disk, image: f}
	n.describe(&out.Attr)
	return dir.NewInode(ctx, n, fs.StableAttr{Mode: syscall.S_IFREG})
}

func (dir *folder) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	dir.disk.mu.Lock()
	f := dir.disk.files[name]
	dir.disk.mu.Unlock()
	if f == nil {
		return nil, syscall.ENOENT
	}
	if known := dir.GetChild(name); known != nil {
		known.Operations().(*file).describe(&out.Attr)
		return known, 0
	}
	return dir.node(ctx, f, out), 0
}

func (dir *folder) Create(ctx context.Context, name string, _, _ uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	dir.disk.mu.Lock()
	if dir.disk.off {
		dir.disk.mu.Unlock()
		return nil, nil, 0, syscall.EIO
	}
	f := &image{dirty: map[int]bool{}}
	dir.disk.files[name] = f
	dir.disk.mu.Unlock()
	return dir.node(ctx, f, out), nil, openFlags(name), 0
}

func (dir *folder) Unlink(_ context.Context, name string) syscall.Errno {
	dir.disk.mu.Lock()
	defer dir.disk.mu.Unlock()
	if dir.disk.off {
		return syscall.EIO
	}
	delete(dir.disk.files, name)
	return 0
}

func (dir *folder) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	dir.disk.mu.Lock()
	defer dir.disk.mu.Unlock()
	var entries []fuse.DirEntry
	for name := range dir.disk.files {
		entries = append(entries, fuse.DirEntry{Name: name, Mode: syscall.S_IFREG})
	}
	return fs.NewListDirStream(entries), 0
}

func (dir *folder) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return dir.disk.syncFolder()
}

func openFlags(name string) uint32 {
	if strings.HasSuffix(name, "-shm") {
		return 0
	}
	return fuse.FOPEN_DIRECT_IO
}

func (f *file) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	name, _ := f.Parent()
	return nil, openFlags(name), 0
}

func (f *file) Read(_ context.Context, _ fs.FileHandle, into []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	data, errno := f.disk.read(f.image, into, int(at))
	return fuse.ReadResultData(data), errno
}

func (f *file) Write(_ context.Context, _ fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	if errno := f.disk.write(f.image, data, int(at)); errno != 0 {
		return 0, errno
	}
	return uint32(len(data)), 0
}

func (f *file) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	wait(f.disk.slowness())
	return f.disk.sync(f.image)
}

func (f *file) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.describe(&out.Attr)
	return 0
}

func (f *file) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, ok := in.GetSize(); ok {
		if errno := f.disk.truncate(f.image, int(size)); errno != 0 {
			return errno
		}
	}
	f.describe(&out.Attr)
	return 0
}

func (f *file) describe(out *fuse.Attr) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	out.Mode, out.Nlink, out.Size = syscall.S_IFREG|0o600, 1, uint64(len(f.image.visible))
	out.Owner = fuse.Owner{Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())}
}

// The control: the file system keeps what was fsynced and loses what was not.
func TestPowerCut_LosesWhatWasNotFsyncedAndNothingElse(t *testing.T) {
	const written = 90_000 // bytes that follow the first four, which alone are fsynced
	for _, tt := range []struct {
		kind        cutKind
		least, most int  // bytes left of those that were not fsynced
		wantStray   bool // the file that was created after the fsync of the folder is there
	}{
		{dropAll, 0, 0, true},
		{keepSectors, 1, written - 1, true},
		{forgetEntries, 0, 0, false},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			d, dir := newDisk(), tempMount(t)
			unmount := mount(t, d, dir)
			add := func(name, text string, sync bool) {
				f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
				must(t, err)
				_, err = f.WriteString(text)
				must(t, err)
				if sync {
					must(t, f.Sync())
				}
				must(t, f.Close())
			}
			add("file", "kept", true)
			handle, err := os.Open(dir)
			must(t, err)
			must(t, errors.Join(handle.Sync(), handle.Close()))
			add("stray", "kept", true)
			add("file", strings.Repeat("x", written), false)
			d.powerOff()
			unmount()
			left := d.powerOn(tt.kind, chance("planted")).files
			got := left["file"].visible
			if n := bytes.Count(got, []byte("x")); n < tt.least || n > tt.most || string(got[:4]) != "kept" {
				t.Errorf("the cut left %d of %d bytes behind %q, want %d to %d behind kept", n, written, got[:4], tt.least, tt.most)
			}
			if _, there := left["stray"]; there != tt.wantStray {
				t.Errorf("the file of the forgotten entry is there: %v, want %v", there, tt.wantStray)
			}
		})
	}
}
