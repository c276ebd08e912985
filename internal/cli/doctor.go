package cli

import (
	"context"
	"fmt"
	"io"

	"intake/internal/cli/command"
	"intake/internal/doctor"
)

const doctorUsage = `usage: intake doctor [-debtcore]

example: intake doctor   before the first start with a client secret, and when leads do not go out`

// runDoctor prints a line for each check, and the next step for each that failed. It fails when one did.
func runDoctor(ctx context.Context, in *command.Invocation) error {
	debtCore := in.Flags.Bool("debtcore", false, "check the sister API Debt Core as well")
	if err := in.Parse(); err != nil {
		return err
	}
	failed := 0
	err := doctor.Run(ctx, in.Environ, doctor.Options{DebtCore: *debtCore}, func(r doctor.Result) {
		printResult(in.Stdout, r)
		if r.Status == doctor.Failed {
			failed++
		}
	})
	if err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of the lines above are red", failed)
	}
	fmt.Fprintln(in.Stdout, "\nLeads can go out.")
	return nil
}

func printResult(w io.Writer, r doctor.Result) {
	mark, detail := "ok", r.Detail
	switch r.Status {
	case doctor.Failed:
		mark = "RED"
	case doctor.Skipped:
		mark, detail = "-", "not checked: "+r.Detail
	}
	fmt.Fprintf(w, "%-4s %-14s %s\n", mark, r.Name, detail)
	if r.NextStep != "" {
		fmt.Fprintf(w, "%-4s %-14s next step: %s\n", "", "", r.NextStep)
	}
}
