package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/store"
)

var auditing = map[string]func(*testing.T, *bench){
	"an audit entry is read back as it was written, in one chain with the others": func(t *testing.T, b *bench) {
		want := audit.Entry{At: b.clock.Now().Add(time.Second), Who: "ann", Action: "view", Lead: "lead 1", Fields: []string{"email", "city"}, Reason: "asked by phone", RequestID: "r1"}
		b.audit(t, audit.Entry{Who: "bob", Action: "sign-in"})
		b.audit(t, want)
		got, err := b.AuditOf(t.Context(), "lead 1")
		if err != nil || len(got) != 1 {
			t.Fatalf("%d entries, %v, want 1", len(got), err)
		}
		head, err := b.VerifyAudit(t.Context(), nil)
		if err != nil || head.Seq != 2 || !bytes.Equal(head.Hash, got[0].Hash) {
			t.Errorf("head %d, %v, want the second entry", head.Seq, err)
		}
		want.Seq, want.Previous, want.Hash = 2, got[0].Previous, got[0].Hash
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	},
	"an empty audit log is whole": func(t *testing.T, b *bench) {
		if head, err := b.VerifyAudit(t.Context(), nil); err != nil || head.Seq != 0 {
			t.Errorf("head %d, %v", head.Seq, err)
		}
	},
	"whoever edits the audit log is found out": func(t *testing.T, b *bench) {
		for i := range 501 { // more than is read at once
			b.audit(t, audit.Entry{Who: "ann", Action: fmt.Sprint("view ", i), Lead: "lead 1", Reason: "asked"})
		}
		head, err := b.VerifyAudit(t.Context(), nil)
		if err != nil || head.Seq != 501 {
			t.Fatalf("head %d, %v", head.Seq, err)
		}
		for _, tt := range []struct{ edit, undo, want string }{
			{"update audit_entry set reason = 'other' where seq = 2", "update audit_entry set reason = 'asked' where seq = 2", "entry 2 is not as it was written"},
			{"update audit_entry set at = at + 1 where seq = 501", "update audit_entry set at = at - 1 where seq = 501", "entry 501 is not as it was written"},
			{"update audit_entry set seq = 1000 where seq = 3", "update audit_entry set seq = 3 where seq = 1000", "entry 3 is missing"},
			{"update audit_head set seq = 502 where id = 1", "update audit_head set seq = 501 where id = 1", "ends with entry 501 and should end with 502"},
		} {
			b.exec(t, tt.edit)
			b.wantAudit(t, nil, tt.want)
			b.exec(t, tt.undo)
		}
		b.exec(t, "delete from audit_entry where seq = 501")
		b.wantAudit(t, nil, "ends with entry 500 and should end with 501")
		b.exec(t, "update audit_head set seq = 500, hash = (select hash from audit_entry where seq = 500) where id = 1")
		b.wantAudit(t, head.Hash, "does not hold the entry that was its head before")
		if _, err := b.VerifyAudit(t.Context(), nil); err != nil {
			t.Errorf("without the old head: %v", err)
		}
	},
	"two processes that write the audit log at once make one chain": func(t *testing.T, b *bench) {
		stores := []*store.Store{b.Store, b.again(t)}
		together(8, func(i int) {
			for range 5 {
				if err := stores[i%2].Audit(t.Context(), audit.Entry{Who: fmt.Sprint("person ", i), Action: "view"}); err != nil {
					t.Error(err)
				}
			}
		})
		if head, err := b.VerifyAudit(t.Context(), nil); err != nil || head.Seq != 40 {
			t.Errorf("head %d, %v, want 40", head.Seq, err)
		}
	},
	"an audit log that cannot be read is not called broken": func(t *testing.T, b *bench) {
		b.audit(t, audit.Entry{Who: "ann", Action: "view"})
		b.exec(t, "drop table audit_entry")
		if _, err := b.VerifyAudit(t.Context(), nil); err == nil || errors.Is(err, audit.ErrBroken) {
			t.Errorf("got %v", err)
		}
	},
	"an audit entry without a person is refused": func(t *testing.T, b *bench) {
		if err := b.Audit(t.Context(), audit.Entry{Action: "view"}); err == nil {
			t.Error("it was written")
		}
	},
}

func (b *bench) audit(t *testing.T, e audit.Entry) {
	t.Helper()
	if err := b.Audit(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantAudit(t *testing.T, known []byte, want string) {
	t.Helper()
	if _, err := b.VerifyAudit(t.Context(), known); !errors.Is(err, audit.ErrBroken) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want it to say %q", err, want)
	}
}
