package evidence

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"testing"
)

// entry is a file of a zip that somebody else packed.
type entry struct {
	name   string
	body   []byte
	method uint16
}

// packedBy packs as other programs do.
func packedBy(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: e.method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// raw packs entries as pack does, but in this order.
func raw(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		if err := packFile(w, e.name, e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// claiming is a zip whose one file says that it has size bytes.
func claiming(t *testing.T, size uint64) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.CreateRaw(&zip.FileHeader{Name: pageName, CompressedSize64: size, UncompressedSize64: size})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func entriesOf(files map[string][]byte) []entry {
	var entries []entry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entries = append(entries, entry{name, files[name], zip.Store})
	}
	return entries
}

// TestVerify_FindsEveryChangeOfASignedPacket changes what anybody could who has the packet and not the key.

func text(s string) *string { return &s }

func withEdit(files map[string][]byte, name, old, new string) map[string][]byte {
	files[name] = bytes.Replace(files[name], []byte(old), []byte(new), 1)
	return files
}

// withComment adds a comment to the zip, as its format allows.
func withComment(packet []byte) []byte {
	out := append(bytes.Clone(packet), "hello"...)
	out[len(packet)-2] = 5
	return out
}

// inOurName is signed by a stranger, while the manifest goes on naming our key.
func inOurName(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	files = withEdit(files, manifestFile, `"v1"`, `"v3"`)
	files[sigFile] = stranger.Sign(files[manifestFile])
	return packed(t, files)
}

// TestVerify_FindsOneByteAnywhere turns each twenty-third byte of a packet, one after the other.
