package optout

import (
	"context"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
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
		l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts+s.Engine.LockRow(), lead.PartnerID(id))
		if err != nil {
			return 0, err
		}
		next, err := s.CloseIfOptedOut(ctx, q, l)
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
		var more []string
		if more, last, err = s.UnappliedAfter(ctx, last); last == "" {
			break
		}
		ids = append(ids, more...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// UnappliedAfter looks through the next leads behind an id that are not in lead_person yet. It returns those that an opt-out should
// have closed, and the last id that it has looked at; empty when there are no more.
func (s *OptOuts) UnappliedAfter(ctx context.Context, id string) (unapplied []string, last string, err error) {
	page, err := table.Texts(ctx, s.Engine.Reader(), selectUnlinked, id, unlinkedPage)
	if err != nil || len(page) == 0 {
		return nil, "", err
	}
	last = page[len(page)-1]
	unapplied, err = table.Texts(ctx, s.Engine.Reader(), unappliedUnlinked, id, last)
	return unapplied, last, err
}
