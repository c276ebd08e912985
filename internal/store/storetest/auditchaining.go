package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/store"
)

var auditChaining = map[string]func(*testing.T, *bench){
	"audit entries are linked after their commit, and until then listed as not linked": func(t *testing.T, b *bench) {
		b.auditMany(t, 250) // more than a commit links
		report := b.wantAuditWhole(t, 0, 250)
		if !report.Oldest.Equal(b.clock.Now()) {
			t.Errorf("the oldest is of %v, want %v", report.Oldest, b.clock.Now())
		}
		b.chainAudit(t, 120)
		b.wantAuditWhole(t, 120, 130)
		b.chainAudit(t, 1000)
		report = b.wantAuditWhole(t, 250, 0)
		n, head, err := b.again(t).AuditLog().Chain(t.Context(), 1000)
		if diff := cmp.Diff(report.Head, head); err != nil || n != 0 || diff != "" {
			t.Errorf("linked %d more, %v, head (-want +got):\n%s", n, err, diff)
		}
	},
	"whoever edits the audit log is found out": func(t *testing.T, b *bench) {
		b.auditMany(t, 500) // as many as are read at once
		b.chainAudit(t, 1000)
		b.auditMany(t, 1)
		b.chainAudit(t, 1) // the last link is that of the last number
		report := b.wantAuditWhole(t, 501, 0)
		for _, tt := range []struct{ edit, undo, want string }{
			{"update audit_entry set reason = 'other' where link = 2", "update audit_entry set reason = 'asked' where link = 2", "entry 2 is not as it was written"},
			{"update audit_entry set link = 1000 where link = 3", "update audit_entry set link = 3 where link = 1000", "entry 3 is missing"},
			{swapLinks, swapLinks, "entry 2 does not follow the one before"},
			{"update audit_entry set link_hash = sum where link = 501", "", "entry 501 does not follow the one before"},
		} {
			b.exec(t, tt.edit)
			b.wantAudit(t, nil, tt.want)
			if tt.undo != "" {
				b.exec(t, tt.undo)
			}
		}
		b.exec(t, "update audit_entry set link_hash = (select hash from chain_head where chain = 'audit entries') where link = 501")
		b.wantAuditWhole(t, 501, 0)
		b.exec(t, "update chain_head set seq = 502 where chain = 'audit entries'")
		b.wantAudit(t, nil, "end with link 501 and should end with 502")
		b.exec(t, "update chain_head set seq = 501 where chain = 'audit entries'")
		b.wantAuditWhole(t, 501, 0)
		b.exec(t, "delete from audit_entry where link = 501")
		b.wantAudit(t, nil, "end with link 500 and should end with 501")
		b.exec(t, "update chain_head set seq = 500, hash = (select link_hash from audit_entry where link = 500) where chain = 'audit entries'")
		b.wantAudit(t, nil, "one was taken away")
		b.exec(t, "update audit_counter set entries = entries - 1")
		b.wantAudit(t, report.Head.Hash, "do not hold the link that was their head before")
		b.wantAuditWhole(t, 500, 0) // without the old head
	},
	"the end of the audit log is verified alone": func(t *testing.T, b *bench) {
		b.auditMany(t, 250)
		b.chainAudit(t, 1000)
		b.auditMany(t, 3)
		tail := func(known audit.Head, want string) audit.Head {
			t.Helper()
			report, err := b.AuditLog().VerifyTail(t.Context(), known)
			if want == "" && (err != nil || report.Head.Seq != 250 || report.Unlinked != 3) || want != "" && !isBroken(err, want) {
				t.Errorf("%+v, %v, want %q", report, err, want)
			}
			return report.Head
		}
		head := tail(audit.Head{}, "")
		b.exec(t, "update audit_entry set reason = 'other' where link = 9")
		tail(head, "")
		b.exec(t, "update audit_entry set reason = 'other' where link = 60")
		tail(head, "entry 60 is not as it was written")
		b.exec(t, "update audit_entry set reason = 'asked' where link = 60")
		b.exec(t, "update audit_entry set reason = 'other' where number = 253")
		tail(head, "which is not linked yet, is not as it was written")
		b.exec(t, "update audit_entry set reason = 'asked' where number = 253")
		tail(audit.Head{Seq: 249, Hash: head.Hash}, "do not hold the link that was their head before")
	},
	"an entry that was changed before it is linked is not linked": func(t *testing.T, b *bench) {
		b.auditMany(t, 3)
		b.exec(t, "update audit_entry set who = 'bob' where number = 2")
		b.wantAudit(t, nil, "which is not linked yet, is not as it was written")
		n, head, err := b.AuditLog().Chain(t.Context(), 10)
		if n != 2 || head.Seq != 2 || !isBroken(err, "which is not linked yet, is not as it was written") {
			t.Errorf("linked %d, head %d, %v", n, head.Seq, err)
		}
		b.exec(t, "update audit_entry set who = 'ann' where number = 2")
		b.chainAudit(t, 1)
		b.wantAuditWhole(t, 3, 0)
	},
	"an entry that was taken away before it is linked is missed": func(t *testing.T, b *bench) {
		for _, tt := range []struct{ edit, want string }{
			{"delete from audit_entry where number = 2", "and has 2: one was taken away before it was linked"},
			{"delete from audit_entry where number = 3", "and has 2: one was taken away before it was linked"},
			{"update audit_entry set link = -1 where number = 3", "and has 2: one was taken away before it was linked"}, // no walk meets it
			{"update audit_entry set link = 1 where number = 3", "entry 1 does not follow the one before it"},
			{"delete from audit_counter", "was set back to 0, and entry 3 is there"},
			{"update audit_counter set entries = 2", "was set back to 2, and entry 3 is there"},
		} {
			b.exec(t, "delete from audit_entry")
			b.exec(t, "delete from audit_counter")
			b.auditMany(t, 3)
			b.exec(t, tt.edit)
			b.wantAudit(t, nil, tt.want)
		}
	},
	"two processes that write and chain the audit log at once make one chain without a fork": func(t *testing.T, b *bench) {
		stores := []*store.Store{b.Store, b.again(t)}
		together(8, func(i int) {
			s := stores[i%2]
			for range 5 {
				if err := s.AuditLog().Write(t.Context(), audit.Entry{Who: fmt.Sprint("person ", i), Action: "view"}); err != nil {
					t.Error(err)
				}
				if _, _, err := s.AuditLog().Chain(t.Context(), 10); err != nil {
					t.Error(err)
				}
				if _, err := s.AuditLog().Verify(t.Context(), nil); err != nil { // never in between
					t.Error(err)
				}
			}
		})
		if _, _, err := b.AuditLog().Chain(t.Context(), 40); err != nil {
			t.Error(err)
		}
		b.wantAuditWhole(t, 40, 0)
	},
}

// swapLinks puts the second and the third entry in each other's place.
const swapLinks = `update audit_entry set link = -2 where link = 2; update audit_entry set link = 2 where link = 3;
	update audit_entry set link = 3 where link = -2`

// auditMany writes n entries.
func (b *bench) auditMany(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		b.audit(t, audit.Entry{Who: "ann", Action: fmt.Sprint("view ", i), Lead: "lead 1", Reason: "asked"})
	}
}

// chainAudit links up to max entries.
func (b *bench) chainAudit(t *testing.T, max int) {
	t.Helper()
	if _, _, err := b.AuditLog().Chain(t.Context(), max); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantAuditWhole(t *testing.T, linked int64, unlinked int) audit.Report {
	t.Helper()
	report, err := b.AuditLog().Verify(t.Context(), nil)
	if err != nil || report.Head.Seq != linked || report.Unlinked != unlinked {
		t.Errorf("%d entries are linked and %d are not, %v, want %d and %d", report.Head.Seq, report.Unlinked, err, linked, unlinked)
	}
	return report
}
