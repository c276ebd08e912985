package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/leadtable"
)

// stored opens what is on disk, as another process does.
func (p *program) stored() *store.Store {
	p.t.Helper()
	keys, err := seal.Load(p.file("data/keyset.json"), "")
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := store.Open(p.ctx(), store.Options{
		URL: "file:" + p.file("data/intake.db"), Environment: "simulator", Keys: keys,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// ctx does not end with the test, so that what is left on disk can be read after it.
func (p *process) ctx() context.Context { return context.WithoutCancel(p.t.Context()) }

// onDisk is the lead of a status page and its history.
func (p *program) onDisk(statusPath string) (lead.Lead, []leadtable.Event) {
	p.t.Helper()
	s := p.stored()
	defer s.Close()
	_, handle, _ := strings.Cut(statusPath, "/status/")
	l, err := s.FindByHandle(p.ctx(), handle)
	if err != nil {
		p.t.Fatalf("the lead was acknowledged and is not on disk: %v", err)
	}
	history, err := s.History(p.ctx(), l.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return l, history
}

// checkStored stops the program and compares how many leads stand where.
func (p *program) checkStored(want map[lead.Status]int) {
	p.t.Helper()
	if code := p.stop(); code != 0 {
		p.t.Errorf("the program ended with %d, want 0", code)
	}
	s := p.stored()
	defer s.Close()
	got, err := s.Counts(p.ctx())
	if err != nil {
		p.t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("leads on disk (-want +got):\n%s", diff)
	}
}

// checkOneLead is the end of a test in which somebody sent one request, however often.
func checkOneLead(t *testing.T, p *program) {
	t.Helper()
	onlyLead(t, awaitDelivered(t, p.twin, 1))
	p.checkStored(map[lead.Status]int{lead.Submitted: 1})
}
