package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intake/internal/app"
	"intake/internal/cli/clitest"
	"intake/internal/consent"
	"intake/internal/store"
)

// saveChained saves a lead for each key, chains their records and writes the head to a file as the server does.
func saveChained(t *testing.T, s *store.Store, path string, keys ...string) consent.Head {
	t.Helper()
	for _, key := range keys {
		clitest.SaveLead(t, s, key)
	}
	_, head, err := s.Chain(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return head
}

func TestEvidence_VerifiesRecordsAndHead(t *testing.T) {
	p := clitest.New(t)
	s := p.Store(t)
	id, err := s.DatabaseID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := app.HeadPath(filepath.Dir(p.Setting("INTAKE_KEYSET_FILE")), id)
	p.Want(t, 0, "no head is written down at "+path+" yet", "evidence", "verify")
	p.Want(t, 1, "no such file", "evidence", "verify", "-head", filepath.Join(t.TempDir(), "none"))
	head := saveChained(t, s, path, "one", "two")
	clitest.SaveLead(t, s, "three")
	said := p.Want(t, 0, "whole: 2 in the chain, 0 of them erased", "evidence", "verify")
	for _, want := range []string{"1 are not in the chain yet", fmt.Sprintf("head 2 %x\nsignature %x\nthey hold head 2 of ", head.Hash, head.Signature)} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}

	p.Exec(t, "update lead set consent = replace(consent, '\"channel\":\"\"', '\"channel\":\"paper\"') where id = (select lead_id from consent_link where seq = 1)")
	p.Want(t, 1, "consent link 1 is not as it was written", "evidence", "verify")
	p.Exec(t, "delete from consent_link")
	p.Exec(t, "update lead_private set link = null")
	p.Exec(t, "update chain_head set seq = 0, hash = null where chain = 'consent records'")
	if _, _, err := s.Chain(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	p.Want(t, 1, "do not hold head 2 of", "evidence", "verify")
	p.Want(t, 1, "usage: intake evidence verify", "evidence")
}
