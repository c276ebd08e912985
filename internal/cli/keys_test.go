package cli_test

import (
	"path/filepath"
	"testing"

	"intake/internal/cli/clitest"
)

// TestKeys_ChangeNothingThatTheAuditLogWouldNotTake wants who and why before the change, and an error when the entry
// could not be written after it.
func TestKeys_ChangeNothingThatTheAuditLogWouldNotTake(t *testing.T) {
	p := clitest.New(t)
	before := p.Want(t, 0, "seals", "keys", "list")
	p.Want(t, 1, "say why: -reason", "keys", "add")
	p.Want(t, 1, "needs the name of who acts", "keys", "add", "-by", "", "-reason", "r")
	p.Want(t, 1, "single lines", "keys", "add", "-reason", "two\nlines")
	if after := p.Want(t, 0, "seals", "keys", "list"); after != before {
		t.Errorf("the keys changed from\n%sto\n%s", before, after)
	}
	p.Exec(t, "drop table audit_entry")
	p.Want(t, 1, "it is done, but not in the audit log; write it down by hand (add key ", "keys", "add", "-reason", "r")
	p.Want(t, 0, "opens", "keys", "list")
}

func TestKeys_TellsHowItIsUsed(t *testing.T) {
	p := clitest.New(t)
	for _, args := range [][]string{{"keys"}, {"keys", "remove"}, {"keys", "add", "1", "-reason", "r"}, {"keys", "promote"}, {"keys", "promote", "first"}} {
		p.Want(t, 1, "usage: intake keys list", args...)
	}
}

func TestKeys_PublicNeedsNoDatabase(t *testing.T) {
	p := clitest.New(t)
	want := p.Want(t, 0, "-----BEGIN PUBLIC KEY-----", "keys", "public")
	p.Set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "none.db"))
	if got := p.Want(t, 0, "-----END PUBLIC KEY-----", "keys", "public"); got != want {
		t.Errorf("%s and %s", got, want)
	}
	p.Want(t, 1, "intake keys list", "keys", "public", "ID")
	p.Set("INTAKE_KEYSET_FILE=" + filepath.Join(t.TempDir(), "none"))
	p.Want(t, 1, "is missing", "keys", "public")
}
