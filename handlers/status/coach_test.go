package status

import (
	"testing"
	"time"

	"intake/internal/coach"
	"intake/internal/lead"
)

// TestStatus_SaysWhatTheResultCoachTellsStaff holds the two against each other for every state and code that there is.
func TestStatus_SaysWhatTheResultCoachTellsStaff(t *testing.T) {
	table, err := coach.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, time.November, 22, 14, 0, 0, 0, time.UTC)
	compared := 0
	for code := 999; code <= 1100; code++ {
		for _, status := range []lead.Status{lead.Received, lead.Suspect, lead.Sending, lead.Created, lead.Submitting, lead.Submitted, lead.Refused, lead.InDoubt, lead.Parked, lead.Closed} {
			for _, submit := range []int{0, 200, 208, 400, 422, 1021} {
				for _, age := range []time.Duration{time.Minute, slowAfter} {
					l := lead.Lead{Status: status, ResultCode: code, SubmitStatus: submit, ReceivedAt: now.Add(-age)}
					if code == 999 {
						l.ResultCode = 0
					} else if code == 1100 {
						l.ResultCode = 9999
					}
					if !possible(l) {
						continue
					}
					compared++
					if want, got := stateOf(l, now).TextName(), string(table.Advise(coach.Case{Lead: l, Now: now}).Consumer); got != want {
						t.Errorf("%s, code %d, submit %d after %s: staff are told %s, the page says %s", status, l.ResultCode, submit, age, got, want)
					}
				}
			}
		}
	}
	if compared < 800 {
		t.Errorf("%d leads were compared", compared)
	}
}

// possible leaves out leads that no table of moves leads to.
func possible(l lead.Lead) bool {
	switch l.Status {
	case lead.Received, lead.Suspect, lead.Sending, lead.InDoubt:
		return l.ResultCode == 0 && l.SubmitStatus == 0
	case lead.Submitted:
		return l.Qualified() && (l.SubmitStatus == 200 || l.SubmitStatus == 208)
	case lead.Refused:
		return l.Qualified() && (l.SubmitStatus == 400 || l.SubmitStatus == 422)
	case lead.Parked:
		return l.SubmitStatus == 0 || l.Qualified() && l.SubmitStatus == 1021
	}
	return l.SubmitStatus == 0
}
