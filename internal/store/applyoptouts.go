package store

import (
	"context"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// optedOut is the condition of a lead whose person opted out after it was received. Every claim checks it, so
// that such a lead is never sent, even when the claim and the opt-out happen at the same time.
const optedOut = `exists (select 1 from lead_private cross join suppression where lead_private.lead_id = lead.id and suppression.last_at >= lead.received_at
	and suppression.person in (email_index, home_phone_index, cell_phone_index, work_phone_index))`

// closeForOptOut closes the lead of a person who opted out, unless it has ended already, and puts it on the list
// Tell when Alleviate has it or may have it. It returns the lead as it is then. A lead whose call is running stays
// as it is: closeIfOptedOut closes it when the call ends.
func (s *Store) closeForOptOut(ctx context.Context, q db.Queries, l lead.Lead) (lead.Lead, error) {
	if !l.LeaseUntil.IsZero() {
		return l, nil
	}
	if err := markTell(ctx, q, l.ID, s.now()); err != nil || !hasNextStep(l) {
		return l, err
	}
	return move(ctx, q, l, lead.Outcome{Event: lead.ClosedByHand, At: table.AsStored(s.now()), Reason: OptedOut})
}

// hasNextStep says whether the courier or a person still has something to do with the lead. A created lead that
// waits for a look has: a submit may follow.
func hasNextStep(l lead.Lead) bool {
	switch l.Status {
	case lead.Submitted, lead.Closed:
		return false
	case lead.Created:
		return l.Step != lead.AtRest
	}
	return true
}

// markTellSQL marks a lead that Alleviate has or may have, so that a person tells them that it has ended. These are
// leads with Alleviate's id, in doubt, closed while in doubt, or with an answer that came too late to move them.
// The first mark stays.
const markTellSQL = `update lead set tell_since = $1 where id = $2 and tell_since is null and (alleviate_id <> '' or status = 'in_doubt'
	or exists (select 1 from lead_event where lead_event.lead_id = lead.id 
		and (from_status = 'in_doubt' and to_status = 'closed' or lead_event.alleviate_id <> '')))`

// closeIfOptedOut closes l, which the caller has read in the same transaction, when its person opted out after it
// was received.
func (s *Store) closeIfOptedOut(ctx context.Context, q db.Queries, l lead.Lead) (lead.Lead, error) {
	var n int
	err := q.QueryRowContext(ctx, "select count(*) from lead where id = $1 and "+optedOut, l.ID).Scan(&n)
	if err != nil || n == 0 {
		return l, err
	}
	return s.closeForOptOut(ctx, q, l)
}

// Leads that an opt-out should have closed, or that Alleviate is to be told about: those in lead_person, by the opt-outs
// since $1; and those behind $1 and up to $2 that are not in it yet. SQLite runs cross joins in their order.
const (
	unapplied = `lead.lease_until is null and (lead.status in ('received', 'suspect', 'in_doubt', 'parked', 'refused')
		or lead.status = 'created' and lead.step <> '' or lead.tell_since is null and lead.alleviate_id <> '')`
	unappliedLinked = `select lead.id from suppression cross join lead_person cross join lead
			where suppression.last_at >= $1 and lead_person.person = suppression.person and lead.id = lead_person.lead_id
			and lead.received_at <= suppression.last_at and ` + unapplied
	unappliedUnlinked = `select distinct lead.id from lead_private cross join suppression cross join lead
			where link is null and lead_id > $1 and lead_id <= $2
			and suppression.person in (email_index, home_phone_index, cell_phone_index, work_phone_index)
			and lead.id = lead_id and lead.received_at <= suppression.last_at and ` + unapplied
	selectUnlinked = "select lead_id from lead_private where link is null and lead_id > $1 order by lead_id limit $2"
)

// ApplyOptOuts closes the leads that OptOut could not close since then, because they were being saved or another
// transaction had locked them at that moment. No claim takes them meanwhile. It returns how many it closed.
func (s *Store) ApplyOptOuts(ctx context.Context, since time.Time) (closed int, err error) {
	defer db.Wrap(&err, "apply opt-outs")
	ids, err := s.unappliedLeads(ctx, since)
	if err != nil {
		return 0, err
	}
	err = eachInBatches(ctx, s, ids, batchRows, func(ctx context.Context, q db.Queries, id string) (int, error) {
		l, err := facts(ctx, q, selectFacts+s.engine.LockRow(), lead.PartnerID(id))
		if err != nil {
			return 0, err
		}
		next, err := s.closeIfOptedOut(ctx, q, l)
		if err != nil || next.Status == l.Status {
			return 0, err
		}
		return 1, nil
	}, func(n int) { closed += n })
	return closed, err
}

// unlinkedPage is how many leads that are not in lead_person yet are looked at in one query.
const unlinkedPage = 1_000

func (s *Store) unappliedLeads(ctx context.Context, since time.Time) ([]string, error) {
	ids, err := table.Texts(ctx, s.engine.Reader(), unappliedLinked, since.UnixMilli())
	for last := ""; err == nil; {
		page, pageErr := table.Texts(ctx, s.engine.Reader(), selectUnlinked, last, unlinkedPage)
		if pageErr != nil || len(page) == 0 {
			err = pageErr
			break
		}
		var more []string
		more, err = table.Texts(ctx, s.engine.Reader(), unappliedUnlinked, last, page[len(page)-1])
		ids, last = append(ids, more...), page[len(page)-1]
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}
