// Package command is what all subcommands have in common: arguments and flags, standard streams, the open
// database, who acts and why, and how a lead is named and a time is printed.
package command

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

// Process is what the operating system gives a program, apart from its arguments.
type Process struct {
	Environ []string // in the form of os.Environ
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
}

// Command is one subcommand. Its usage is the forms in which it is called, and an example.
type Command struct {
	Name, Summary, Usage string
	Run                  func(ctx context.Context, in *Invocation) error
}

// Invocation is what a subcommand is run with.
type Invocation struct {
	Process
	Args  []string
	Flags *flag.FlagSet // empty: the subcommand defines its own
}

// Execute runs the command and returns its exit status: 0 when it did what was asked, also when help was asked
// for, and 1 when it failed.
func (c Command) Execute(ctx context.Context, args []string, p Process) int {
	in := &Invocation{Process: p, Args: args, Flags: flag.NewFlagSet(c.Name, flag.ContinueOnError)}
	in.Flags.SetOutput(io.Discard) // its errors are returned and printed below
	err := c.Run(ctx, in)
	if errors.Is(err, flag.ErrHelp) {
		c.printHelp(p.Stdout, in.Flags)
		return 0
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "intake %s: %v\n", c.Name, err)
		return 1
	}
	return 0
}

func (c Command) printHelp(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "intake %s: %s\n\n%s\n", c.Name, c.Summary, c.Usage)
	var defined int
	flags.VisitAll(func(*flag.Flag) { defined++ })
	if defined > 0 {
		fmt.Fprintln(w, "\nflags:")
		flags.SetOutput(w)
		flags.PrintDefaults()
	}
}

// IsHelp reports whether a word asks for help.
func IsHelp(word string) bool { return word == "-h" || word == "-help" || word == "--help" }

// Parse reads the flags and refuses any other argument.
func (in *Invocation) Parse() error {
	operand, err := in.ParseOperand(in.Args)
	if err == nil && operand != "" {
		err = unexpected(operand)
	}
	return err
}

// ParseOperand reads the flags and the one operand that may stand before or after them.
func (in *Invocation) ParseOperand(args []string) (operand string, err error) {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		operand, args = args[0], args[1:]
	}
	if err := in.Flags.Parse(args); err != nil {
		return "", err
	}
	rest := in.Flags.Args()
	if operand == "" && len(rest) > 0 {
		operand, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 {
		return "", unexpected(rest[0])
	}
	return operand, nil
}

func unexpected(arg string) error { return fmt.Errorf("unexpected argument %q", arg) }

// Action returns the first argument, which names the action of a subcommand that has several, and the arguments
// after it.
func (in *Invocation) Action() (string, []string) {
	if len(in.Args) == 0 {
		return "", nil
	}
	return in.Args[0], in.Args[1:]
}

// WithStore opens the database that the settings name, runs act with it and closes it.
func (in *Invocation) WithStore(ctx context.Context, act func(config.Config, *store.Store) error) error {
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
