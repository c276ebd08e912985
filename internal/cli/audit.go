package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/store"
)

const auditUsage = `usage: intake audit verify [-head HASH]   check the chain of all entries and print its head
       intake audit show [ID]            the entries about a lead, by our id or its reference, or about none: keys, restores, resumes

example: intake audit show K7PM-3XRT`

// auditLog verifies the audit log's hash chain, or prints entries. It fails when an entry is missing or was changed.
func auditLog(ctx context.Context, in *command.Invocation) error {
	switch action, rest := in.Action(); {
	case command.IsHelp(action):
		return flag.ErrHelp
	case action == "verify":
		known := in.Flags.String("head", "", "a hash that this command printed before: it must still be in the chain")
		if err := in.Flags.Parse(rest); err != nil {
			return err
		}
		return in.WithStore(ctx, func(_ config.Config, s *store.Store) error { return verifyAudit(ctx, in.Stdout, s, *known) })
	case action == "show":
		typed, err := in.ParseOperand(rest)
		if err != nil {
			return err
		}
		return in.WithStore(ctx, func(_ config.Config, s *store.Store) error { return showAudit(ctx, in.Stdout, s, typed) })
	}
	return errors.New(auditUsage)
}

func verifyAudit(ctx context.Context, out io.Writer, s *store.Store, known string) error {
	hash, err := hex.DecodeString(known)
	if err != nil {
		return errors.New("-head must be a hash as this command prints it")
	}
	if known == "" {
		hash = nil
	}
	report, err := s.AuditLog().Verify(ctx, hash)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The audit log is whole: %s\n", report)
	return nil
}

func showAudit(ctx context.Context, out io.Writer, s *store.Store, typed string) error {
	id, err := command.LeadID(ctx, s, typed)
	if err != nil {
		return err
	}
	entries, err := s.AuditLog().Of(ctx, string(id))
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		place := "-" // not in the chain yet
		if e.Link > 0 {
			place = fmt.Sprint(e.Link)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\tby %s\t%s\t%s\n", place, command.FormatTime(e.At), e.Action, e.Who, strings.Join(e.Fields, " "), e.Reason)
	}
	return w.Flush()
}
