// Intake takes debt-relief applicants' details on its own pages, keeps them safe, and carries them
// to Alleviate. This file is the table of subcommands.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // the image has no time zones
)

// command is one subcommand: its name, one line about it, and what it does.
type command struct {
	name, about string
	run         func(ctx context.Context, in invocation) error
}

// invocation is what a subcommand is given.
type invocation struct {
	args    []string
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

func commands() []command {
	return []command{
		{"serve", "take leads and carry them to Alleviate (the default)", serve},
		{"init", "make the database and the keys that the settings name", initialise},
		{"keys", "list the keys that seal answers, and replace them", keys},
		{"retention", "erase what has been kept long enough, as the server does every hour", retain},
		{"backup", "write a verified copy of the database to a new file", backUp},
		{"restore", "make a new database from a backup, from which nothing goes out yet", restore},
		{"leads", "list the leads that wait for a person, and decide about them", manageLeads},
		{"audit", "check that the audit log is as it was written, and show its entries", auditLog},
		{"evidence", "write the evidence of one lead to a packet, or check all that is stored", evidence},
		{"verify", "prove a packet of evidence, without network or database", verifyPacket},
		{"doctor", "check whether leads could go out, and name the next step", doctor},
		{"simulator", "run the simulator of Alleviate as a program of its own", runSimulator},
		{"health", "ask a running intake whether it can store a lead now", askHealth},
		{"help", "show this list", nil},
	}
}

func main() {
	collectRarely()
	if err := leaveNoCore(); err != nil {
		fmt.Fprintln(os.Stderr, "intake: a crash could write the memory to a file:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, invocation{os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// leaveNoCore keeps answers and secrets out of core files: whatever the platform allows, a crash writes none.
func leaveNoCore() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }

// collectRarely lets twice as much garbage gather as lives, where the runtime's default is as much:
// an accepted lead then costs a quarter less of a processor, for some 30 MB. What GOGC says counts.
func collectRarely() {
	const usual, rarely = 100, 200
	if given := debug.SetGCPercent(rarely); given != usual {
		debug.SetGCPercent(given)
	}
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, in invocation) int {
	name := "serve"
	if len(in.args) > 0 {
		name, in.args = in.args[0], in.args[1:]
	}
	for _, c := range commands() {
		if c.name != name || c.run == nil {
			continue
		}
		if err := c.run(ctx, in); err != nil {
			fmt.Fprintf(in.stderr, "intake %s: %v\n", name, err)
			return 1
		}
		return 0
	}
	if name == "help" || name == "-h" || name == "--help" {
		help(in.stdout)
		return 0
	}
	fmt.Fprintf(in.stderr, "intake: there is no command %q\n\n", name)
	help(in.stderr)
	return 2
}

func help(w io.Writer) {
	fmt.Fprint(w, "Intake takes leads on its pages and carries them to Alleviate.\n\nusage: intake [command]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, "\nSettings come from the environment alone; the README lists them.\n")
}
