package storetest

import (
	"testing"

	"intake/internal/lead"
)

var optingOut = map[string]func(*testing.T, *bench){
	"a lead that waits is stopped": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		stopped, err := b.OptOut(t.Context(), lead.OptOut{At: b.clock.Now(), Channel: "web", Language: "es", Phone: l.Applicant.HomePhone})
		if err != nil || len(stopped) != 1 || stopped[0] != l.ID {
			t.Errorf("stopped %v, %v", stopped, err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Closed: 1})
		since, found, err := b.Suppressed(t.Context(), l.Applicant.HomePhone.Reveal(), "")
		if err != nil || !found || !since.Equal(b.clock.Now()) {
			t.Errorf("since %v, %v, %v", since, found, err)
		}
	},
}
