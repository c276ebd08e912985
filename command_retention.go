package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store"
)

// retain erases what has been kept long enough, as the server does every hour, or tells what it
// would erase.
func retain(ctx context.Context, in invocation) error {
	flags := flag.NewFlagSet("retention", flag.ContinueOnError)
	flags.SetOutput(in.stderr)
	dryRun := flags.Bool("dry-run", false, "tell what is due, and erase nothing")
	rewrite := flags.Bool("rewrite", false, "make what was erased unreadable in the database's files too, however long the server has to wait")
	if err := flags.Parse(in.args); err != nil {
		return err
	}
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	leads, err := openStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	act, word := leads.Erase, "Erased"
	if *dryRun {
		act, word = leads.WouldErase, "Would erase"
	}
	done, err := act(ctx, time.Now(), cfg.retention())
	fmt.Fprintf(in.stdout, "%s the SSN of %d leads, the answers of %d and the evidence of %d.\n", word, done.SSNs, done.Answers, done.Evidence)
	list := func(about string, ids []lead.PartnerID) {
		for _, id := range ids {
			fmt.Fprintf(in.stdout, "%s: %s\n", about, id)
		}
	}
	list("due, and left because a call is out for it", done.Left)
	list("without a final result, to be erased within a week", done.Soon)
	if err == nil && *rewrite && !*dryRun {
		done.Unscrubbed, err = leads.Scrub(ctx, true)
	}
	if !done.Unscrubbed.IsZero() {
		fmt.Fprintf(in.stdout, "Erased values may still stand in the files of the database, since %s: run intake retention -rewrite in a quiet hour.\n", clock(done.Unscrubbed))
	}
	return errors.Join(err, leads.Close())
}

func (c *Config) retention() store.Retention {
	return store.Retention{SSN: c.RetentionSSN, Answers: c.RetentionAnswers, Evidence: c.RetentionEvidence}
}
