package store

import (
	"context"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

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
func (s *OptOuts) ApplyOptOuts(ctx context.Context, since time.Time) (closed int, err error) {
	defer db.Wrap(&err, "apply opt-outs")
	ids, err := s.unappliedLeads(ctx, since)
	if err != nil {
		return 0, err
	}
	err = db.EachInBatches(ctx, s.Engine, ids, db.BatchRows, func(ctx context.Context, q db.Queries, id string) (int, error) {
		l, err := facts(ctx, q, selectFacts+s.Engine.LockRow(), lead.PartnerID(id))
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

func (s *OptOuts) unappliedLeads(ctx context.Context, since time.Time) ([]string, error) {
	ids, err := table.Texts(ctx, s.Engine.Reader(), unappliedLinked, since.UnixMilli())
	for last := ""; err == nil; {
		page, pageErr := table.Texts(ctx, s.Engine.Reader(), selectUnlinked, last, unlinkedPage)
		if pageErr != nil || len(page) == 0 {
			err = pageErr
			break
		}
		var more []string
		more, err = table.Texts(ctx, s.Engine.Reader(), unappliedUnlinked, last, page[len(page)-1])
		ids, last = append(ids, more...), page[len(page)-1]
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}
