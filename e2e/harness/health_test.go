package harness

import (
	"context"
	"io"
	"strings"
	"testing"
)

// read returns the body of the response to a GET.
func read(t testing.TB, address string) string {
	t.Helper()
	answer, err := client.Get(address)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return string(body)
}

// The disk has room for the log and none for the database file: leads are stored and the log only grows, so an
// operator must know before the disk is full.
func TestDiskFull_AFailingCheckpointIsReportedWhileLeadsAreStored(t *testing.T) {
	t.Parallel()
	sim, admin := startSimulator(t), freeAddr(t)
	s := newPowerCutRun(t, sim, "no room for the database")
	s.in.settings = append(s.in.settings, "INTAKE_ADMIN_ADDR="+admin)
	unmount := mount(t, s.disk, s.mount)
	p := s.in.serve(t)
	s.fleet.add(p)
	ctx, stopVisitors := context.WithCancel(t.Context())
	waitForVisitors := s.fleet.runVisitors(ctx, crowd, s.issued)
	reports := func(word, gauge string) func() bool {
		return func() bool {
			return read(t, p.url()+"/healthz") == word+"\n" && strings.Contains(read(t, "http://"+admin+"/metrics"), "\nintake_degraded{cause=\"checkpoint\"} "+gauge+"\n")
		}
	}
	await(t, "all is well", reports("ok", "0"))
	s.disk.leaveNoRoom("intake.db")
	await(t, "the degraded cause is shown", reports("degraded", "1"))
	s.issued.awaitMore(t, 100)
	s.disk.leaveNoRoom("")
	await(t, "the end of the cause is shown", reports("ok", "0"))
	if others, _ := s.issued.failures(); len(others) > 0 {
		t.Errorf("posts were refused: %v", others)
	}
	s.cutAndCount(p, unmount, func() { stopVisitors(); waitForVisitors() }, sim)
}
