package lead

import (
	"strings"
	"testing"
	"time"
)

func TestAmendable_OnlyWhatAlleviateRefusedAndNeverHad(t *testing.T) {
	good := Lead{Status: Parked, Attempt: 2}
	if err := good.Amendable(2); err != nil {
		t.Errorf("a parked lead: %v", err)
	}
	for _, tt := range []struct {
		story string
		edit  func(l *Lead)
		want  string
	}{
		{"it was sent meanwhile", func(l *Lead) { l.Attempt = 3 }, "has moved on"},
		{"it waits to be sent", func(l *Lead) { l.Status = Received }, `"received"`},
		{"it is in doubt", func(l *Lead) { l.Status = InDoubt }, `"in_doubt"`},
		{"Alleviate has it", func(l *Lead) { l.AlleviateID = "a" }, "is at Alleviate"},
		{"a call is out", func(l *Lead) { l.LeaseUntil = time.UnixMilli(1) }, "is running"},
		{"it was erased", func(l *Lead) { l.ErasedAt = time.UnixMilli(1) }, "are erased"},
	} {
		l := good
		tt.edit(&l)
		if err := l.Amendable(2); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.story, err, tt.want)
		}
	}
}
