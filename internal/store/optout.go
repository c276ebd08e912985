package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// Sealed values of an opt-out are tied to its id and to "opt_out." and their column.
const optOutPlace = "opt_out."

// OptedOut is why a lead is closed whose person opted out.
const OptedOut = "opt-out"

func sealedOptOut(o *lead.OptOut) []lead.Answer {
	return []lead.Answer{
		private("phone", &o.Phone), private("email", &o.Email),
		private("client_ip", &o.ClientIP), private("user_agent", &o.UserAgent),
	}
}

var optOutColumns = append([]string{"id", "at", "channel", "language", "phone_index", "email_index"},
	answerNames(sealedOptOut(&lead.OptOut{}))...)

var insertOptOut = insert("opt_out", optOutColumns, "")

// insertSuppression keeps the first word and the newest of a person.
const insertSuppression = `insert into suppression (person, index_version, since, last_at, channel) values ($1, $2, $3, $3, $4)
	on conflict (person) do update set
		since = case when excluded.since < suppression.since then excluded.since else suppression.since end,
		channel = case when excluded.last_at < suppression.last_at then suppression.channel else excluded.channel end,
		last_at = case when excluded.last_at < suppression.last_at then suppression.last_at else excluded.last_at end`

// OptOut writes down that a person opted out and stops, in the same commit, every lead of that phone
// or e-mail address that was received until then and still waits for something: it is closed. It
// returns those. A lead whose call is running is stopped when the call ends. A lead that Alleviate has
// or may have is put on the list Tell.
//
// What the person sends after it is a new request and goes out. The same opt-out again is another
// act, and the same suppression. It goes on when ctx ends.
func (s *Store) OptOut(ctx context.Context, o lead.OptOut) (stopped []lead.PartnerID, err error) {
	if o.At.IsZero() {
		o.At = s.now()
	}
	o.At = stored(o.At)
	row, persons, err := s.optOutRow(&o)
	if err != nil {
		return nil, fmt.Errorf("opt out: %w", err)
	}
	stopped, err = write(ctx, s, acceptLimit, func(ctx context.Context, q db.Queries) ([]lead.PartnerID, error) {
		if _, err := s.lockShared(ctx, q); err != nil { // every claim holds it: none begins before this is committed
			return nil, err
		}
		if _, err := q.ExecContext(ctx, insertOptOut, row...); err != nil {
			return nil, err
		}
		var stopped []lead.PartnerID
		for _, person := range persons {
			_, err := q.ExecContext(ctx, insertSuppression, person, s.keys.IndexVersion(), o.At.UnixMilli(), o.Channel)
			if err != nil {
				return nil, err
			}
			ids, err := s.stopPerson(ctx, q, person, o.At)
			if err != nil {
				return nil, err
			}
			stopped = append(stopped, ids...)
		}
		return stopped, nil
	})
	if err != nil {
		return nil, fmt.Errorf("opt out: %w", err)
	}
	return stopped, nil
}

// optOutRow are the values of optOutColumns, and the blind indexes of who opts out.
func (s *Store) optOutRow(o *lead.OptOut) (row []any, persons [][]byte, err error) {
	_ = s.keys.Refresh() // as in Save
	phone, email := s.index("phone", o.Phone.Reveal()), s.index("email", strings.ToLower(o.Email.Reveal()))
	for _, person := range [][]byte{phone, email} {
		if person != nil {
			persons = append(persons, person)
		}
	}
	if persons == nil {
		return nil, nil, errors.New("it needs a phone or an e-mail address")
	}
	id := rand.Text()
	row = []any{id, millis{&o.At}, o.Channel, o.Language, phone, email}
	for _, f := range sealedOptOut(o) {
		text, given := f.Text()
		sealed, err := s.sealText(text, given, lead.PartnerID(id), optOutPlace+f.Name)
		if err != nil {
			return nil, nil, err
		}
		row = append(row, sealed)
	}
	slices.SortFunc(persons, bytes.Compare) // two at once wait for each other in one order
	return row, persons, nil
}

// leadsOfSQL finds the leads of a person that were received until then: by lead_person, and among those
// that are not filed there yet because they are not in the chain yet.
var leadsOfSQL = "select " + clearColumns + ` from lead where id in (select lead_id from lead_person where person = $1
		union all select lead_id from consent_record where chain_seq is null)
	and (email_index = $1 or home_phone_index = $1 or cell_phone_index = $1 or work_phone_index = $1)
	and received_at <= $2 order by id`

// stopPerson stops what can be stopped now of the leads of a person, and returns what it closed. It
// waits for none that somebody else is changing: no claim takes it any more, and ApplyOptOuts stops it.
func (s *Store) stopPerson(ctx context.Context, q db.Queries, person []byte, at time.Time) ([]lead.PartnerID, error) {
	leads, err := selectLeads(ctx, q, leadsOfSQL+s.engine.SkipLocked(), []any{person, at.UnixMilli()})
	if err != nil {
		return nil, err
	}
	var stopped []lead.PartnerID
	for _, l := range leads {
		next, err := s.stop(ctx, q, l)
		if err != nil {
			return nil, err
		}
		if next.Status != l.Status {
			stopped = append(stopped, l.ID)
		}
	}
	return stopped, nil
}

// Suppressed tells when the person of the phone or the address opted out last: what they sent until
// then does not go out, and nobody calls or writes to them about it. Either may be empty.
func (s *Store) Suppressed(ctx context.Context, phone, email string) (since time.Time, found bool, err error) {
	for _, person := range [][]byte{s.index("phone", phone), s.index("email", strings.ToLower(email))} {
		var at time.Time
		err := s.engine.Reader().QueryRowContext(ctx, "select last_at from suppression where person = $1", person).Scan(millis{&at})
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return time.Time{}, false, fmt.Errorf("look for an opt-out: %w", db.Clean(err))
		}
		if at.After(since) {
			since = at
		}
	}
	return since, !since.IsZero(), nil
}
