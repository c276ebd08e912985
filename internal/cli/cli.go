// Package cli is the command line: one file for each subcommand, and the table of them.
package cli

import (
	"context"
	"fmt"
	"io"

	"intake/internal/cli/command"
	"intake/internal/cli/leads"
)

func commands() []command.Command {
	return []command.Command{
		{Name: "serve", Summary: "take leads and carry them to Alleviate (the default)", Usage: serveUsage, Run: serve},
		{Name: "init", Summary: "make the database and the keys that the settings name", Usage: initUsage, Run: initialize},
		{Name: "keys", Summary: "list the keys that seal answers, and replace them", Usage: keysUsage, Run: manageKeys},
		{Name: "retention", Summary: "erase what has been kept long enough, as the server does every hour", Usage: retentionUsage, Run: applyRetention},
		{Name: "backup", Summary: "write a verified copy of the database to a new file", Usage: backupUsage, Run: backUp},
		{Name: "restore", Summary: "make a new database from a backup, from which nothing goes out yet", Usage: restoreUsage, Run: runRestore},
		{Name: "leads", Summary: "list the leads that wait for a person, and decide about them", Usage: leads.Usage, Run: leads.Run},
		{Name: "audit", Summary: "check that the audit log is as it was written, and show its entries", Usage: auditUsage, Run: auditLog},
		{Name: "evidence", Summary: "write the evidence of one lead to a packet, or check all that is stored", Usage: evidenceUsage, Run: manageEvidence},
		{Name: "verify", Summary: "prove a packet of evidence, without network or database", Usage: verifyUsage, Run: verifyPacket},
		{Name: "doctor", Summary: "check whether leads could go out, and name the next step", Usage: doctorUsage, Run: runDoctor},
		{Name: "simulator", Summary: "run the simulator of Alleviate as a program of its own", Usage: simulatorUsage, Run: runSimulator},
		{Name: "clock", Summary: "move the time of the simulator environment forward", Usage: clockUsage, Run: moveClock},
		{Name: "health", Summary: "ask a running intake whether it can store a lead now", Usage: healthUsage, Run: checkHealth},
		{Name: "help", Summary: "show this list, or what intake help COMMAND says of one"},
	}
}

// Run runs the subcommand that args name, serve without any, and returns the exit status: 0 when it did what
// was asked, 1 when it failed, 2 when there is no such subcommand. Help is asked for by help, -h or --help.
func Run(ctx context.Context, args []string, p command.Process) int {
	name := "serve"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if name == "help" && len(args) > 0 {
		name, args = args[0], []string{"-h"}
	}
	for _, c := range commands() {
		if c.Name == name && c.Run != nil {
			return c.Execute(ctx, args, p)
		}
	}
	if name == "help" || command.IsHelp(name) {
		printCommands(p.Stdout)
		return 0
	}
	fmt.Fprintf(p.Stderr, "intake: there is no command %q\n\n", name)
	printCommands(p.Stderr)
	return 2
}

func printCommands(w io.Writer) {
	fmt.Fprint(w, "Intake takes leads on its pages and carries them to Alleviate.\n\nusage: intake [command]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.Name, c.Summary)
	}
	fmt.Fprint(w, "\nSettings come from the environment alone; the README lists them.\n")
}
