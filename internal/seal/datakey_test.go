package seal

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestDataKey_SealsOneRecordOfOneOwner(t *testing.T) {
	keys, plain := generate(t), []byte("jose@example.com")
	key := NewDataKey()
	record := key.Seal(plain, "LEAD", "answers")
	wrapped, err := keys.Wrap(key, "LEAD", "answers")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(record, plain) || bytes.Contains(wrapped, key.reveal()) || bytes.Contains(record, key.reveal()) {
		t.Error("the record or its key is in the clear")
	}
	again, err := keys.Unwrap(wrapped, "LEAD", "answers")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(record, "LEAD", "answers"); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %q, %v", got, err)
	}
	for owner, class := range map[string]string{"OTHER": "answers", "LEAD": "evidence"} {
		_, moved := again.Open(record, owner, class)
		_, rewrapped := keys.Unwrap(wrapped, owner, class)
		if moved == nil || rewrapped == nil {
			t.Errorf("it opens as %s of %s: %v, %v", class, owner, moved, rewrapped)
		}
	}
	for i := range record {
		flipped := bytes.Clone(record)
		flipped[i] ^= 1
		if _, err := again.Open(flipped, "LEAD", "answers"); err == nil {
			t.Fatalf("byte %d may be changed", i)
		} else if strings.Contains(fmt.Sprintf("%+v", err), "jose") {
			t.Error("the error holds the value")
		}
	}
	if _, err := NewDataKey().Open(record, "LEAD", "answers"); err == nil {
		t.Error("another data key opens it")
	}
}

func TestDataKey_StaysTheSameWhenItIsWrappedAnew(t *testing.T) {
	master := masterKey(t, 7)
	path, _, keys := created(t, master)
	key := NewDataKey()
	record := key.Seal([]byte("plain"), "LEAD", "ssn")
	wrapped, err := keys.Wrap(key, "LEAD", "ssn")
	if err != nil {
		t.Fatal(err)
	}
	next := added(t, path, master)
	if err := Promote(path, master, next, noon); err != nil {
		t.Fatal(err)
	}
	keys = loaded(t, path, master)
	same, err := keys.Unwrap(wrapped, "LEAD", "ssn")
	if err != nil {
		t.Fatal(err)
	}
	anew, err := keys.Wrap(same, "LEAD", "ssn")
	if err != nil {
		t.Fatal(err)
	}
	wantKeyID(t, anew, next)
	same, err = keys.Unwrap(anew, "LEAD", "ssn")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := same.Open(record, "LEAD", "ssn"); err != nil || string(got) != "plain" {
		t.Errorf("opened %q, %v", got, err)
	}
	if !bytes.Equal(same.Salt(), key.Salt()) || bytes.Equal(key.Salt(), NewDataKey().Salt()) {
		t.Error("the salt does not follow from the data key alone")
	}
}

func TestDataKey_IsPrintedByNobody(t *testing.T) {
	key := NewDataKey()
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", key, key, key)} {
		if strings.Contains(text, string(key.reveal())) || strings.Contains(text, fmt.Sprintf("%x", key.reveal())) || strings.Contains(text, fmt.Sprint(key.reveal())) {
			t.Error("the key is printed")
		}
	}
}
