package rekey

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReseal_SealsWhatTheRegistrySays(t *testing.T) {
	var sealed []string
	for _, table := range sealedTables {
		if len(table.columns) != len(table.places) {
			t.Errorf("%s has %d sealed columns and %d places", table.name, len(table.columns), len(table.places))
		}
		sealed = append(sealed, fmt.Sprint(table.name, " by ", table.key, ": ", strings.Join(table.columns, " ")))
	}
	want := []string{
		"lead_private by lead_id: answers_key ssn_key evidence_key", "draft by id: typed ssn origin handle",
		"page_private by page_id: words_key answers_key", "opt_out by id: person", "session by id: data", "disposition by id: note",
	}
	if diff := cmp.Diff(want, sealed); diff != "" {
		t.Errorf("sealed anew (-want +got):\n%s", diff)
	}
}
