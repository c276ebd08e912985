package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/store"
)

var texting = map[string]func(*testing.T, *bench){
	"a version that was in use never changes, in no process": func(t *testing.T, b *bench) {
		first := []consent.Published{{ID: "terms", Version: "1", SHA256: "aa", InUse: true}, {ID: "credit", Version: "1", SHA256: "bb", InUse: true}}
		useTexts(t, b.Store, first, nil)
		useTexts(t, b.again(t), first, nil)
		reworded := consent.Published{ID: "terms", Version: "1", SHA256: "a0", File: "terms-1.json", InUse: true}
		useTexts(t, b.again(t), []consent.Published{reworded, first[1]}, []consent.Published{reworded})
		reworded.InUse = false // it stays in the folder beside a newer one
		useTexts(t, b.Store, []consent.Published{reworded, {ID: "terms", Version: "2", SHA256: "cc", InUse: true}}, []consent.Published{reworded})
		useTexts(t, b.Store, []consent.Published{first[0], {ID: "terms", Version: "2", SHA256: "dd", InUse: true}}, nil) // the one above was not noted
		useTexts(t, b.Store, first, nil)
	},
	"a version that was never in use may change": func(t *testing.T, b *bench) {
		useTexts(t, b.Store, []consent.Published{{ID: "terms", Version: "1", SHA256: "aa"}, {ID: "terms", Version: "2", SHA256: "bb", InUse: true}}, nil)
		useTexts(t, b.Store, []consent.Published{{ID: "terms", Version: "1", SHA256: "a0", InUse: true}}, nil)
	},
}

func useTexts(t *testing.T, s *store.Store, texts, want []consent.Published) {
	t.Helper()
	got, err := s.UseTexts(t.Context(), texts)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, reworded (-want +got):\n%s", err, diff)
	}
}
