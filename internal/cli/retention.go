package cli

import (
	"context"
	"fmt"
	"io"

	"intake/internal/app"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/erasure"
)

const retentionUsage = `usage: intake retention [-dry-run] [-rewrite]

example: intake retention -dry-run`

// applyRetention erases what has been kept long enough, as the server does every hour. With -dry-run it prints what
// would be erased.
func applyRetention(ctx context.Context, in *command.Invocation) error {
	dryRun := in.Flags.Bool("dry-run", false, "print what is due, and erase nothing")
	rewrite := in.Flags.Bool("rewrite", false, "make what was erased unreadable in the database's files too, however long the server has to wait")
	if err := in.Parse(); err != nil {
		return err
	}
	return in.WithStore(ctx, func(cfg config.Config, s *store.Store) error {
		return eraseDue(ctx, in.Stdout, s, app.Retention(cfg), *dryRun, *rewrite)
	})
}

func eraseDue(ctx context.Context, out io.Writer, s *store.Store, retention erasure.Retention, dryRun, rewrite bool) error {
	act, word := s.Erase, "Erased"
	if dryRun {
		act, word = s.WouldErase, "Would erase"
	}
	done, err := act(ctx, s.Clock().Now(), retention)
	fmt.Fprintf(out, "%s the SSN of %d leads, the answers of %d and the evidence of %d.\n", word, done.SSNs, done.Answers, done.Evidence)
	list := func(about string, ids []lead.PartnerID) {
		for _, id := range ids {
			fmt.Fprintf(out, "%s: %s\n", about, id)
		}
	}
	list("due, and left because a call is out for it", done.Left)
	list("without a final result, to be erased within a week", done.Soon)
	if err == nil && rewrite && !dryRun {
		done.Unscrubbed, err = s.Scrub(ctx, true)
	}
	if !done.Unscrubbed.IsZero() {
		fmt.Fprintf(out, "Erased values may still stand in the files of the database, since %s: run intake retention -rewrite in a quiet hour.\n", command.FormatTime(done.Unscrubbed))
	}
	return err
}
