package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"

	"intake/internal/app"
	"intake/internal/audit"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/store"
)

const evidenceUsage = `usage: intake evidence verify [-head FILE]   check every consent record and page, and the head in the file
       intake evidence LEAD [-o FILE] -reason WHY [-by NAME]   write what proves the consent of one lead, by our id or its reference, to a packet

example: intake evidence K7PM-3XRT -o case-12.zip -reason "case 12"`

// manageEvidence writes what proves the consent of one lead. With verify it checks that all consent records are as they were
// written, that every accepted page can be assembled, and that the records hold the head stored outside the database.
func manageEvidence(ctx context.Context, in *command.Invocation) error {
	action, rest := in.Action()
	if command.IsHelp(action) {
		return flag.ErrHelp
	}
	if action != "verify" {
		return writePacket(ctx, in)
	}
	path := in.Flags.String("head", "", "the file of a head; by default the one that the server writes")
	if err := in.Flags.Parse(rest); err != nil {
		return err
	}
	return in.WithStore(ctx, func(cfg config.Config, s *store.Store) error {
		given := *path != ""
		if !given {
			id, err := s.DatabaseID(ctx)
			if err != nil {
				return err
			}
			*path = app.HeadPath(cfg.StateFolder(), id)
		}
		return errors.Join(verifyEvidence(ctx, in.Stdout, s), verifyHead(ctx, in.Stdout, s, *path, given))
	})
}

func verifyEvidence(ctx context.Context, out io.Writer, s *store.Store) error {
	report, err := s.VerifyChain(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The consent records are whole: %d in the chain, %d of them erased but for their hashes, %d pages put together\n", report.Linked, report.Erased, report.Pages)
	if report.Unchained > 0 {
		fmt.Fprintf(out, "%d are not in the chain yet, the oldest since %s\n", report.Unchained, command.FormatTime(report.Oldest))
	}
	fmt.Fprintf(out, "head %d %x\nsignature %x\n", report.Head.Seq, report.Head.Hash, report.Head.Signature)
	return nil
}

// verifyHead checks that the records hold the head in the file. Without the file it fails only if -head named it.
func verifyHead(ctx context.Context, out io.Writer, s *store.Store, path string, given bool) error {
	head, err := app.ReadHead(path)
	if errors.Is(err, fs.ErrNotExist) && !given {
		fmt.Fprintf(out, "no head is written down at %s yet\n", path)
		return nil
	}
	if err != nil {
		return err
	}
	held, err := s.Holds(ctx, head)
	if err != nil {
		return err
	}
	if !held {
		return audit.Broken("the consent records do not hold head %d of %s, or it was not signed by our key", head.Seq, path)
	}
	fmt.Fprintf(out, "they hold head %d of %s, which our key signed\n", head.Seq, path)
	return nil
}
