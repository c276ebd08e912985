package main

import (
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
)

// auditLog checks the audit log's chain and prints its head. It fails when an entry is missing or
// not as it was written.
func auditLog(ctx context.Context, in invocation) error {
	action, rest := first(in.args)
	if action != "verify" {
		return errors.New("usage: intake audit verify [-head HASH]")
	}
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(in.stderr)
	known := flags.String("head", "", "a hash that this command printed before: it must still be in the chain")
	if err := flags.Parse(rest); err != nil {
		return err
	}
	hash, err := hex.DecodeString(*known)
	if err != nil {
		return errors.New("-head must be a hash as this command prints it")
	}
	if *known == "" {
		hash = nil
	}
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	leads, err := openStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	head, err := leads.VerifyAudit(ctx, hash)
	if err := errors.Join(err, leads.Close()); err != nil {
		return err
	}
	fmt.Fprintf(in.stdout, "The audit log is whole: %d entries, head %x\n", head.Seq, head.Hash)
	return nil
}
