package packet

import "testing"

// A packet of today must still verify in five years. After a change of these bytes every older packet is
// refused.
func TestPack_AlwaysWritesTheSameBytes(t *testing.T) {
	data, err := Pack(map[string][]byte{"b.txt": []byte("two"), "a.json": []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Hash(data), "0654eb7b5b951a1234ad6cafe84c88fcac0f1365f55978686aa1fda6b21d0c13"; got != want {
		t.Errorf("the bytes of a zip have the hash %s, want %s", got, want)
	}
}
