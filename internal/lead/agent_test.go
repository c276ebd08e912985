package lead

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestDisposition_NeedsWhatItsKindSays(t *testing.T) {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	later := at.Add(time.Hour)
	with := func(kind DispositionKind, note string, callBack time.Time) Disposition {
		d := Disposition{Lead: "id", At: at, By: Agent{Key: "ann"}, Kind: kind, CallBackAt: callBack}
		if note != "" {
			d.Note = Keep(note)
		}
		return d
	}
	for kind := Transferred; kind <= OtherOutcome; kind++ {
		d := with(kind, "a note", time.Time{})
		if kind == CallBack {
			d.CallBackAt = later
		}
		if err := d.Check(); err != nil {
			t.Errorf("disposition %d: %v", kind, err)
		}
	}
	nobody, nothing := with(Transferred, "", time.Time{}), with(Transferred, "", time.Time{})
	nobody.By, nothing.Lead = Agent{}, ""
	for story, tt := range map[string]struct {
		d    Disposition
		want error // nil: any
	}{
		"a call back without a time":      {with(CallBack, "note", time.Time{}), ErrNoCallBackTime},
		"a call back in the past":         {with(CallBack, "note", at), ErrNoCallBackTime},
		"a time without a call back":      {with(NoContact, "", later), nil},
		"another outcome without a note":  {with(OtherOutcome, " \n", time.Time{}), ErrNoNote},
		"a note that is too long":         {with(NoContact, strings.Repeat("é", MaxNote+1), time.Time{}), ErrLongNote},
		"a disposition that there is not": {with(10, "note", time.Time{}), nil},
		"no disposition":                  {with(0, "note", time.Time{}), nil},
		"nobody made it":                  {nobody, nil},
		"no lead":                         {nothing, nil},
	} {
		if err := tt.d.Check(); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", story, err)
		}
	}
	if err := with(NoContact, strings.Repeat("é", MaxNote), time.Time{}).Check(); err != nil {
		t.Errorf("a note of %d characters: %v", MaxNote, err)
	}
}
