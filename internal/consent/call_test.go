package consent

import (
	"slices"
	"testing"

	"intake/internal/lead"
)

// call is a complete record of a call.
func call() Record {
	r := Record{Channel: RecordedCall, Call: Call{ID: lead.Keep("call-7")}}
	for _, p := range []Purpose{Recording, Credit, Terms, Marketing} {
		r.Acts = append(r.Acts, Act{Purpose: p, Given: true, Shown: ReadAloud})
	}
	return r
}

func TestRecord_OfACallIsCompleteWithNoticeCreditTermsAndAnID(t *testing.T) {
	for story, tt := range map[string]struct {
		change func(*Record)
		want   lead.Permission
	}{
		"complete":                              {func(*Record) {}, lead.Permission{Terms: true, CreditCheck: true}},
		"and a spoken yes is an opt-in":         {func(r *Record) { r.Call.OptIn = true }, lead.Permission{Terms: true, CreditCheck: true, Marketing: true}},
		"no yes to marketing":                   {func(r *Record) { r.Call.OptIn, r.Acts[3].Given = true, false }, lead.Permission{Terms: true, CreditCheck: true}},
		"the notice was not read":               {func(r *Record) { r.Acts[0].Given = false }, lead.Permission{}},
		"no yes to the credit check":            {func(r *Record) { r.Acts[1].Given = false }, lead.Permission{}},
		"no yes to the terms":                   {func(r *Record) { r.Acts = slices.Delete(r.Acts, 2, 3) }, lead.Permission{}},
		"of two lines about credit one was yes": {func(r *Record) { r.Acts = append(r.Acts, Act{Purpose: Credit}) }, lead.Permission{}},
		"no id":                                 {func(r *Record) { r.Call.ID = lead.Private[string]{} }, lead.Permission{}},
		"an empty id":                           {func(r *Record) { r.Call.ID = lead.Keep("") }, lead.Permission{}},
	} {
		r := call()
		tt.change(&r)
		if got := r.Permission(); got.Terms != tt.want.Terms || got.CreditCheck != tt.want.CreditCheck || got.Marketing != tt.want.Marketing {
			t.Errorf("%s: %+v, want %+v", story, got, tt.want)
		}
		if got := r.Complete(); got != tt.want.Terms {
			t.Errorf("%s: complete %v", story, got)
		}
	}
}

func TestRecord_OfAPageNeedsNoNoticeAndNoID(t *testing.T) {
	r := call()
	r.Channel, r.Call, r.Acts = "consumer-web", Call{}, r.Acts[1:]
	if p := r.Permission(); !r.Complete() || !p.Terms || !p.CreditCheck || !p.Marketing {
		t.Errorf("complete %v, permits %+v", r.Complete(), p)
	}
	r.Acts[0].Given = false
	if p := r.Permission(); r.Complete() || p.CreditCheck || !p.Terms {
		t.Errorf("without credit: complete %v, permits %+v", r.Complete(), p)
	}
}
