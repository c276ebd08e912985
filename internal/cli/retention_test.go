package cli_test

import (
	"testing"
	"time"

	"intake/internal/cli/clitest"
)

func TestRetention_TellsWhatItWouldDoAndDoesIt(t *testing.T) {
	p := clitest.New(t)
	s := p.Store(t)
	old := clitest.SaveLead(t, s, "old")
	clitest.SaveLead(t, s, "young")
	p.Exec(t, "update lead set received_at = $1, erase_due_at = $2 where id = $3", time.Now().Add(-91*24*time.Hour).UnixMilli(), time.Now().UnixMilli(), old)
	for range 2 {
		p.Want(t, 0, "Would erase the SSN of 1 leads, the answers of 1 and the evidence of 0.", "retention", "-dry-run")
	}
	p.Want(t, 0, "Erased the SSN of 1 leads, the answers of 1 and the evidence of 0.", "retention")
	p.Want(t, 0, "Erased the SSN of 0 leads", "retention")
	p.Exec(t, "update stamp set unscrubbed = 1")
	p.Want(t, 0, "Erased the SSN of 0 leads", "retention", "-rewrite")
}
