package verify_test

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"maps"
	"slices"
	"testing"

	"intake/internal/evidence/evidencetest"
	"intake/internal/evidence/packet"
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

// packedInOrder packs entries as packet.Pack does, but in this order.
func packedInOrder(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		f, err := w.CreateRaw(&zip.FileHeader{
			Name: e.name, Method: zip.Store, ReaderVersion: 20,
			ModifiedDate: 1<<5 | 1, //lint:ignore SA1019 Modified, which replaces it, does nothing in CreateRaw
			CRC32:        crc32.ChecksumIEEE(e.body), CompressedSize64: uint64(len(e.body)), UncompressedSize64: uint64(len(e.body)),
		})
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

// claiming is a zip whose one file says that it has size bytes.
func claiming(t *testing.T, size uint64) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.CreateRaw(&zip.FileHeader{Name: packet.PageFile, CompressedSize64: size, UncompressedSize64: size})
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

func text(s string) *string { return &s }

func withEdit(files map[string][]byte, name, old, new string) map[string][]byte {
	files[name] = bytes.Replace(files[name], []byte(old), []byte(new), 1)
	return files
}

// withComment adds a comment to the zip, as its format allows.
func withComment(data []byte) []byte {
	out := append(bytes.Clone(data), "hello"...)
	out[len(data)-2] = 5
	return out
}

// signedInOurName is signed by a stranger, while the manifest goes on naming our key.
func signedInOurName(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	files = withEdit(files, packet.ManifestFile, `"v1"`, `"v3"`)
	files[packet.SignatureFile] = evidencetest.Stranger.Sign(files[packet.ManifestFile])
	return evidencetest.Pack(t, files)
}
