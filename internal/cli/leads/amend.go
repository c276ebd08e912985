package leads

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
		return nil, fmt.Errorf("name what to correct: -set NAME=-\n%s", Usage)
	}
	return names, nil
}

// amend corrects answers of a parked lead, validated as in the agents' form.
func amend(ctx context.Context, a *action) error {
	if a.by.Name == "" || a.by.Reason == "" {
		return errors.New("a correction needs -by and -reason")
	}
	l, err := a.lead(ctx)
	if err != nil {
		return err
	}
	if err := a.decisions.MayAmend(l, a.by); err != nil {
		return err
	}
	names, err := a.set.names()
	if err != nil {
		return err
	}
	typed, err := a.readCorrections(names)
	if err != nil {
		return err
	}
	amended, problems, err := a.decisions.Amend(ctx, l, a.by, typed)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return correctionError(problems)
	}
	now := amended.Lead
	fmt.Fprintf(a.out, "%s: %s corrected; it is %s", now.ID, strings.Join(names, ", "), now.Status)
	if now.Status == lead.Parked {
		fmt.Fprint(a.out, ". Next: intake leads again")
	}
	fmt.Fprintln(a.out)
	if amended.CallsRevoked {
		fmt.Fprintln(a.out, "The person agreed to calls to the number of before: Alleviate is told that there is no consent to calls to the new one.")
	}
	return nil
}

// readCorrections reads a line NAME=value for each of the names from standard input. An empty value removes an answer.
func (a *action) readCorrections(names []string) (map[string]string, error) {
	if isTerminal(a.in) {
		fmt.Fprintf(a.err, "%s: a line NAME=value for each, then the end of input\n", strings.Join(names, ", "))
	}
	typed := map[string]string{}
	lines := bufio.NewScanner(a.in)
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

// correctionError names each answer that is not valid and what to enter. It never holds what was typed.
func correctionError(problems validation.Errors) error {
	errs := []error{errors.New("nothing was changed")}
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("  %s: %s", p.Field, p.Message.In("en")))
	}
	return errors.Join(errs...)
}
