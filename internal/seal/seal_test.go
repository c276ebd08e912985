package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

func generate(t *testing.T) *Keys {
	t.Helper()
	keys, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func sealed(t *testing.T, k *Keys, plain string) []byte {
	t.Helper()
	got, err := k.Seal([]byte(plain), "lead-1", "email")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestOpen_ReadsWhatSealWrote(t *testing.T) {
	keys := generate(t)
	for _, plain := range []string{"", "x", "José", strings.Repeat("long ", 1000)} {
		value := sealed(t, keys, plain)
		got, err := keys.Open(value, "lead-1", "email")
		if err != nil || string(got) != plain {
			t.Errorf("got %q, %v, want %q", got, err, plain)
		}
		if len(value) != len(plain)+33 {
			t.Errorf("%d bytes became %d, want 33 more", len(plain), len(value))
		}
	}
}

func TestSeal_NeverGivesTheSameBytesTwice(t *testing.T) {
	keys := generate(t)
	if bytes.Equal(sealed(t, keys, "same"), sealed(t, keys, "same")) {
		t.Error("equal values can be recognized in their sealed form")
	}
}

func TestOpen_RefusesAMovedValue(t *testing.T) {
	keys := generate(t)
	value := sealed(t, keys, "canary-7319")
	for _, place := range [][2]string{{"lead-2", "email"}, {"lead-1", "phone"}, {"lead-1/email", ""}, {"", "lead-1/email"}, {"", ""}} {
		got, err := keys.Open(value, place[0], place[1])
		if err == nil || got != nil {
			t.Errorf("opened as %v", place)
		}
	}
}

func TestOpen_RefusesEveryFlippedBit(t *testing.T) {
	keys := generate(t)
	value := sealed(t, keys, "canary-7319")
	for i := range len(value) * 8 {
		flipped := bytes.Clone(value)
		flipped[i/8] ^= 1 << (i % 8)
		if _, err := keys.Open(flipped, "lead-1", "email"); err == nil {
			t.Errorf("opened with bit %d flipped", i)
		}
	}
	for n := range len(value) {
		if _, err := keys.Open(value[:n], "lead-1", "email"); err == nil {
			t.Errorf("opened when cut to %d bytes", n)
		}
	}
}

func TestOpen_RefusesTheValueOfOtherKeys(t *testing.T) {
	_, err := generate(t).Open(sealed(t, generate(t), "canary-7319"), "lead-1", "email")
	if err == nil || !strings.Contains(err.Error(), "email of lead lead-1") || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v", err)
	}
}

// TestOpen_ReadsWithEveryKeyOfTheSet shows that rotation needs no other format.
func TestOpen_ReadsWithEveryKeyOfTheSet(t *testing.T) {
	old := generate(t)
	before := sealed(t, old, "before")
	manager := keyset.NewManagerFromHandle(old.reveal().handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	if err := manager.SetPrimary(id); err != nil {
		t.Fatal(err)
	}
	handle, err := manager.Handle()
	if err != nil {
		t.Fatal(err)
	}
	m := *old.reveal()
	rotated, err := assemble(handle, &m)
	if err != nil {
		t.Fatal(err)
	}
	data, err := rotated.encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := unwrap(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	read, err := decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read.Open(before, "lead-1", "email"); err != nil || string(got) != "before" {
		t.Errorf("the old value: %q, %v", got, err)
	}
	if _, err := old.Open(sealed(t, read, "after"), "lead-1", "email"); err == nil {
		t.Error("new values are still sealed by the old key")
	}
}

func TestHashes_AreEqualForEqualValuesOfOnePurposeOnly(t *testing.T) {
	keys := generate(t)
	if !bytes.Equal(keys.Index("phone", "2025550143"), keys.Index("phone", "2025550143")) {
		t.Error("the same phone has two indexes")
	}
	if n := len(keys.Index("phone", "2025550143")); n != 16 {
		t.Errorf("an index has %d bytes, want 16", n)
	}
	same := *keys.reveal() // one key for all purposes: the labels alone keep them apart
	same.index = same.lookup
	seen := map[string]string{}
	for name, hash := range map[string][]byte{
		"index of a phone":     withoutFile(&same).Index("phone", "ab"),
		"index of an e-mail":   withoutFile(&same).Index("email", "ab"),
		"the border moved":     withoutFile(&same).Index("phonea", "b"),
		"handle":               withoutFile(&same).HandleHash("ab"),
		"handle of other keys": generate(t).HandleHash("ab"),
		"index of other keys":  generate(t).Index("phone", "ab"),
	} {
		start := string(hash[:16])
		if other, ok := seen[start]; ok {
			t.Errorf("%s and %s are the same", name, other)
		}
		seen[start] = name
	}
}

func TestKeys_AreShownByNoPrinter(t *testing.T) {
	keys := generate(t)
	type holder struct{ keys *Keys }
	type inner struct{ keys Keys } // unexported: methods are out of reflection's reach
	var out bytes.Buffer
	for _, v := range []any{keys, *keys, holder{keys}, &holder{keys}, inner{*keys}, []*Keys{keys}, map[string]any{"k": *keys}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
	}
	for _, key := range [][]byte{keys.reveal().index, keys.reveal().lookup} {
		decimal := strings.Trim(fmt.Sprint(key[:8]), "[]")
		for _, spelling := range []string{string(key), hex.EncodeToString(key), base64.StdEncoding.EncodeToString(key), decimal} {
			if strings.Contains(out.String(), spelling) {
				t.Fatalf("a key is shown as %q", spelling)
			}
		}
	}
}
