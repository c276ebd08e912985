package lead

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestChoices_AreThoseThatMakeSenseInEachStatus(t *testing.T) {
	running := time.UnixMilli(1000)
	for _, tt := range []struct {
		story string
		lead  Lead
		want  []Event
	}{
		{"suspect", Lead{Status: Suspect}, []Event{SuspectFreed, SuspectDiscarded, ClosedByHand}},
		{"in doubt: no choice repeats it", Lead{Status: InDoubt}, []Event{FoundThere, NotThere, ClosedByHand}},
		{"parked before Alleviate had it", Lead{Status: Parked}, []Event{SendAgain, ClosedByHand}},
		{"parked when Alleviate had it", Lead{Status: Parked, AlleviateID: "a"}, []Event{GoOn, ClosedByHand}},
		{"parked by a status that nobody documented", Lead{Status: Parked, AlleviateID: "a", SubmitStatus: 1021}, []Event{ClosedByHand}},
		{"refused", Lead{Status: Refused, AlleviateID: "a", SubmitStatus: 422}, []Event{ClosedByHand}},
		{"landed before", Lead{Status: Created, AlleviateID: "a", ResultCode: 1003, Reason: LandedBefore}, []Event{FoundThere, ClosedByHand}},
		{"created", Lead{Status: Created, AlleviateID: "a", ResultCode: 9999}, []Event{ClosedByHand}},
		{"being looked up", Lead{Status: Created, AlleviateID: "a", LeaseUntil: running}, nil},
		{"being sent", Lead{Status: Sending, LeaseUntil: running}, nil},
		{"in doubt and erased", Lead{Status: InDoubt, ErasedAt: running}, []Event{FoundThere, ClosedByHand}},
		{"submitted", Lead{Status: Submitted}, nil},
		{"closed", Lead{Status: Closed}, nil},
	} {
		if got := tt.lead.Choices(); fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %q, want %q", tt.story, got, tt.want)
		}
	}
}

func TestCheckDecision_SaysWhyItRefuses(t *testing.T) {
	good := Decision{Event: NotThere, Attempt: 2, Who: "ann", Reason: "asked", Confirmed: "Bob", ConfirmedAt: time.UnixMilli(1000)}
	l := Lead{Status: InDoubt, Attempt: 2}
	if err := l.CheckDecision(good); err != nil {
		t.Errorf("a good decision: %v", err)
	}
	for _, tt := range []struct {
		story string
		edit  func(d *Decision)
		want  string
	}{
		{"nobody decides", func(d *Decision) { d.Who = "" }, "the name of who decides"},
		{"no reason", func(d *Decision) { d.Reason = "" }, "needs a reason"},
		{"an event of the delivery", func(d *Decision) { d.Event = Answered }, "not for a person"},
		{"a repeat", func(d *Decision) { d.Event = ResendBegun }, "not for a person"},
		{"the lead moved on", func(d *Decision) { d.Attempt = 1 }, "has moved on"},
		{"nobody confirmed", func(d *Decision) { d.Confirmed = "" }, "who at Alleviate confirms"},
		{"confirmed at no time", func(d *Decision) { d.ConfirmedAt = time.Time{} }, "and when"},
		{"found under no id", func(d *Decision) { d.Event = FoundThere }, "under which id"},
		{"another status", func(d *Decision) { d.Event = SendAgain }, `"in_doubt" cannot take the event "send again"`},
	} {
		d := good
		tt.edit(&d)
		if err := l.CheckDecision(d); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.story, err, tt.want)
		}
	}
}
