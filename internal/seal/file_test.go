package seal

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write puts data into a new file that nobody else may read.
func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func masterKey(t *testing.T, fill byte) string {
	t.Helper()
	return write(t, "master", bytes.Repeat([]byte{fill}, masterKeyBytes))
}

// created is a new key file, with its content.
func created(t *testing.T, master string) (path string, data []byte, keys *Keys) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keyset.json")
	keys, err := Create(path, master)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, data, keys
}

func TestLoad_ReadsWhatCreateWrote(t *testing.T) {
	for name, master := range map[string]string{"wrapped": masterKey(t, 1), "in clear": ""} {
		t.Run(name, func(t *testing.T) {
			path, _, keys := created(t, master)
			loaded, err := Load(path, master)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := loaded.Open(sealed(t, keys, "value"), "lead-1", "email"); err != nil || string(got) != "value" {
				t.Errorf("got %q, %v", got, err)
			}
			for _, same := range []bool{
				bytes.Equal(loaded.Index("phone", "1"), keys.Index("phone", "1")),
				bytes.Equal(loaded.HandleHash("h"), keys.HandleHash("h")),
				loaded.IndexVersion() == keys.IndexVersion(),
			} {
				if !same {
					t.Error("a loaded key makes other hashes")
				}
			}
		})
	}
}

func TestCreate_LeavesOneFileForItsOwnerOnly(t *testing.T) {
	path, _, _ := created(t, "")
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v, want 1", len(files), err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o, %v", info.Mode().Perm(), err)
	}
}

func TestCreate_NeverOverwrites(t *testing.T) {
	path, before, _ := created(t, "")
	if _, err := Create(path, ""); err == nil || !strings.Contains(err.Error(), "not overwritten") {
		t.Errorf("got %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the key file changed: %v", err)
	}
}

func TestCreate_WrapsTheKeys(t *testing.T) {
	_, data, keys := created(t, masterKey(t, 1))
	var file keyFile
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, key := range [][]byte{keys.reveal().index, keys.reveal().lookup} {
		if bytes.Contains(file.Body, key) {
			t.Error("a key stands in the wrapped file")
		}
	}
	var body keyBody
	if json.Unmarshal(file.Body, &body) == nil {
		t.Error("the wrapped body can be read")
	}
}

func TestLoad_ExplainsEachErrorInOneSentence(t *testing.T) {
	master := masterKey(t, 1)
	_, clear, _ := created(t, "")
	wrappedPath, wrapped, _ := created(t, master)
	flipped := bytes.Replace(wrapped, []byte(`"body":"`), []byte(`"body":"AAAA`), 1)
	body := func(text string) []byte {
		data, err := json.Marshal(keyFile{fileFormat, false, []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, tt := range []struct{ name, path, master, words string }{
		{"no file", filepath.Join(t.TempDir(), "none"), "", "is missing"},
		{"a folder", t.TempDir(), "", "is not a file"},
		{"empty", write(t, "k", nil), "", "is damaged"},
		{"cut short", write(t, "k", clear[:len(clear)/2]), "", "is damaged"},
		{"something else", write(t, "k", []byte(`{"format":"canary"}`)), "", "is damaged"},
		{"too large", write(t, "k", make([]byte, maxFileBytes+1)), "", "is not a file"},
		{"no keys in it", write(t, "k", body(`{}`)), "", "is damaged"},
		{"no JSON in it", write(t, "k", body(`canary`)), "", "is damaged"},
		{"a short key in it", write(t, "k", shortKey(t, clear)), "", "is damaged"},
		{"wrapped, no master key", wrappedPath, "", "name the master key file"},
		{"wrapped, another master key", wrappedPath, masterKey(t, 2), "the master key is another one, or the file is damaged"},
		{"wrapped and damaged", write(t, "k", flipped), master, "the master key is another one, or the file is damaged"},
		{"in clear although there is a master key", write(t, "k", clear), master, "is in clear"},
		{"no master key file", wrappedPath, filepath.Join(t.TempDir(), "none"), "master key file"},
		{"a short master key", wrappedPath, write(t, "m", []byte("canary")), "has 6 bytes, not 32"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := Load(tt.path, tt.master)
			if err == nil || keys != nil {
				t.Fatal("it was loaded")
			}
			if got := err.Error(); !strings.Contains(got, tt.words) || strings.Contains(got, "canary") || strings.Contains(got, "\n") {
				t.Errorf("got %q, want one sentence with %q", got, tt.words)
			}
		})
	}
}

// shortKey is a key file in clear whose handle key lacks a byte.
func shortKey(t *testing.T, clear []byte) []byte {
	t.Helper()
	var file keyFile
	var body keyBody
	if err := json.Unmarshal(clear, &file); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file.Body, &body); err != nil {
		t.Fatal(err)
	}
	body.Lookup = body.Lookup[1:]
	var err error
	if file.Body, err = json.Marshal(body); err != nil {
		t.Fatal(err)
	}
	if clear, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	return clear
}

func TestLoad_RefusesFilesThatAreOpenToOthers(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o700, 0o644} {
		master := masterKey(t, 1)
		path, _, _ := created(t, master)
		for _, file := range []string{path, master} {
			if err := os.Chmod(file, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path, master); err == nil || !strings.Contains(err.Error(), "is open to others") || !strings.Contains(err.Error(), "0600") {
				t.Errorf("%s with mode %04o: %v", filepath.Base(file), mode, err)
			}
			if err := os.Chmod(file, 0o400); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Load(path, master); err != nil {
			t.Errorf("mode 0400: %v", err)
		}
	}
}
