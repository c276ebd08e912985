package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
)

var callingBack = map[string]func(*testing.T, *bench){
	"an agent's call backs are listed, the first due first, until somebody has called": func(t *testing.T, b *bench) {
		second, first := b.promise(t, "01", ann, 2*time.Hour), b.promise(t, "02", ann, time.Hour)
		called, erased := b.promise(t, "03", ann, time.Hour), b.promise(t, "05", ann, time.Hour)
		b.promise(t, "04", ann, time.Hour)
		bens := b.promise(t, "06", ben, time.Hour+time.Minute)
		b.clock.forward(time.Second)
		b.dispose(t, called, lead.Disposition{By: ben, Kind: lead.NoContact})
		b.optOut(t, lead.OptOut{Channel: "web", Email: lead.Keep("04@example.com")})
		if _, err := b.EraseOnRequest(t.Context(), erased, by); err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string][]lead.PartnerID{ann.Key: {first, second}, ben.Key: {bens}, "": {first, bens, second}, "nobody": nil} {
			b.wantCallBacks(t, key, lead.Page{Size: 9}, want)
		}
		for _, due := range b.callBacks(t, ann.Key, lead.Page{Size: 9}) {
			if due.By != ann || due.Kind != lead.CallBack || due.ZipCode.Reveal() != "62701" || due.Note.Reveal() != "call me" {
				t.Errorf("by %v, %d, with a ZIP code %v and a note %v", due.By, due.Kind, due.ZipCode.Given(), due.Note.Given())
			}
		}
		b.clock.forward(2*time.Hour + 30*day)
		b.wantCallBacks(t, "", lead.Page{Size: 9}, nil)
	},
	"one that is late by less than 30 days is still listed": func(t *testing.T, b *bench) {
		late := b.promise(t, "01", ann, time.Hour)
		b.clock.forward(time.Hour + 30*day)
		b.wantCallBacks(t, ann.Key, lead.Page{Size: 9}, []lead.PartnerID{late})
		b.clock.forward(time.Millisecond)
		b.wantCallBacks(t, ann.Key, lead.Page{Size: 9}, nil)
	},
	"the pages of call backs hold each of them once, also those of one moment": func(t *testing.T, b *bench) {
		var all, anns []lead.PartnerID
		for i, key := range []string{"01", "02", "03", "04", "05", "06", "07"} {
			who := []lead.Agent{ann, ben}[i%2]
			id := b.promise(t, key, who, time.Hour)
			if all = append(all, id); who == ann {
				anns = append(anns, id)
			}
		}
		slices.Sort(all)
		slices.Sort(anns)
		for key, want := range map[string][]lead.PartnerID{"": all, ann.Key: anns} {
			var got []lead.PartnerID
			page := lead.Page{Size: 2}
			for range all {
				list := b.callBacks(t, key, page)
				if len(list) == 0 {
					break
				}
				for _, due := range list {
					got = append(got, due.Lead)
				}
				page.After = list[len(list)-1].Cursor()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("of %q (-want +got):\n%s", key, diff)
			}
		}
	},
}

// promise saves a lead of a person of its own, whom the agent promises to call back.
func (b *bench) promise(t *testing.T, key string, by lead.Agent, in time.Duration) lead.PartnerID {
	t.Helper()
	l := Lead(key)
	l.Applicant.HomePhone, l.Applicant.CellPhone, l.Applicant.WorkPhone = lead.Keep("20255501"+key), lead.Private[string]{}, lead.Private[string]{}
	l.Applicant.Email = lead.Keep(key + "@example.com")
	if _, err := b.Save(t.Context(), l, Record()); err != nil {
		t.Fatal(err)
	}
	b.dispose(t, l.ID, lead.Disposition{By: by, Kind: lead.CallBack, CallBackAt: b.clock.Now().Add(in), Note: lead.Keep("call me")})
	return l.ID
}

func (b *bench) callBacks(t *testing.T, key string, page lead.Page) []lead.CallBackDue {
	t.Helper()
	list, err := b.CallBacks(t.Context(), key, page)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (b *bench) wantCallBacks(t *testing.T, key string, page lead.Page, want []lead.PartnerID) {
	t.Helper()
	var got []lead.PartnerID
	for _, due := range b.callBacks(t, key, page) {
		got = append(got, due.Lead)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("call backs of %q (-want +got):\n%s", key, diff)
	}
}
