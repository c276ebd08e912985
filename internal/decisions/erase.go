package decisions

import (
	"context"
	"errors"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
)

// Erasures erases answers, with the store's promises.
type Erasures interface {
	// EraseOnRequest erases the answers of a lead. While a call for it is running the error is lead.ErrCalling,
	// and nothing is erased. The entry's action and lead are filled in.
	EraseOnRequest(ctx context.Context, id lead.PartnerID, e audit.Entry) (lead.Lead, error)
	// ExpireLeases ends the leases whose calls must have ended by now.
	ExpireLeases(ctx context.Context, now time.Time) ([]lead.Lead, error)
	// Scrub makes erased values unreadable in the database's files. It returns since when some are still
	// readable, when the database is too busy.
	Scrub(ctx context.Context, quiet bool) (since time.Time, err error)
}

// retryEvery is how often an erasure is tried while a call for the lead is running.
const retryEvery = time.Second

// Erase erases the answers of a lead because the applicant asked for it. While a call for the lead is running, it calls
// waiting once and waits for the end of the call. After limit the error is lead.ErrCalling.
func (d *Decisions) Erase(ctx context.Context, l lead.Lead, by Person, limit time.Duration, waiting func(lead.Lead)) (lead.Lead, error) {
	if by.Name == "" || by.Reason == "" {
		return lead.Lead{}, errors.New("an erasure needs who erases, and why")
	}
	end := time.NewTimer(limit)
	defer end.Stop()
	retry := time.NewTicker(retryEvery)
	defer retry.Stop()
	for first := true; ; first = false {
		erased, err := d.cfg.Erasures.EraseOnRequest(ctx, l.ID, by.entry(""))
		if !errors.Is(err, lead.ErrCalling) {
			return erased, err
		}
		if first {
			waiting(l)
		}
		select {
		case <-ctx.Done():
			return lead.Lead{}, ctx.Err()
		case <-end.C:
			return lead.Lead{}, err
		case <-retry.C:
		}
		if _, err := d.cfg.Erasures.ExpireLeases(ctx, d.cfg.Clock.Now()); err != nil { // as every process does
			return lead.Lead{}, err
		}
	}
}

// Scrub makes erased values unreadable in the database's files. It returns since when some are still readable, because
// the database is too busy or too big, and the zero time when none are.
func (d *Decisions) Scrub(ctx context.Context) (since time.Time, err error) {
	return d.cfg.Erasures.Scrub(ctx, false)
}

// NotTold returns those of the leads that Alleviate has, or may have, and was not told about. Its API can delete
// nothing, so a person writes to them.
func (d *Decisions) NotTold(ctx context.Context, leads []lead.Lead) ([]lead.Lead, error) {
	var open []lead.Lead
	for _, l := range leads {
		since, told, err := d.cfg.Leads.ToTell(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		if !since.IsZero() && told.IsZero() {
			open = append(open, l)
		}
	}
	return open, nil
}
