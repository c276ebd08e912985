package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"intake/internal/app"
	"intake/internal/config"
	"intake/internal/health"
)

func (r *reporter) checkStore(ctx context.Context, cfg config.Config) {
	if _, err := os.Lstat(string(cfg.KeysetFile)); errors.Is(err, fs.ErrNotExist) && cfg.Environment == config.Simulator {
		r.pass("database", "none yet; intake makes it at its first start in the simulator environment")
		return
	}
	s, err := app.OpenStore(ctx, cfg, false)
	if err != nil {
		r.fail("database", err.Error(), "run intake init once, or correct INTAKE_DATABASE_URL, INTAKE_KEYSET_FILE and INTAKE_MASTER_KEY_FILE")
		return
	}
	report, broken := s.AuditLog().Verify(ctx, nil)
	since, waits, err := s.Restored(ctx)
	mark := s.MarkReadable(ctx)
	done, failed, choresErr := app.ChoreReport(ctx, s)
	if err = errors.Join(err, choresErr, s.Ready(ctx), s.Close()); err != nil {
		r.fail("database", err.Error(), "make room on the disk, or end what locks the database")
		return
	}
	r.pass("database", "stamped "+string(cfg.Environment)+", opens with these keys, and a lead could be stored now")
	if waits {
		r.fail("restore", "nothing goes out since "+since.UTC().Format("2006-01-02 15:04:05Z")+": the database came from a backup", "see what is in doubt, then intake restore -lift -reason WHY; docs/keys-and-retention.md")
	}
	if mark != nil {
		r.fail("delivery mark", mark.Error(), "repair the folder of INTAKE_STATE_DIR; docs/operations.md")
	}
	r.checkChores(done, failed)
	if broken != nil {
		r.fail("audit log", broken.Error(), "find out who changed the database, and compare it with its backups; docs/operations.md")
		return
	}
	r.pass("audit log", "whole: "+report.String())
}

// checkChores reports the periodic work on the database. A server that does not run does none, so its age is no failure here.
func (r *reporter) checkChores(done string, failed []string) {
	switch {
	case len(failed) > 0:
		for _, failure := range failed {
			r.fail("chores", failure, "see the cause in the log of the server; docs/operations.md")
		}
	case done == "":
		r.skip("chores", "no server has run on this database yet")
	default:
		r.pass("chores", "done: "+done)
	}
}

func (r *reporter) checkTexts(cfg config.Config) {
	texts, err := app.LoadTexts(cfg)
	if err != nil {
		for problem := range strings.Lines(err.Error()) {
			r.fail("consent texts", strings.TrimSpace(problem), "complete the text that the line names")
		}
		return
	}
	detail := "complete in English and Spanish"
	if placeholders := texts.Placeholders(); len(placeholders) > 0 {
		detail += "; not reviewed by counsel, and refused in production: " + strings.Join(placeholders, ", ")
	}
	r.pass("consent texts", detail)
}

func (r *reporter) checkSecretExpiry(cfg config.Config) {
	ends := health.SecretExpiry{Day: cfg.SecretEnds.Time}
	const name = "secret's end"
	switch detail := fmt.Sprintf("on %s, %d days from now", cfg.SecretEnds, ends.DaysLeft()); {
	case cfg.SecretEnds.IsZero():
		r.skip(name, "ALLEVIATE_SECRET_EXPIRES is not set, so nothing warns before that day")
	case ends.IsSoon():
		r.fail(name, detail, "ask for the next secret and give it as ALLEVIATE_CLIENT_SECRET_NEXT; docs/keys-and-retention.md")
	default:
		r.pass(name, detail)
	}
}
