package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"intake/internal/store"
)

// backUp writes a verified copy of the database to a new file, beside a running server.
func backUp(ctx context.Context, in invocation) error {
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	if len(in.args) != 1 {
		return errors.New("name the file: intake backup FILE")
	}
	leads, err := openStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	n, err := leads.Backup(ctx, in.args[0], cfg.Environment)
	if err := errors.Join(err, leads.Close()); err != nil {
		return err
	}
	fmt.Fprintf(in.stdout, "%d leads are in %s, which was read back. The key file is not in it.\n", n, in.args[0])
	return nil
}

// restore makes a new database from a backup, from which nothing goes out until a person lifts that.
func restore(ctx context.Context, in invocation) error {
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	flags.SetOutput(in.stderr)
	lift := flags.Bool("lift", false, "let delivery go on after a restore; what is in doubt stays so")
	clean := flags.Bool("nothing-since", false, "with -lift: nothing was sent after the backup, as after a clean stop, so send what was waiting")
	var who actor
	who.flags(flags)
	if err := flags.Parse(in.args); err != nil {
		return err
	}
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	if *lift && flags.NArg() == 0 {
		return liftRestore(ctx, in, cfg, *clean, who)
	}
	if who.reason == "" {
		who.reason = "a backup was restored"
	}
	onPostgres := !strings.HasPrefix(cfg.DatabaseURL, "file:")
	if *lift || *clean || flags.NArg() > 1 || (flags.NArg() == 0) != onPostgres {
		return errors.New("name the backup: intake restore FILE (on PostgreSQL no file: it guards the database that its own tools restored), or intake restore -lift")
	}
	if onPostgres {
		return guardPostgres(ctx, in, cfg, who)
	}
	set, err := openKeys(cfg, false)
	if err != nil {
		return err
	}
	opt := store.Options{URL: cfg.DatabaseURL, Environment: cfg.Environment, Keys: set, Now: time.Now}
	doubts, erased, err := store.Restore(ctx, opt, flags.Arg(0), cfg.retention(), who.entry(""))
	if err != nil {
		return err
	}
	tellDoubts(in, doubts)
	fmt.Fprintf(in.stdout, "Erased, as their time was over: the SSN of %d leads, the answers of %d, the evidence of %d.\n", erased.SSNs, erased.Answers, erased.Evidence)
	return nil
}

func tellDoubts(in invocation, doubts store.Doubts) {
	fmt.Fprintf(in.stdout, "The database is restored. %d leads may have been sent after the backup and are in doubt; %d are submitted again, which is safe.\n"+
		"Nothing goes out until somebody says intake restore -lift -reason WHY.\n", doubts.InDoubt, doubts.Again)
}

func guardPostgres(ctx context.Context, in invocation, cfg Config, who actor) error {
	leads, err := openStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	doubts, err := leads.RestoreDoubts(ctx, who.entry(""))
	if err := errors.Join(err, leads.Close()); err != nil {
		return err
	}
	tellDoubts(in, doubts)
	return nil
}

func liftRestore(ctx context.Context, in invocation, cfg Config, nothingSince bool, who actor) error {
	if err := who.check(); err != nil {
		return err
	}
	leads, err := openStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	n, err := leads.LiftRestore(ctx, nothingSince, who.entry(""))
	if err := errors.Join(err, leads.Close()); err != nil {
		return err
	}
	fmt.Fprintf(in.stdout, "Delivery goes on; %d leads are due again.\n", n)
	return nil
}
