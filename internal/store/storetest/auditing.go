package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"intake/internal/audit"
)

// asWritten compares entries but for what the store makes up.
var asWritten = cmpopts.IgnoreFields(audit.Entry{}, "ID", "Counter", "Number", "Sum")

var auditing = map[string]func(*testing.T, *bench){
	"an audit entry is read back as it was written, in the order of time": func(t *testing.T, b *bench) {
		later := audit.Entry{At: b.clock.Now().Add(time.Second), Who: "ann", Action: "view", Lead: "lead 1", Fields: []string{"email", "city"}, Reason: "asked by phone", RequestID: "r1"}
		b.audit(t, later)
		b.chainAudit(t, 1)
		b.audit(t, audit.Entry{Who: "bob", Action: "sign-in"})
		earlier := audit.Entry{At: b.clock.Now(), Who: "bob", Action: "view", Lead: "lead 1"}
		b.audit(t, earlier)
		got, err := b.AuditLog().Of(t.Context(), "lead 1")
		if err != nil {
			t.Fatal(err)
		}
		later.Link, earlier.Fields = 1, []string{}
		if diff := cmp.Diff([]audit.Entry{earlier, later}, got, asWritten); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	},
	"an empty audit log is whole": func(t *testing.T, b *bench) {
		b.wantAuditWhole(t, 0, 0)
	},
	"an audit log that cannot be read is not called broken": func(t *testing.T, b *bench) {
		b.audit(t, audit.Entry{Who: "ann", Action: "view"})
		b.exec(t, "drop table audit_entry")
		if _, err := b.AuditLog().Verify(t.Context(), nil); err == nil || errors.Is(err, audit.ErrBroken) {
			t.Errorf("got %v", err)
		}
	},
	"an audit entry without a person is refused": func(t *testing.T, b *bench) {
		if err := b.AuditLog().Write(t.Context(), audit.Entry{Action: "view"}); err == nil {
			t.Error("it was written")
		}
	},
}

func (b *bench) audit(t *testing.T, e audit.Entry) {
	t.Helper()
	if err := b.AuditLog().Write(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantAudit(t *testing.T, known []byte, want string) {
	t.Helper()
	if _, err := b.AuditLog().Verify(t.Context(), known); !isBroken(err, want) {
		t.Errorf("got %v, want it to say %q", err, want)
	}
}

func isBroken(err error, want string) bool {
	return errors.Is(err, audit.ErrBroken) && strings.Contains(err.Error(), want)
}
