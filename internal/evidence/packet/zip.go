package packet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// MaxBytes is the size of the largest packet, a hundred times that of a usual one.
const MaxBytes = 16 << 20

// maxFiles is how many files a packet may have, four times the usual number.
const maxFiles = 64

// fixedDate is 1 January 1980 as zip files write it, the first day that they know.
const fixedDate = 1<<5 | 1

// zipVersion is 2.0 of the zip format, which every program reads.
const zipVersion = 20

// Pack writes the files in the order of their names, uncompressed and with one fixed time for all. The
// same files give the same bytes in every version of this program, which verifying relies on.
func Pack(files map[string][]byte) ([]byte, error) {
	var packet bytes.Buffer
	w := zip.NewWriter(&packet)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := packFile(w, name, files[name]); err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return packet.Bytes(), nil
}

func packFile(w *zip.Writer, name string, body []byte) error {
	entry, err := w.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Store, ReaderVersion: zipVersion,
		ModifiedDate: fixedDate, //lint:ignore SA1019 Modified, which replaces it, does nothing in CreateRaw
		CRC32:        crc32.ChecksumIEEE(body), CompressedSize64: uint64(len(body)), UncompressedSize64: uint64(len(body)),
	})
	if err != nil {
		return err
	}
	_, err = entry.Write(body)
	return err
}

// Unpack reads the files. It refuses a name that leads out of the folder, a file that is there twice, and
// anything compressed: it never holds more than the packet's own size.
func Unpack(packet []byte) (map[string][]byte, error) {
	if len(packet) > MaxBytes {
		return nil, fmt.Errorf("the packet is larger than %d MB, which no packet is", MaxBytes>>20)
	}
	r, err := zip.NewReader(bytes.NewReader(packet), int64(len(packet)))
	if err != nil {
		return nil, errors.New("the packet is no zip file, is cut off, or has something behind its end")
	}
	if len(r.File) > maxFiles {
		return nil, fmt.Errorf("the packet has %d files, more than any packet", len(r.File))
	}
	files, left := map[string][]byte{}, uint64(len(packet))
	for _, f := range r.File {
		if err := checkEntry(f, files, left); err != nil {
			return nil, err
		}
		left -= f.CompressedSize64
		if files[f.Name], err = readEntry(f); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// entryName matches the names of files in a packet.
var entryName = regexp.MustCompile(`^(texts/)?[A-Za-z0-9][A-Za-z0-9-]*\.[a-z]+$`)

func checkEntry(f *zip.File, files map[string][]byte, left uint64) error {
	_, twice := files[f.Name]
	switch {
	case leadsOut(f.Name):
		return fmt.Errorf("the packet has a file whose name %q leads out of its folder", f.Name)
	case !entryName.MatchString(f.Name):
		return fmt.Errorf("the packet has a file named %q, as none in a packet is", f.Name)
	case twice:
		return fmt.Errorf("the packet has the file %s twice", f.Name)
	case f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 || f.Flags != 0:
		return fmt.Errorf("%s is compressed or encrypted, as nothing in a packet is: the zip was packed anew", f.Name)
	case f.CompressedSize64 > left:
		return fmt.Errorf("%s says that it is larger than the packet", f.Name)
	}
	return nil
}

// leadsOut says whether unpacking the name could write outside the folder.
func leadsOut(name string) bool {
	clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	return strings.HasPrefix(clean, "/") || clean == ".." || strings.HasPrefix(clean, "../") || strings.Contains(clean, ":")
}

// readEntry does not check the CRC: the hashes of the manifest prove more.
func readEntry(f *zip.File) ([]byte, error) {
	r, err := f.OpenRaw()
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: the zip is damaged", f.Name)
	}
	body, err := io.ReadAll(r)
	if err != nil || uint64(len(body)) != f.UncompressedSize64 {
		return nil, fmt.Errorf("%s is cut off", f.Name)
	}
	return body, nil
}
