// Package optout keeps who opted out, and closes their leads.
package optout

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/gate"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// What a person told with an opt-out is one sealed record, bound to its id and this place.
const Place = "opt_out.person"

// optOutRow is a row of the table opt_out.
type optOutRow struct {
	lead.OptOut
	id                     string
	phoneIndex, emailIndex []byte
	person                 []byte // sealed
}

var optOutTable = table.Of[optOutRow]{
	"id":          func(r *optOutRow) any { return &r.id },
	"at":          func(r *optOutRow) any { return table.Millis(&r.At) },
	"channel":     func(r *optOutRow) any { return &r.Channel },
	"language":    func(r *optOutRow) any { return &r.Language },
	"phone_index": func(r *optOutRow) any { return &r.phoneIndex },
	"email_index": func(r *optOutRow) any { return &r.emailIndex },
	"person":      func(r *optOutRow) any { return &r.person },
}

func fields(o *lead.OptOut) []lead.Answer {
	return []lead.Answer{
		leadtable.Private("phone", &o.Phone), leadtable.Private("email", &o.Email),
		leadtable.Private("client_ip", &o.ClientIP), leadtable.Private("user_agent", &o.UserAgent),
	}
}

var insertOptOut = table.Named(`insert into opt_out (id, at, channel, language, phone_index, email_index, person)
	values (:id, :at, :channel, :language, :phone_index, :email_index, :person)`)

// Suppression is a row of the table suppression.
type Suppression struct {
	Since, Last int64
	Channel     string
}

// insertSuppression stores the first and the newest opt-out of a person, beside those that are known.
const insertSuppression = `insert into suppression (person, since, last_at, channel) values ($1, $2, $3, $4)
	on conflict (person) do update set
		since = case when excluded.since < suppression.since then excluded.since else suppression.since end,
		channel = case when excluded.last_at < suppression.last_at then suppression.channel else excluded.channel end,
		last_at = case when excluded.last_at < suppression.last_at then suppression.last_at else excluded.last_at end`

// OptOuts is the part of the store with who opted out.
type OptOuts struct {
	*leadtable.Table
	gate *gate.Gate // every claim holds its row
}

// New returns the opt-outs of a database.
func New(t *leadtable.Table, g *gate.Gate) *OptOuts { return &OptOuts{t, g} }

// OptOut writes down that a person opted out and stops, in the same commit, every lead of that phone
// or e-mail address that was received until then and still waits for something: it is closed. It
// returns those. A lead whose call is running is stopped when the call ends. A lead that Alleviate has
// or may have is put on the list Tell.
//
// What the person sends after it is a new request and goes out. The same opt-out again is another
// act, and the same suppression. It goes on when ctx ends.
func (s *OptOuts) OptOut(ctx context.Context, o lead.OptOut) (stopped []lead.PartnerID, err error) {
	defer db.Wrap(&err, "opt out")
	if o.At.IsZero() {
		o.At = s.Now()
	}
	o.At = table.AsStored(o.At)
	row, persons, err := s.newOptOutRow(o)
	if err != nil {
		return nil, err
	}
	return db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) ([]lead.PartnerID, error) {
		if _, err := s.gate.Lock(ctx, q); err != nil { // every claim holds it: none begins before this is committed
			return nil, err
		}
		return s.writeOptOut(ctx, q, row, persons)
	})
}

// writeOptOut writes an act and suppresses its persons. It returns the leads that it stopped.
func (s *OptOuts) writeOptOut(ctx context.Context, q db.Queries, row optOutRow, persons [][]byte) (stopped []lead.PartnerID, err error) {
	if _, err := optOutTable.Exec(ctx, q, insertOptOut, &row); err != nil {
		return nil, err
	}
	for _, person := range persons {
		ids, err := s.Suppress(ctx, q, person, Suppression{row.At.UnixMilli(), row.At.UnixMilli(), row.Channel})
		if err != nil {
			return nil, err
		}
		stopped = append(stopped, ids...)
	}
	return stopped, nil
}

