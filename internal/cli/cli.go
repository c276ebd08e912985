// Package cli is the command line: a file for each subcommand, and this table of them.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"intake/internal/app"
	"intake/internal/config"
	"intake/internal/store"
)

// Process is what a program is given by the system, arguments apart.
type Process struct {
	Environ []string // as os.Environ has it
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
}

// command is one subcommand. Its usage is the forms in which it is called, and an example.
type command struct {
	name, about, usage string
	run                func(ctx context.Context, in *invocation) error
}

// invocation is what a subcommand is given.
type invocation struct {
	Process
	args  []string
	flags *flag.FlagSet // printed by -h, when the subcommand has added its own
}

func commands() []command {
	return []command{
		{"serve", "take leads and carry them to Alleviate (the default)", serveUsage, serve},
		{"init", "make the database and the keys that the settings name", initUsage, initialize},
		{"keys", "list the keys that seal answers, and replace them", keysUsage, manageKeys},
		{"retention", "erase what has been kept long enough, as the server does every hour", retentionUsage, applyRetention},
		{"backup", "write a verified copy of the database to a new file", backupUsage, backUp},
		{"restore", "make a new database from a backup, from which nothing goes out yet", restoreUsage, restore},
		{"leads", "list the leads that wait for a person, and decide about them", leadsUsage, manageLeads},
		{"audit", "check that the audit log is as it was written, and show its entries", auditUsage, auditLog},
		{"evidence", "write the evidence of one lead to a packet, or check all that is stored", evidenceUsage, manageEvidence},
		{"verify", "prove a packet of evidence, without network or database", verifyUsage, verifyPacket},
		{"doctor", "check whether leads could go out, and name the next step", doctorUsage, doctor},
		{"simulator", "run the simulator of Alleviate as a program of its own", simulatorUsage, runSimulator},
		{"clock", "move the time of the simulator environment forward", clockUsage, moveClock},
		{"health", "ask a running intake whether it can store a lead now", healthUsage, askHealth},
		{"help", "show this list, or what intake help COMMAND says of one", "", nil},
	}
}

// Run runs the subcommand that args name, serve without any, and returns the exit status: 0 when it did what
// was asked, 1 when it failed, 2 when there is no such subcommand. Help is asked for by help, -h or --help.
func Run(ctx context.Context, args []string, p Process) int {
	name := "serve"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if name == "help" && len(args) > 0 {
		name, args = args[0], []string{"-h"}
	}
	for _, c := range commands() {
		if c.name == name && c.run != nil {
			return c.do(ctx, args, p)
		}
	}
	if name == "help" || isHelp(name) {
		list(p.Stdout)
		return 0
	}
	fmt.Fprintf(p.Stderr, "intake: there is no command %q\n\n", name)
	list(p.Stderr)
	return 2
}

func (c command) do(ctx context.Context, args []string, p Process) int {
	in := &invocation{Process: p, args: args, flags: flag.NewFlagSet(c.name, flag.ContinueOnError)}
	in.flags.SetOutput(io.Discard) // what it says is said once, below
	err := c.run(ctx, in)
	if errors.Is(err, flag.ErrHelp) {
		c.help(p.Stdout, in.flags)
		return 0
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "intake %s: %v\n", c.name, err)
		return 1
	}
	return 0
}

func (c command) help(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "intake %s: %s\n\n%s\n", c.name, c.about, c.usage)
	var defined int
	flags.VisitAll(func(*flag.Flag) { defined++ })
	if defined > 0 {
		fmt.Fprintln(w, "\nflags:")
		flags.SetOutput(w)
		flags.PrintDefaults()
	}
}

func list(w io.Writer) {
	fmt.Fprint(w, "Intake takes leads on its pages and carries them to Alleviate.\n\nusage: intake [command]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, "\nSettings come from the environment alone; the README lists them.\n")
}

func isHelp(word string) bool { return word == "-h" || word == "-help" || word == "--help" }

// parse reads the flags, behind which nothing may stand.
func (in *invocation) parse() error {
	word, err := in.parseWord(in.args)
	if err == nil && word != "" {
		err = fmt.Errorf("%q is one word too many", word)
	}
	return err
}

// parseWord reads the flags and the one word that may stand before or behind them.
func (in *invocation) parseWord(args []string) (word string, err error) {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		word, args = args[0], args[1:]
	}
	if err := in.flags.Parse(args); err != nil {
		return "", err
	}
	rest := in.flags.Args()
	if word == "" && len(rest) > 0 {
		word, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 {
		return "", fmt.Errorf("%q is one word too many", rest[0])
	}
	return word, nil
}

// action is the first argument, of a subcommand that has several acts, and the arguments behind it.
func (in *invocation) action() (string, []string) {
	if len(in.args) == 0 {
		return "", nil
	}
	return in.args[0], in.args[1:]
}

// withStore opens the database that the settings name for one act.
func (in *invocation) withStore(ctx context.Context, act func(config.Config, *store.Store) error) error {
	cfg, err := config.Read(in.Environ)
	if err != nil {
		return err
	}
	s, err := app.OpenStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	return errors.Join(act(cfg, s), s.Close())
}
