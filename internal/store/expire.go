package store

import (
	"context"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

const leaseOver = "the lease ran out"

var leasesOverSQL = table.LeasesOver("lead", leadtable.FactColumns)

// ExpireLeases moves the claims whose lease has run out by now: a createLead is in doubt, a
// submitLead or a look is due again. The attempt stays, so that a late answer still counts. It
// returns the leads it moved, as they are now, without their answers; after an error, those that
// were moved before it.
func (s *Store) ExpireLeases(ctx context.Context, now time.Time) (moved []lead.Lead, err error) {
	defer db.Wrap(&err, "expire leases")
	err = db.InBatches(ctx, s.leads.Engine, db.BatchRows, func(ctx context.Context, q db.Queries) ([]lead.Lead, error) {
		return s.expireSome(ctx, q, table.AsStored(now))
	}, func(some []lead.Lead) { moved = append(moved, some...) })
	return moved, err
}

func (s *Store) expireSome(ctx context.Context, q db.Queries, now time.Time) ([]lead.Lead, error) {
	over, err := leadtable.All(ctx, q, leasesOverSQL+s.leads.Engine.SkipLocked(), now.UnixMilli(), db.BatchRows)
	if err != nil || len(over) == 0 {
		return nil, err
	}
	for i, l := range over {
		out := lead.Outcome{Event: lead.LeaseExpired, At: now, Reason: leaseOver, Next: l.Step, NextAt: now}
		if l.Status == lead.Sending {
			out.Next = lead.AtRest // it may have landed: nobody sends it again by themselves
		}
		if over[i], err = leadtable.Move(ctx, q, l, out); err == nil {
			over[i], err = s.leads.CloseIfOptedOut(ctx, q, over[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return over, s.haltIfTooMany(ctx, q)
}
