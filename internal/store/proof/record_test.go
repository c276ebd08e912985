package proof

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/leadtable"
)

func TestRecord_IsReadBackByteForByte(t *testing.T) {
	want := consent.Record{PersonName: lead.Keep("José\x00\xff"), Phone: lead.Keep(""), UserAgent: lead.Keep(strings.Repeat("x", 70_000))}
	var got consent.Record
	if err := leadtable.Decode(leadtable.Encode(evidenceFields(&want)), evidenceFields(&got)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecord_ThatIsDamagedSaysSoWithoutAValue(t *testing.T) {
	whole := leadtable.Encode(evidenceFields(&consent.Record{PersonName: lead.Keep("José"), Phone: lead.Keep("2025550143")}))
	for n := range len(whole) {
		var r consent.Record
		if err := leadtable.Decode(whole[:n], evidenceFields(&r)); err == nil && (n > 0 && r.Phone.Given()) {
			t.Errorf("%d of %d bytes are read as a whole record", n, len(whole))
		}
	}
	for story, record := range map[string][]byte{
		"a name that nobody knows":      leadtable.Encode([]lead.Answer{leadtable.Private("shoeSize", ptr(lead.Keep("José")))}),
		"a length beyond the end":       {200, 1},
		"a number that never ends":      slices.Repeat([]byte{0xff}, 20),
		"names in another order":        append(leadtable.Encode([]lead.Answer{leadtable.Private("phone", ptr(lead.Keep("José")))}), leadtable.Encode([]lead.Answer{leadtable.Private("person_name", ptr(lead.Keep("José")))})...),
		"the name without its own text": whole[:len("person_name")+1],
	} {
		var r consent.Record
		if err := leadtable.Decode(record, evidenceFields(&r)); !errors.Is(err, leadtable.ErrDamagedRecord) || strings.Contains(err.Error(), "José") {
			t.Errorf("%s: %v", story, err)
		}
	}
}

func ptr[T any](v T) *T { return &v }
