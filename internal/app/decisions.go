package app

import (
	"context"
	"errors"
	"fmt"

	"intake/internal/clock"
	"intake/internal/config"
	"intake/internal/decisions"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/validation"
)

// NewDecisions returns what a person may do with the leads of the store.
func NewDecisions(cfg config.Config, s *store.Store) *decisions.Decisions {
	return decisions.New(decisions.Config{
		Leads:    s,
		Erasures: s,
		LookUp: func(ctx context.Context, l lead.Lead, d lead.Decision) (lead.Decision, error) {
			return lookUp(ctx, cfg, s.Clock(), l, d)
		},
		Validation: func() validation.Options {
			return validation.Options{
				Today: lead.DateOf(s.Clock().Now()), Production: cfg.Environment == config.Production, Phone: string(cfg.Phone), Desk: true,
			}
		},
		Clock: s.Clock(),
	})
}

// lookUp asks Alleviate what it has under the id in the decision.
func lookUp(ctx context.Context, cfg config.Config, c *clock.Clock, l lead.Lead, d lead.Decision) (lead.Decision, error) {
	if cfg.APIURL == "" {
		return d, errors.New("the simulator lives in another process: set ALLEVIATE_TOKEN_URL and ALLEVIATE_API_URL to the addresses in its log")
	}
	client, err := NewClient(cfg, EnvironmentOf(cfg), c)
	if err != nil {
		return d, err
	}
	if d, err = delivery.ConfirmFound(ctx, client, l, d, pathOf(cfg), c.Now()); err != nil {
		return d, fmt.Errorf("nothing was changed: %w", err)
	}
	return d, nil
}
