package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// optedOut is the condition of a lead whose person opted out after it was received. A claim asks it of
// each lead that it takes, so that none goes out however the two met.
const optedOut = `exists (select 1 from lead_private cross join suppression where lead_private.lead_id = lead.id and suppression.last_at >= lead.received_at
	and suppression.person in (email_index, home_phone_index, cell_phone_index, work_phone_index))`

// stop closes the lead of a person who opted out unless nothing more would happen with it, and puts
// it on the list Tell when Alleviate has it or may have it. It returns the lead as it is then. What a
// running call brings is left to heed.
func (s *Store) stop(ctx context.Context, q db.Queries, l lead.Lead) (lead.Lead, error) {
	if !l.LeaseUntil.IsZero() {
		return l, nil
	}
	if err := markTell(ctx, q, l.ID, s.now()); err != nil || !goesOn(l) {
		return l, err
	}
	out := lead.Outcome{Event: lead.ClosedByHand, At: stored(s.now()), Reason: OptedOut}
	next, err := after(l, out)
	if err != nil {
		return l, err
	}
	return next, move(ctx, q, l, out)
}

// goesOn says whether somebody, or the courier, would still do something with the lead. A look may
// bring a submit. What Alleviate has and rests there does not go on.
func goesOn(l lead.Lead) bool {
	switch l.Status {
	case lead.Submitted, lead.Closed:
		return false
	case lead.Created:
		return l.Step != lead.AtRest
	}
	return true
}

// tellSQL notes, once, that Alleviate is to be told about a lead that it has or may have: one with
// its id, in doubt, closed out of a doubt, or with an answer that came too late to move it.
const tellSQL = `update lead set tell_since = $1 where id = $2 and tell_since is null and (alleviate_id <> '' or status = 'in_doubt'
	or exists (select 1 from lead_event where lead_event.lead_id = lead.id 
		and (from_status = 'in_doubt' and to_status = 'closed' or lead_event.alleviate_id <> '')))`

// heed stops the lead, as it is now, when its person opted out while its call was running.
func (s *Store) heed(ctx context.Context, q db.Queries, l lead.Lead) (lead.Lead, error) {
	var n int
	err := q.QueryRowContext(ctx, "select count(*) from lead where id = $1 and "+optedOut, l.ID).Scan(&n)
	if err != nil || n == 0 {
		return l, err
	}
	return s.stop(ctx, q, l)
}

// Leads that an opt-out should have stopped, or that Alleviate is to be told about: those filed under a
// person who opted out since $1, and of those behind $1 and up to $2 the ones that are not filed yet. SQLite takes
// cross joins in their order: from the few who opted out to their leads.
const (
	unheeded = `lead.lease_until is null and (lead.status in ('received', 'suspect', 'in_doubt', 'parked', 'refused')
		or lead.status = 'created' and lead.step <> '' or lead.tell_since is null and lead.alleviate_id <> '')`
	unheededFiled = `select lead.id from suppression cross join lead_person cross join lead
			where suppression.last_at >= $1 and lead_person.person = suppression.person and lead.id = lead_person.lead_id
			and lead.received_at <= suppression.last_at and ` + unheeded
	unheededUnfiled = `select distinct lead.id from lead_private cross join suppression cross join lead
			where link is null and lead_id > $1 and lead_id <= $2
			and suppression.person in (email_index, home_phone_index, cell_phone_index, work_phone_index)
			and lead.id = lead_id and lead.received_at <= suppression.last_at and ` + unheeded
	selectUnfiled = "select lead_id from lead_private where link is null and lead_id > $1 order by lead_id limit $2"
)

// ApplyOptOuts stops the leads that opt-outs since then did not reach: a lead that was on its way to
// disk or in another's hands at that very moment. No claim hands them out meanwhile. It returns how
// many it closed.
func (s *Store) ApplyOptOuts(ctx context.Context, since time.Time) (int, error) {
	ids, err := s.unheededLeads(ctx, since)
	if err != nil {
		return 0, fmt.Errorf("heed opt-outs: %w", db.Clean(err))
	}
	var closed int
	for len(ids) > 0 {
		if err := ctx.Err(); err != nil {
			return closed, err
		}
		batch := ids[:min(len(ids), expireBatch)]
		n, err := write(ctx, s, courierLimit, func(ctx context.Context, q db.Queries) (int, error) { return s.heedSome(ctx, q, batch) })
		if err != nil {
			return closed, fmt.Errorf("heed opt-outs: %w", err)
		}
		closed, ids = closed+n, ids[len(batch):]
	}
	return closed, nil
}

// unfiledPage is how many leads that are not filed yet are looked at in one query.
const unfiledPage = 1_000

func (s *Store) unheededLeads(ctx context.Context, since time.Time) ([]string, error) {
	ids, err := texts(ctx, s.engine.Reader(), unheededFiled, since.UnixMilli())
	for last := ""; err == nil; {
		page, pageErr := texts(ctx, s.engine.Reader(), selectUnfiled, last, unfiledPage)
		if pageErr != nil || len(page) == 0 {
			err = pageErr
			break
		}
		var more []string
		more, err = texts(ctx, s.engine.Reader(), unheededUnfiled, last, page[len(page)-1])
		ids, last = append(ids, more...), page[len(page)-1]
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

func (s *Store) heedSome(ctx context.Context, q db.Queries, ids []string) (closed int, err error) {
	for _, id := range ids {
		l, err := facts(ctx, q, selectFacts+s.engine.LockRow(), lead.PartnerID(id))
		if err != nil {
			return 0, err
		}
		next, err := s.heed(ctx, q, l)
		if err != nil {
			return 0, err
		}
		if next.Status != l.Status {
			closed++
		}
	}
	return closed, nil
}
