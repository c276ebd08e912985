package main

import (
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"intake/internal/store"
)

const auditUsage = `usage: intake audit verify [-head HASH]   check the chain of all entries and print its head
       intake audit show [ID]            the entries about a lead, by our id or its reference, or about none: keys, restores, resumes`

// auditLog checks the audit log's chain, or shows entries. It fails when an entry is missing or not
// as it was written.
func auditLog(ctx context.Context, in invocation) error {
	action, rest := first(in.args)
	flags := flag.NewFlagSet("audit "+action, flag.ContinueOnError)
	flags.SetOutput(in.stderr)
	switch action {
	case "verify":
		known := flags.String("head", "", "a hash that this command printed before: it must still be in the chain")
		if err := flags.Parse(rest); err != nil {
			return err
		}
		return withStore(ctx, in, func(leads *store.Store) error { return verifyAudit(ctx, in.stdout, leads, *known) })
	case "show":
		typed, err := parseWord(flags, rest)
		if err != nil {
			return err
		}
		return withStore(ctx, in, func(leads *store.Store) error { return showAudit(ctx, in.stdout, leads, typed) })
	}
	return errors.New(auditUsage)
}

// withStore opens the database that the settings name for one act.
func withStore(ctx context.Context, in invocation, act func(*store.Store) error) error {
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	leads, err := openStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	return errors.Join(act(leads), leads.Close())
}

func verifyAudit(ctx context.Context, out io.Writer, leads *store.Store, known string) error {
	hash, err := hex.DecodeString(known)
	if err != nil {
		return errors.New("-head must be a hash as this command prints it")
	}
	if known == "" {
		hash = nil
	}
	head, err := leads.VerifyAudit(ctx, hash)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The audit log is whole: %d entries, head %x\n", head.Seq, head.Hash)
	return nil
}

func showAudit(ctx context.Context, out io.Writer, leads *store.Store, typed string) error {
	id, err := leadNamed(ctx, leads, typed)
	if err != nil {
		return err
	}
	entries, err := leads.AuditOf(ctx, string(id))
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(w, "%d\t%s\t%s\tby %s\t%s\t%s\n", e.Seq, clock(e.At), e.Action, e.Who, strings.Join(e.Fields, " "), e.Reason)
	}
	return w.Flush()
}
