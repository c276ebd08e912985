package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"intake/internal/lead"
	"intake/validation"
)

// corrections are the names of the answers that -set names.
type corrections []string

// String is what flag prints of the default: nothing.
func (c *corrections) String() string { return "" }

// Set takes anything: package flag would print what it refuses.
func (c *corrections) Set(text string) error {
	*c = append(*c, text)
	return nil
}

// names are those of NAME=-.
func (c corrections) names() ([]string, error) {
	var names []string
	for _, text := range c {
		name, value, _ := strings.Cut(text, "=")
		if value != "-" {
			return nil, errors.New("say -set NAME=- and write NAME=value into standard input: on the command line every process could see it, and the shell would keep it")
		}
		if !slices.ContainsFunc(validation.Fields(), func(f validation.Field) bool { return f.Name == name }) {
			return nil, fmt.Errorf("there is no answer %q", name)
		}
		if slices.Contains(names, name) {
			return nil, fmt.Errorf("-set %s=- stands there twice", name)
		}
		names = append(names, name)
	}
	if names == nil {
		return nil, fmt.Errorf("name what to correct: -set NAME=-\n%s", leadsUsage)
	}
	return names, nil
}

// amendLead corrects answers of a parked lead, judged as the agents' form judges them.
func amendLead(ctx context.Context, c *leadsCommand) error {
	if c.by.Name == "" || c.by.Reason == "" {
		return errors.New("a correction needs -by and -reason")
	}
	l, err := c.find(ctx)
	if err != nil {
		return err
	}
	if err := c.decisions.MayAmend(l, c.by); err != nil {
		return err
	}
	names, err := c.set.names()
	if err != nil {
		return err
	}
	typed, err := c.typed(names)
	if err != nil {
		return err
	}
	amended, problems, err := c.decisions.Amend(ctx, l, c.by, typed)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return inOneError(problems)
	}
	now := amended.Lead
	fmt.Fprintf(c.out, "%s: %s corrected; it is %s", now.ID, strings.Join(names, ", "), now.Status)
	if now.Status == lead.Parked {
		fmt.Fprint(c.out, ". Next: intake leads again")
	}
	fmt.Fprintln(c.out)
	if amended.CallsRevoked {
		fmt.Fprintln(c.out, "The person agreed to calls to the number of before: Alleviate is told that there is no consent to calls to the new one.")
	}
	return nil
}

// typed reads a line name=value for each of the names. An empty value takes an answer away.
func (c *leadsCommand) typed(names []string) (map[string]string, error) {
	if terminal(c.in) {
		fmt.Fprintf(c.err, "%s: a line NAME=value for each, then the end of input\n", strings.Join(names, ", "))
	}
	typed := map[string]string{}
	lines := bufio.NewScanner(c.in)
	for lines.Scan() {
		name, value, found := strings.Cut(strings.TrimRight(lines.Text(), "\r"), "=")
		if _, twice := typed[name]; !found || twice || !slices.Contains(names, name) {
			return nil, errors.New("standard input must have one line NAME=value for each -set, and no other")
		}
		typed[name] = value
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	if len(typed) != len(names) {
		return nil, errors.New("standard input must have one line NAME=value for each -set, and no other")
	}
	return typed, nil
}

// inOneError says what is wrong with which answer, and never what was typed.
func inOneError(problems validation.Errors) error {
	errs := []error{errors.New("nothing was changed")}
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("  %s: %s", p.Field, p.Message.In("en")))
	}
	return errors.Join(errs...)
}
