package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"intake/internal/config"
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

// amendLead corrects answers of a parked lead, judged as the agent's form judges them.
func amendLead(ctx context.Context, d *desk) error {
	if d.by == "" || d.reason == "" {
		return errors.New("a correction needs -by and -reason")
	}
	l, err := d.find(ctx)
	if err != nil {
		return err
	}
	if err := l.Amendable(l.Attempt); err != nil {
		return err
	}
	names, err := d.set.names()
	if err != nil {
		return err
	}
	typed, err := d.typed(names)
	if err != nil {
		return err
	}
	full, err := d.leads.Find(ctx, l.ID)
	if err != nil {
		return err
	}
	corrected, problems := validation.Parse(overtyped(full.Applicant, typed), d.judgedBy())
	if len(problems) > 0 {
		return inOneError(problems)
	}
	now, err := d.leads.Amend(ctx, l.ID, l.Attempt, names, corrected, d.entry(""))
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s: %s corrected; it is %s", now.ID, strings.Join(names, ", "), now.Status)
	if now.Status == lead.Parked {
		fmt.Fprint(d.out, ". Next: intake leads again")
	}
	fmt.Fprintln(d.out)
	if full.Permission.Marketing && !now.Permission.Marketing {
		fmt.Fprintln(d.out, "The person agreed to calls to the number of before: Alleviate is told that there is no consent to calls to the new one.")
	}
	return nil
}

// typed reads a line name=value for each of the names. An empty value takes an answer away, and that
// is all that can be done with one that the desk has no box for.
func (d *desk) typed(names []string) (map[string]string, error) {
	if terminal(d.in) {
		fmt.Fprintf(d.err, "%s: a line NAME=value for each, then the end of input\n", strings.Join(names, ", "))
	}
	typed := map[string]string{}
	lines := bufio.NewScanner(d.in)
	for lines.Scan() {
		name, value, found := strings.Cut(strings.TrimRight(lines.Text(), "\r"), "=")
		if _, twice := typed[name]; !found || twice || !slices.Contains(names, name) {
			return nil, errors.New("standard input must have one line NAME=value for each -set, and no other")
		}
		if field, _ := validation.ByName(name); value != "" && !field.On(validation.Desk|validation.DeskMore) {
			return nil, fmt.Errorf("the desk has no box for %s: it can only be taken away", name)
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

// overtyped is the form that the answers would be typed as, with what was typed over it.
func overtyped(a lead.Applicant, typed map[string]string) validation.Form {
	was, form := validation.FormOf(a), map[string]string{}
	for _, field := range validation.Fields() {
		form[field.Name] = was.Value(field.Name) // the date of birth in the one box of the desk
	}
	for name, value := range typed {
		form[name] = value
	}
	return validation.NewForm(form)
}

func (d *desk) judgedBy() validation.Options {
	return validation.Options{
		Today: lead.DateOf(time.Now()), Production: d.cfg.Environment == config.Production, Phone: string(d.cfg.Phone), Desk: true,
	}
}

// inOneError says what is wrong with which answer, and never what was typed.
func inOneError(problems validation.Errors) error {
	errs := []error{errors.New("nothing was changed")}
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("  %s: %s", p.Field, p.Message.In("en")))
	}
	return errors.Join(errs...)
}
