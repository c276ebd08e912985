package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"hash/crc32"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// checkEveryMember wants one changed byte to be found in each file of the packet.
func checkEveryMember(t *testing.T, packet, key string) {
	t.Helper()
	r, err := zip.OpenReader(packet)
	must(t, err)
	defer r.Close()
	for _, f := range r.File {
		at, err := f.DataOffset()
		must(t, err)
		body := []byte(contents(t, packet))
		body[at+int64(f.UncompressedSize64/2)] ^= 1
		checkFound(t, body, key, f.Name)
	}
	if len(r.File) < 10 {
		t.Errorf("the packet has %d files", len(r.File))
	}
}

// checkFound wants the program to find that the packet does not hold, and to say so with the words.
func checkFound(t *testing.T, packet []byte, key, words string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "changed.zip")
	must(t, os.WriteFile(path, packet, 0o600))
	code, said := command(t, []string{"verify", path, "-key", key})
	if code != 1 || !strings.Contains(said, "changed.zip does not hold: ") || !strings.Contains(said, words) {
		t.Errorf("verify ended with %d and does not say %q:\n%s", code, words, said)
	}
}

// checkForgery changes a file, makes all hashes anew and signs with another key. So well that the packet
// holds for whoever trusts that key; by ours it is found.
func checkForgery(t *testing.T, files map[string][]byte, key string) {
	t.Helper()
	stranger, theirs, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(stranger)
	must(t, err)
	readme := bytes.Replace(files["README.txt"], []byte("It holds personal data"), []byte("It holds Personal Data"), 1)
	var manifest struct {
		Key struct{ PublicKey, SHA256 string }
	}
	must(t, json.Unmarshal(files["manifest.json"], &manifest))
	files["manifest.json"] = []byte(strings.NewReplacer(
		digest(files["README.txt"]), digest(readme),
		manifest.Key.PublicKey, base64.StdEncoding.EncodeToString(der), manifest.Key.SHA256, digest(der),
	).Replace(string(files["manifest.json"])))
	files["README.txt"], files["manifest.sig"] = readme, ed25519.Sign(theirs, files["manifest.json"])
	forged, folder := packAgain(t, files), t.TempDir()
	checkFound(t, forged, key, "it was not made by whom you trust")
	path, trusting := filepath.Join(folder, "forged.zip"), filepath.Join(folder, "stranger.pem")
	must(t, os.WriteFile(path, forged, 0o600))
	must(t, os.WriteFile(trusting, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644))
	proves(t, path, trusting)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// packAgain makes a zip as a packet is one: by name, uncompressed, all of one day.
func packAgain(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		size := uint64(len(files[name]))
		entry, err := w.CreateRaw(&zip.FileHeader{
			Name: name, Method: zip.Store, ReaderVersion: 20, CRC32: crc32.ChecksumIEEE(files[name]), CompressedSize64: size, UncompressedSize64: size,
			ModifiedDate: 1<<5 | 1, //lint:ignore SA1019 Modified, which replaces it, does nothing in CreateRaw
		})
		must(t, err)
		_, err = entry.Write(files[name])
		must(t, err)
	}
	must(t, w.Close())
	return out.Bytes()
}

// readmeCommand is a line of the packet's README that is typed.
var readmeCommand = regexp.MustCompile(`(?m)^  (.*openssl .*)$`)

// checkByOpenSSL runs the commands of the packet's README as they stand there.
func checkByOpenSSL(t *testing.T, files map[string][]byte, key string) {
	t.Helper()
	tool(t, "openssl")
	dir := t.TempDir()
	files["intake-public-key.pem"] = []byte(key)
	for name, body := range files {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, name), body, 0o600))
	}
	var manifest struct {
		Key  struct{ SHA256 string }
		Page struct{ FullSHA256, Salt string }
	}
	must(t, json.Unmarshal(files["manifest.json"], &manifest))
	var record struct{ Objects []struct{ SHA256 string } }
	must(t, json.Unmarshal(files["record.json"], &record))
	lines := readmeCommand.FindAllStringSubmatch(string(files["README.txt"]), -1)
	wants := []string{manifest.Key.SHA256, "Signature Verified Successfully", digest(files["page.html"]), manifest.Page.FullSHA256, record.Objects[0].SHA256}
	if len(lines) != len(wants) {
		t.Fatalf("the README has %d commands, want %d", len(lines), len(wants))
	}
	for i, want := range wants {
		line := strings.NewReplacer("SALT", manifest.Page.Salt, "'HEADING' 'SUMMARY' 'PARAGRAPH 1' 'PARAGRAPH 2' 'CONTROL'", spanishCredit(t, files)).Replace(lines[i][1])
		shell := exec.Command("sh", "-c", line)
		shell.Dir = dir
		if said, err := shell.CombinedOutput(); err != nil || want == "" || !strings.Contains(string(said), want) {
			t.Errorf("%s\nsays %q, %v, want %q", line, said, err, want)
		}
	}
}

// spanishCredit is the Spanish credit text as a shell takes its lines.
func spanishCredit(t *testing.T, files map[string][]byte) string {
	t.Helper()
	var text struct {
		ES struct {
			Heading, Summary, Control string
			Paragraphs                []string
		}
	}
	must(t, json.Unmarshal(files["texts/credit-3.json"], &text))
	lines := append(append([]string{text.ES.Heading, text.ES.Summary}, text.ES.Paragraphs...), text.ES.Control)
	return "'" + strings.Join(lines, "' '") + "'"
}
