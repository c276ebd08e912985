package harness

import (
	"context"
	"io"
	"strings"
	"testing"
)

// read is the body at an address.
func read(t testing.TB, address string) string {
	t.Helper()
	answer, err := client.Get(address)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return string(body)
}

// The disk has room for the log and none for the database file: leads are stored, the log only grows, and
// nobody would know until the disk is full.
func TestDiskFull_ALogThatCannotBeMovedIsToldWhileLeadsAreStored(t *testing.T) {
	t.Parallel()
	tw, admin := startTwin(t), freeAddr(t)
	s := newCutStory(t, tw, "no room for the database")
	s.in.settings = append(s.in.settings, "INTAKE_ADMIN_ADDR="+admin)
	unmount := mount(t, s.disk, s.mount)
	p := s.in.serve(t)
	s.fleet.add(p)
	ctx, goHome := context.WithCancel(t.Context())
	left := s.fleet.comeIn(ctx, crowd, s.pr)
	tells := func(word, gauge string) func() bool {
		return func() bool {
			return read(t, p.url()+"/healthz") == word+"\n" && strings.Contains(read(t, "http://"+admin+"/metrics"), "\nintake_degraded{cause=\"checkpoint\"} "+gauge+"\n")
		}
	}
	await(t, "all is well", tells("ok", "0"))
	s.disk.leaveNoRoom("intake.db")
	await(t, "it is told", tells("degraded", "1"))
	s.pr.awaitMore(t, 100)
	s.disk.leaveNoRoom("")
	await(t, "it is told that it is over", tells("ok", "0"))
	if others, _ := s.pr.others(); len(others) > 0 {
		t.Errorf("posts were refused: %v", others)
	}
	s.cutAndCount(p, unmount, func() { goHome(); left() }, tw)
}
