package command

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/user"

	"intake/internal/audit"
)

// Actor is who runs a command, and why, as the audit log records it.
type Actor struct{ By, Reason string }

// AddFlags defines -by and -reason. The default of -by is the account that runs the command.
func (a *Actor) AddFlags(flags *flag.FlagSet) {
	flags.StringVar(&a.By, "by", Account(), "who acts")
	flags.StringVar(&a.Reason, "reason", "", "why; it is kept for years, so name no person in it")
}

// Account is the operating system's account that runs the command.
func Account() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "account " + u.Username
	}
	return fmt.Sprint("account ", os.Getuid()) // a container may have no list of names
}

// Entry is the actor's audit entry for an action.
func (a Actor) Entry(action string) audit.Entry {
	return audit.Entry{Who: a.By, Action: action, Reason: a.Reason, RequestID: NewRequestID()}
}

// NewRequestID makes the id under which the audit log records a command.
func NewRequestID() string { return "cli-" + rand.Text() }

// Check refuses an actor whose entry the audit log would refuse, so that nothing is done that cannot be recorded.
func (a Actor) Check() error {
	if a.Reason == "" {
		return errors.New("say why: -reason")
	}
	return a.Entry("check").Check()
}
