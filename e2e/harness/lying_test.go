package harness

import (
	"testing"

	"intake/internal/lead"
)

// receipt takes a new visitor through all pages and returns the handle of the receipt.
func (p *process) receipt(t *testing.T) string {
	t.Helper()
	v := newVisitor().goToCheckPage(t, p.url())
	status, handle, err := v.nextStep(p.url())
	if err != nil || handle == "" {
		t.Fatalf("the last page was answered %d, %v", status, err)
	}
	return handle
}

// A server that did the work and answers with a refusal cannot be distinguished from one that did not: the call is
// repeated, as the protocol allows, and Alleviate's own duplicate check finds it. The lead is then at rest,
// not qualified by the second answer, and was processed once.
func TestLying_ARefusalAfterTheWorkIsFoundByTheSecondAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ fault, reason string }{
		{`{"fault":"401","operation":"createLead","when":"after"}`, ""}, // the one repeat belongs to the same attempt
		{`{"fault":"429","operation":"createLead","when":"after","retryAfter":"1"}`, lead.LandedBefore},
		{`{"fault":"503","operation":"createLead","when":"after","retryAfter":"1"}`, lead.LandedBefore},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			sim := startSimulator(t)
			sim.control(t, "faults", tt.fault)
			in := newInstallation(t, sim, "INTAKE_LOG=error")
			p := in.serve(t)
			handle := p.receipt(t)
			await(t, "the call was repeated", func() bool { return len(sim.ledger(t).Calls("createLead")) == 2 })
			if code := p.stop(); code != 0 {
				t.Errorf("the program ended with %d, want 0", code)
			}
			s := openStore(t, in.database, in.keyset())
			defer s.Close()
			l, err := s.FindByHandle(t.Context(), handle)
			must(t, err)
			if l.Status != lead.Created || l.Step != lead.AtRest || l.ResultCode != 1003 || l.Qualified() || l.Reason != tt.reason {
				t.Errorf("the lead is %s with code %d because %q and waits for %q, want created and at rest with 1003 because %q", l.Status, l.ResultCode, l.Reason, l.Step, tt.reason)
			}
			if n := sim.ledger(t).Processed()[string(l.ID)]; n != 1 {
				t.Errorf("Alleviate processed the lead %d times, want once", n)
			}
		})
	}
}
