package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"intake/internal/app"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/store"
	"intake/internal/store/restore"
)

const restoreUsage = `usage: intake restore FILE -reason WHY [-by NAME]   a new SQLite database from a backup
       intake restore -reason WHY [-yes] [-while-serving]   PostgreSQL: guard what its own tools have restored
       intake restore -lift -reason WHY [-nothing-since]    let delivery go on

example: intake restore /backups/2026-03-02.db -reason "the disk broke"`

// runRestore makes a new database from a backup, or guards one that PostgreSQL's tools have restored. Nothing is sent from
// it until a person lifts that.
func runRestore(ctx context.Context, in *command.Invocation) error {
	lift := in.Flags.Bool("lift", false, "let delivery go on after a restore; what is in doubt stays so")
	clean := in.Flags.Bool("nothing-since", false, "with -lift: nothing was sent after the backup, as after a clean stop, so send what was waiting")
	list := in.Flags.String("list", "", "another list of erasures and opt-outs to apply")
	noList := in.Flags.Bool("without-list", false, "go on without a list of erasures and opt-outs that should be there")
	yes := in.Flags.Bool("yes", false, "on PostgreSQL: do it; without, only print what it would do")
	whileServing := in.Flags.Bool("while-serving", false, "on PostgreSQL: do it although processes serve the database")
	var who command.Actor
	who.AddFlags(in.Flags)
	backup, err := in.ParseOperand(in.Args)
	if err != nil {
		return err
	}
	cfg, err := config.Read(in.Environ)
	if err != nil {
		return err
	}
	onPostgres := !strings.HasPrefix(cfg.DatabaseURL.Reveal(), "file:")
	if (*yes || *whileServing) && (*lift || !onPostgres) {
		return errors.New("-yes and -while-serving are for PostgreSQL, where intake restore guards a database that is there")
	}
	if *lift && backup == "" {
		return liftRestore(ctx, in, cfg, *clean, who)
	}
	if *lift || *clean || (backup == "") != onPostgres {
		return errors.New("name the backup: intake restore FILE -reason WHY (on PostgreSQL no file: it guards the database that its own tools restored), or intake restore -lift -reason WHY")
	}
	if err := who.Check(); err != nil {
		return err
	}
	r := restore.Restoration{Backup: backup, Keep: app.Retention(cfg), By: who.Entry(""), NoList: *noList}
	if r.Lists, err = erasureLists(cfg, *list); err != nil {
		return err
	}
	var done restore.Restored
	if onPostgres {
		done, err = guardRestored(ctx, in, cfg, r, *yes, *whileServing)
	} else {
		done, err = restoreFile(ctx, cfg, r)
	}
	if err != nil {
		return err
	}
	printRestored(in, done)
	return nil
}

// erasureLists returns the lists of erasures and opt-outs to apply. The one that -list names must exist.
func erasureLists(cfg config.Config, named string) ([]string, error) {
	var lists []string
	if cfg.ForgetFile != "" {
		lists = append(lists, string(cfg.ForgetFile))
	}
	if named == "" {
		return lists, nil
	}
	if _, err := os.Stat(named); err != nil {
		return nil, fmt.Errorf("-list: %w", err)
	}
	return append(lists, named), nil
}

// guardRestored stops delivery from the database that PostgreSQL's own tools have restored. It prints what that means,
// and does it only with -yes.
func guardRestored(ctx context.Context, in *command.Invocation, cfg config.Config, r restore.Restoration, yes, whileServing bool) (done restore.Restored, err error) {
	leads, err := app.OpenStore(ctx, cfg, false)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, leads.Close()) }()
	plan, nodes, err := leads.PlanGuard(ctx)
	if err != nil {
		return done, err
	}
	fmt.Fprintf(in.Stdout, "%d leads will be in doubt, and a person settles each with Alleviate; %d will be submitted again, which is safe. Nothing goes out until that is lifted. %d processes serve this database.\n",
		plan.InDoubt, plan.Again, nodes)
	switch {
	case nodes > 0 && !whileServing:
		return done, fmt.Errorf("nothing was changed: %w", restore.ErrServing)
	case !yes:
		return done, errors.New("nothing was changed: say it again with -yes")
	case whileServing:
		return leads.Guard(ctx, r)
	}
	return leads.GuardAlone(ctx, r)
}

func restoreFile(ctx context.Context, cfg config.Config, r restore.Restoration) (restore.Restored, error) {
	set, err := app.OpenKeys(cfg, false)
	if err != nil {
		return restore.Restored{}, err
	}
	return store.Restore(ctx, app.StoreOptions(cfg, set, false), r)
}

func printRestored(in *command.Invocation, done restore.Restored) {
	fmt.Fprintf(in.Stdout, "The database is restored. %d leads may have been sent after the backup and are in doubt; %d are submitted again, which is safe.\n",
		done.Doubts.InDoubt, done.Doubts.Again)
	fmt.Fprintf(in.Stdout, "Erased, as their time was over: the SSN of %d leads, the answers of %d, the evidence of %d.\n", done.Erased.SSNs, done.Erased.Answers, done.Erased.Evidence)
	fmt.Fprintf(in.Stdout, "By %d lists of erasures and opt-outs: %d leads were erased again, and %d of people who opted out are stopped.\n",
		len(done.Lists), done.Forgot.Erased, done.Forgot.Stopped)
	for _, path := range done.Unreadable {
		fmt.Fprintf(in.Stdout, "Not gone by, for it is damaged or of another database: %s\n", path)
	}
	fmt.Fprintln(in.Stdout, "Nothing goes out until somebody says intake restore -lift -reason WHY.")
}

func liftRestore(ctx context.Context, in *command.Invocation, cfg config.Config, nothingSince bool, who command.Actor) error {
	if err := who.Check(); err != nil {
		return err
	}
	leads, err := app.OpenStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	n, err := leads.LiftRestore(ctx, nothingSince, who.Entry(""))
	if err := errors.Join(err, leads.Close()); err != nil {
		return err
	}
	fmt.Fprintf(in.Stdout, "Delivery goes on; %d leads are due again.\n", n)
	return nil
}
