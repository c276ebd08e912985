package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/user"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store"
)

// actor is who acts on the command line, and why, as the audit log keeps it.
type actor struct{ by, reason string }

// flags adds -by and -reason. Without -by it is the account that runs the command.
func (a *actor) flags(flags *flag.FlagSet) {
	flags.StringVar(&a.by, "by", account(), "who acts")
	flags.StringVar(&a.reason, "reason", "", "why; it is kept for years, so name no person in it")
}

// account names whoever runs the command, as far as this machine knows it.
func account() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "account " + u.Username
	}
	return fmt.Sprint("account ", os.Getuid()) // a container may have no list of names
}

func (a actor) entry(action string) audit.Entry {
	return audit.Entry{Who: a.by, Action: action, Reason: a.reason, RequestID: "cli-" + rand.Text()}
}

// check refuses an act that the audit log would not take, before it is done.
func (a actor) check() error {
	if a.reason == "" {
		return errors.New("say why: -reason")
	}
	return a.entry("check").Check()
}

// auditAfter writes the entry of an act outside the database, which is done and cannot be undone.
func auditAfter(ctx context.Context, leads *store.Store, e audit.Entry) error {
	if err := leads.Audit(ctx, e); err != nil {
		return fmt.Errorf("it is done, but not in the audit log; write it down by hand (%s, by %s): %w", e.Action, e.Who, err)
	}
	return nil
}

// leadNamed is the id of the lead that somebody names, by our id or by the reference on the visitor's page.
func leadNamed(ctx context.Context, leads *store.Store, typed string) (lead.PartnerID, error) {
	reference, ok := lead.ParseReference(typed)
	if !ok {
		return lead.PartnerID(typed), nil
	}
	found, err := leads.ByReference(ctx, reference)
	if err != nil {
		return "", err
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no lead has the reference %s", reference)
	case 1:
		return found[0].ID, nil
	}
	words := fmt.Sprintf("%d leads share the reference %s; name one by its id:", len(found), reference)
	for _, l := range found {
		words += fmt.Sprintf("\n  %s received %s", l.ID, clock(l.ReceivedAt))
	}
	return "", errors.New(words)
}
