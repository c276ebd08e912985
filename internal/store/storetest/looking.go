package storetest

import (
	"context"
	"errors"
	"testing"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store"
)

var looking = map[string]func(*testing.T, *bench){
	"whoever looks at a lead is written down, and sees nothing unless that is done": func(t *testing.T, b *bench) {
		id := b.save(t, "key").ID
		look := func(ctx context.Context) (lead.Lead, audit.Entry, error) {
			l, err := b.Find(ctx, id)
			return l, audit.Entry{Who: "ann", Action: "view", Lead: string(id), Fields: []string{"email"}}, err
		}
		l, err := store.Looked(t.Context(), b.Store, look)
		if err != nil || l.ID != id || !l.Applicant.Email.Given() {
			t.Errorf("saw the lead %q, %v, want %s with its answers", l.ID, err, id)
		}
		b.wantActions(t, id, "ann: view")
		b.exec(t, "alter table audit_entry rename to hidden")
		l, err = store.Looked(t.Context(), b.Store, look)
		if err == nil || l.ID != "" || l.Applicant.Email.Given() {
			t.Errorf("saw the lead %q, %v, although nobody knows who looked", l.ID, err)
		}
	},
	"who looked and saw nothing is not written down": func(t *testing.T, b *bench) {
		failed := errors.New("no such lead")
		_, err := store.Looked(t.Context(), b.Store, func(context.Context) (string, audit.Entry, error) {
			return "seen", audit.Entry{Who: "ann", Action: "view"}, failed
		})
		if !errors.Is(err, failed) {
			t.Errorf("got %v", err)
		}
		b.wantActions(t, "")
	},
}
