package secretscan

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// planted are put together from parts, so that no file of the repository holds one.
func planted() map[string]string {
	letters := strings.Repeat("aB3-", 10)
	return map[string]string{
		"a private key":               "-----BEGIN RSA " + "PRIVATE KEY-----",
		"a key set of ours":           `{"format":` + `"intake keys 1"}`,
		"an Entra client secret":      "abc8Q" + "~" + letters[:34],
		"an access token":             "eyJ" + letters + ".eyJ" + letters + "." + letters,
		"a key of a cloud":            "AKIA" + strings.Repeat("Q7", 8),
		"a token of a code host":      "ghp_" + strings.Repeat("a1B2", 9),
		"a password in an address":    "postgres://intake:" + "correcthorse@db/intake",
		"a secret given to a setting": "export ALLEVIATE_CLIENT_SECRET=" + letters,
	}
}

func TestFind_NamesEveryKindOfSecretAndNothingHarmless(t *testing.T) {
	filler := strings.Repeat("one line\n", 10_000)
	for name, secret := range planted() {
		for _, text := range []string{secret, "one line\n" + secret + "\nanother", filler + secret, secret + "\n" + filler, "\x00\x01 " + secret + " \xff\x00"} {
			if found := Find([]byte(text)); !slices.Equal(found, []string{name}) {
				t.Errorf("%s in %d bytes: %q", name, len(text), found)
			}
		}
	}
	if len(planted()) != len(secretKinds) {
		t.Errorf("%d of %d forms are planted", len(planted()), len(secretKinds))
	}
	for _, harmless := range []string{
		"postgres://intake:…@db/intake", "ALLEVIATE_CLIENT_SECRET=any-word-of-twelve-letters", "https://localhost:8080/apply", "eyJhbGciOiJub25lIn0.e30.",
		"Q~", "AKIA", "ghp_", "://", "# ALLEVIATE_CLIENT_SECRET=" + strings.Repeat("x", 40),
	} {
		if found := Find([]byte(harmless)); len(found) != 0 {
			t.Errorf("%s is taken for %q", harmless, found)
		}
	}
}

// archive is a tar file.
func archive(t *testing.T, name, body string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, file := range [][2]string{{"first", "harmless"}, {name, body}} {
		if err := w.WriteHeader(&tar.Header{Name: file[0], Mode: 0o600, Size: int64(len(file[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func compress(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// An image is an archive of layers, each an archive too, compressed or not.
func TestSearch_LooksIntoEveryFileAndEveryLayer(t *testing.T) {
	secret, canary := planted()["a private key"], "kEstrel-7319"
	layer := archive(t, "etc/key.pem", "x"+secret)
	root := fstest.MapFS{
		"intake":       {Data: []byte("\x7fELF\x00\x00" + canary + "\x00")},
		"etc/ssl/key":  {Data: []byte(secret)},
		"etc/harmless": {Data: []byte("nothing")},
		"image.tar":    {Data: archive(t, "blobs/sha256/1", string(layer))},
		"other.tar.gz": {Data: compress(t, archive(t, "layer.tar", string(compress(t, layer))))},
	}
	files, found, err := Search(root, "not-there", canary)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"etc/ssl/key holds a private key",
		"image.tar: blobs/sha256/1: etc/key.pem holds a private key",
		"intake holds canary 2",
		"other.tar.gz: layer.tar: etc/key.pem holds a private key",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if files != 9 {
		t.Errorf("%d files were searched, want 9", files)
	}
	for _, line := range found {
		if strings.Contains(line, canary) || strings.Contains(line, secret) {
			t.Errorf("quotes what it found: %s", line)
		}
	}
}

func TestSearch_ReportsWhatItCannotRead(t *testing.T) {
	whole := archive(t, "a", strings.Repeat("x", 2000))
	packed := compress(t, whole)
	for name, text := range map[string][]byte{
		"an archive cut off in a file":      whole[:len(whole)-2500],
		"an archive cut off between files":  whole[:1024+200],
		"a compressed one that is cut off":  packed[:len(packed)/2],
		"a compressed one without its head": {0x1f, 0x8b, 8},
	} {
		if _, _, err := Search(fstest.MapFS{"x": {Data: text}}); err == nil {
			t.Errorf("%s: there is no error", name)
		}
	}
}
