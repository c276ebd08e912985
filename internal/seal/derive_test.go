package seal

import (
	"bytes"
	"path/filepath"
	"testing"
)

func TestDerive_IsTheSameInEveryProcessAndAnotherForEachPurpose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	made, err := Create(path, "")
	if err != nil {
		t.Fatal(err)
	}
	read, err := Load(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made.Derive("forms"), read.Derive("forms")) {
		t.Error("the same keys give two")
	}
	if bytes.Equal(made.Derive("forms"), made.Derive("links")) || bytes.Equal(made.Derive("forms"), made.HandleHash("forms")) {
		t.Error("two purposes have one key")
	}
	other, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(made.Derive("forms"), other.Derive("forms")) {
		t.Error("other keys give the same")
	}
}