// newOptOutRow is a row, sealed, and the blind indexes of who opts out.
func (s *OptOuts) newOptOutRow(o lead.OptOut) (r optOutRow, persons [][]byte, err error) {
	_ = s.Keys.Refresh() // as in Save
	r = optOutRow{OptOut: o, id: rand.Text(), phoneIndex: s.Index("phone", o.Phone.Reveal()), emailIndex: s.Index("email", strings.ToLower(o.Email.Reveal()))}
	for _, person := range [][]byte{r.phoneIndex, r.emailIndex} {
		if person != nil {
			persons = append(persons, person)
		}
	}
	if persons == nil {
		return r, nil, errors.New("it needs a phone or an e-mail address")
	}
	slices.SortFunc(persons, bytes.Compare) // two at once wait for each other in one order
	r.person, err = s.Keys.Seal(leadtable.Encode(fields(&o)), r.id, Place)
	return r, persons, err
}

// leadsOfSQL finds the leads of the person $1 that were received until $2.
const leadsOfSQL = "select " + leadtable.FactColumns + " from lead where id in (" + leadtable.LeadsOfPerson + ") and received_at <= $2 order by id"

// Suppress adds what is known of a person to the table suppression, and closes their leads that were received until the
// newest opt-out. It returns those. It does not wait for leads that another transaction has locked: no claim takes them any
// more, and ApplyOptOuts closes them.
func (s *OptOuts) Suppress(ctx context.Context, q db.Queries, person []byte, row Suppression) (stopped []lead.PartnerID, err error) {
	if err := Insert(ctx, q, person, row); err != nil {
		return nil, err
	}
	leads, err := leadtable.All(ctx, q, leadsOfSQL+s.Engine.SkipLocked(), person, row.Last)
	for _, l := range leads {
		next, err := s.CloseForOptOut(ctx, q, l)
		if err != nil {
			return nil, err
		}
		if next.Status != l.Status {
			stopped = append(stopped, l.ID)
		}
	}
	return stopped, err
}

// Insert stores what is known of a person in the table suppression.
func Insert(ctx context.Context, q db.Queries, person []byte, row Suppression) error {
	_, err := q.ExecContext(ctx, insertSuppression, person, row.Since, row.Last, row.Channel)
	return err
}

// Suppressed tells when the person of the phone or the address opted out last: what they sent until
// then does not go out, and nobody calls or writes to them about it. Either may be empty.
func (s *OptOuts) Suppressed(ctx context.Context, phone, email string) (since time.Time, found bool, err error) {
	defer db.Wrap(&err, "look for an opt-out")
	err = s.Engine.Reader().QueryRowContext(ctx, "select max(last_at) from suppression where person in ($1, $2)",
		s.Index("phone", phone), s.Index("email", strings.ToLower(email))).Scan(table.Millis(&since))
	return since, !since.IsZero(), err
}

const optOutsSQL = "select id, at, channel, language, person from opt_out where phone_index = $1 or email_index = $1"

// OptOutsOf lists the opt-outs that name one of the phones or the address, oldest first. Empty ones
// find nothing.
func (s *OptOuts) OptOutsOf(ctx context.Context, phones []string, email string) ([]lead.OptOut, error) {
	persons := [][]byte{s.Index("email", strings.ToLower(email))}
	for _, phone := range phones {
		persons = append(persons, s.Index("phone", phone))
	}
	found := map[string]lead.OptOut{} // by id: one may name a phone and the address
	for _, person := range persons {
		rows, err := optOutTable.All(ctx, s.Engine.Reader(), optOutsSQL, person) // nobody's is null, which equals nothing
		for i := 0; i < len(rows) && err == nil; i++ {
			err = s.openOptOut(&rows[i])
			found[rows[i].id] = rows[i].OptOut
		}
		if err != nil {
			return nil, fmt.Errorf("look for opt-outs: %w", db.Clean(err))
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b lead.OptOut) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Channel, b.Channel))
	}), nil
}

// openOptOut opens what the person told, if it is not erased.
func (s *OptOuts) openOptOut(r *optOutRow) error {
	if r.person == nil {
		return nil
	}
	plain, err := s.Keys.Open(r.person, r.id, Place)
	if err != nil {
		return err
	}
	return leadtable.Decode(plain, fields(&r.OptOut))
}
