package restore

import (
	"context"
	"database/sql"
	"maps"

	"intake/internal/lead"
	"intake/internal/store/optout"
	"intake/internal/store/table"
)

// forgetList is who was erased on request, and who opted out.
type forgetList struct {
	erased   map[lead.PartnerID]int64      // when, in milliseconds since 1970
	optedOut map[string]optout.Suppression // by the blind index
}

func (f forgetList) len() int { return len(f.erased) + len(f.optedOut) }

// with is everything in f or g.
func (f forgetList) with(g forgetList) forgetList {
	all := forgetList{maps.Clone(f.erased), maps.Clone(f.optedOut)}
	for id, at := range g.erased {
		all.putErased(id, at)
	}
	for person, row := range g.optedOut {
		all.addPerson(person, row)
	}
	return all
}

// putErased adds an erasure; the first one of a lead counts.
func (f forgetList) putErased(id lead.PartnerID, at int64) {
	if known, found := f.erased[id]; !found || at < known {
		f.erased[id] = at
	}
}

// addPerson adds a row, or merges it with what the list has of that person.
func (f forgetList) addPerson(person string, row optout.Suppression) {
	known, found := f.optedOut[person]
	if !found {
		known = row
	}
	if row.Last > known.Last {
		known.Last, known.Channel = row.Last, row.Channel
	}
	known.Since = min(known.Since, row.Since)
	f.optedOut[person] = known
}

// without is what is in f and not in g, or older or newer there.
func (f forgetList) without(g forgetList) forgetList {
	more := emptyForgetList()
	for id, at := range f.erased {
		if _, found := g.erased[id]; !found {
			more.erased[id] = at
		}
	}
	for person, row := range f.optedOut {
		if known, found := g.optedOut[person]; !found || known.Last < row.Last || known.Since > row.Since {
			more.optedOut[person] = row
		}
	}
	return more
}

func emptyForgetList() forgetList {
	return forgetList{map[lead.PartnerID]int64{}, map[string]optout.Suppression{}}
}

// forgetList reads both tables.
func (s *Restorer) forgetList(ctx context.Context) (forgetList, error) {
	f := emptyForgetList()
	err := table.Each(ctx, s.Engine.Reader(), "select lead_id, at from erasure", func(row *sql.Rows) error {
		var id lead.PartnerID
		var at int64
		err := row.Scan(&id, &at)
		f.erased[id] = at
		return err
	})
	if err != nil {
		return f, err
	}
	err = table.Each(ctx, s.Engine.Reader(), "select person, since, last_at, channel from suppression", func(row *sql.Rows) error {
		var person string
		var one optout.Suppression
		err := row.Scan(&person, &one.Since, &one.Last, &one.Channel)
		f.optedOut[person] = one
		return err
	})
	if err != nil {
		return f, err
	}
	return s.withCurrentIndexes(f)
}

// forgottenMark changes whenever one of the tables does.
type forgottenMark [4]int64

func (s *Restorer) forgottenMark(ctx context.Context) (m forgottenMark, err error) {
	err = s.Engine.Reader().QueryRowContext(ctx, `select (select count(*) from erasure), count(*), coalesce(max(last_at), 0),
		cast(coalesce(sum(last_at % 1000003 + since % 999983), 0) as bigint) from suppression`).Scan(&m[0], &m[1], &m[2], &m[3])
	return m, err
}
