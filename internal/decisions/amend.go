package decisions

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"intake/internal/lead"
	"intake/validation"
)

// Amended is a lead whose answers were corrected.
type Amended struct {
	Lead lead.Lead
	// CallsRevoked means that the applicant agreed to calls to another number, so Alleviate is told that there is no
	// consent to calls to the new one.
	CallsRevoked bool
}

// MayAmend returns why the answers of the lead, as the person saw it, cannot be corrected, and nil when they can.
func (d *Decisions) MayAmend(l lead.Lead, by Person) error {
	if by.Name == "" || by.Reason == "" {
		return errors.New("a correction needs who corrects, and why")
	}
	return l.Amendable(l.Attempt)
}

// Amend corrects answers that Alleviate refused, by the names of their fields, and validates them as the agents' form
// does. An empty text removes an answer. Nothing was changed when there are problems or an error.
func (d *Decisions) Amend(ctx context.Context, l lead.Lead, by Person, answers map[string]string) (amended Amended, problems validation.Errors, err error) {
	if err := d.MayAmend(l, by); err != nil {
		return amended, nil, err
	}
	names, err := amendable(answers)
	if err != nil {
		return amended, nil, err
	}
	before, err := d.cfg.Leads.Find(ctx, l.ID)
	if err != nil {
		return amended, nil, err
	}
	corrected, problems := validation.Parse(corrections(before.Applicant, answers), d.cfg.Validation())
	if len(problems) > 0 {
		return amended, problems, nil
	}
	now, err := d.cfg.Leads.Amend(ctx, l.ID, l.Attempt, names, corrected, by.entry(""))
	return Amended{now, before.Permission.Marketing && !now.Permission.Marketing}, nil, err
}

// amendable returns the names of the answers in page order.
func amendable(answers map[string]string) ([]string, error) {
	var names []string
	for name, text := range answers {
		field, known := validation.ByName(name)
		if !known {
			return nil, fmt.Errorf("there is no answer %q", name)
		}
		if text != "" && !field.On(validation.Desk|validation.DeskMore) {
			return nil, fmt.Errorf("the agents' form has no box for %s: it can only be removed", name)
		}
	}
	for _, field := range validation.Fields() {
		if _, named := answers[field.Name]; named {
			names = append(names, field.Name)
		}
	}
	if names == nil {
		return nil, errors.New("name what to correct")
	}
	return slices.Clip(names), nil
}

// corrections returns the form that the applicant would have sent with the corrected answers.
func corrections(a lead.Applicant, answers map[string]string) validation.Form {
	before, form := validation.FormOf(a), map[string]string{}
	for _, field := range validation.Fields() {
		form[field.Name] = before.Value(field.Name) // the date of birth in the one box of the agents' form
	}
	for name, text := range answers {
		form[name] = text
	}
	return validation.NewForm(form)
}
