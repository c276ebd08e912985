package leads

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"intake/internal/cli/command"
	"intake/internal/lead"
)

func show(ctx context.Context, a *action) error {
	l, err := a.lead(ctx)
	if err != nil {
		return err
	}
	history, err := a.store.History(ctx, l.ID)
	if err != nil {
		return err
	}
	acts, err := a.store.AuditLog().Of(ctx, string(l.ID))
	if err != nil {
		return err
	}
	tell, told, err := a.store.ToTell(ctx, l.ID)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, fact := range [][2]string{
		{"our id", string(l.ID)}, {"reference", l.ID.Reference().String()}, {"Alleviate's id", string(l.AlleviateID)}, {"status", string(l.Status)}, {"since", command.FormatTime(l.ChangedAt)},
		{"reason", l.Reason}, {"typed by", l.Agent.Name}, {"held for", l.Hold}, {"waits for", string(l.Step)}, {"due", command.FormatTime(l.NextAttemptAt)}, {"lease until", command.FormatTime(l.LeaseUntil)},
		{"attempts", fmt.Sprint(l.Attempt)}, {"failures", fmt.Sprint(l.Failures)}, {"in doubt since", command.FormatTime(l.DoubtSince)},
		{"result code", fmt.Sprint(l.ResultCode)}, {"submitLead status", fmt.Sprint(l.SubmitStatus)}, {"CRM record", strings.TrimSpace(l.CRM + " " + l.CRMRecordID)},
		{"received", command.FormatTime(l.ReceivedAt)}, {"answers erased", command.FormatTime(l.ErasedAt)}, {"tell Alleviate since", command.FormatTime(tell)}, {"Alleviate was told", command.FormatTime(told)},
	} {
		if fact[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", fact[0], fact[1])
		}
	}
	fmt.Fprintln(w, "\nhistory")
	for _, e := range history {
		why := e.Reason
		if e.By.Name != "" {
			why = strings.TrimSpace(e.Reason + " by " + e.By.Name)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", command.FormatTime(e.At), e.Attempt, e.Event, e.To, why)
	}
	for _, e := range acts {
		fmt.Fprintf(w, "%s\t\t%s\tby %s\t%s\n", command.FormatTime(e.At), e.Action, e.Who, e.Reason)
	}
	_ = w.Flush() // a failure to write to standard output cannot be reported
	fmt.Fprintf(a.out, "\nchoices: %s\n", choices(l))
	if l.Status == lead.InDoubt {
		fmt.Fprintf(a.out, "ask Alleviate: do you have a lead with our leadId %s, and under which id?\n", l.ID)
	}
	return nil
}

// choices names the actions that the lead allows.
func choices(l lead.Lead) string {
	words := map[lead.Event]string{
		lead.SuspectFreed: "release", lead.SuspectDiscarded: "discard", lead.FoundThere: "resolve -there", lead.NotThere: "resolve -not-there",
		lead.SendAgain: "again", lead.GoOn: "again", lead.ClosedByHand: "close",
	}
	var names []string
	for _, event := range l.Choices() {
		names = append(names, words[event])
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
