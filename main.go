// Intake takes debt-relief applicants' details on its own pages, keeps them safe, and carries them
// to Alleviate.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // the image has no time zones

	"intake/internal/cli"
	"intake/internal/cli/command"
)

func main() {
	setGCPercent()
	if err := disableCoreDumps(); err != nil {
		fmt.Fprintln(os.Stderr, "intake: a crash could write the memory to a file:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], command.Process{Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}

// disableCoreDumps keeps answers and secrets out of core files.
func disableCoreDumps() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }

// setGCPercent doubles GOGC's default of 100 unless GOGC is set: an accepted lead then costs a quarter less processor
// time, for some 30 MB of memory.
func setGCPercent() {
	const standard, ours = 100, 200
	if before := debug.SetGCPercent(ours); before != standard {
		debug.SetGCPercent(before)
	}
}
