package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// likeAtOnce is how many leads LeadsLike returns, and maxPhones how many phones a form has.
const (
	likeAtOnce = 20
	maxPhones  = 3
)

// leadsLike finds leads of the phones $1, $2, $3 and the address $4 that were received since $5. An id begins with its time, so the
// newest $6 of each source are known before a lead is read: a person may have many.
const leadsLike = `with found as materialized (
		select lead_id, max(by_phone) as same_phone, max(by_email) as same_email from (
			select * from (select lead_id, 1 as by_phone, 0 as by_email from lead_person where person = $1 order by lead_id desc limit $6) as first
			union all select * from (select lead_id, 1, 0 from lead_person where person = $2 order by lead_id desc limit $6) as second
			union all select * from (select lead_id, 1, 0 from lead_person where person = $3 order by lead_id desc limit $6) as third
			union all select * from (select lead_id, 0, 1 from lead_person where person = $4 order by lead_id desc limit $6) as address
			union all select * from (select lead_id,
					case when home_phone_index in ($1, $2, $3) or cell_phone_index in ($1, $2, $3) or work_phone_index in ($1, $2, $3) then 1 else 0 end,
					case when email_index = $4 then 1 else 0 end
				from lead_private where link is null and (email_index = $4 or home_phone_index in ($1, $2, $3)
					or cell_phone_index in ($1, $2, $3) or work_phone_index in ($1, $2, $3)) order by lead_id desc limit $6) as unlinked
		) as hits group by lead_id order by lead_id desc limit $6)
	select ` + summaryColumns + lastDisposition + `, same_phone, same_email from found cross join lead where lead.id = lead_id and received_at >= $5 order by received_at desc, id desc`

// LeadsLike returns the leads since then that have one of the phones, of which there may be three, or the address, as validation leaves them:
// newest first, at most 20, each with which of the two is the same. A lead is found from the commit that saved it on.
func (s *Store) LeadsLike(ctx context.Context, phones []string, email string, since time.Time) ([]lead.Summary, error) {
	if len(phones) > maxPhones {
		return nil, errors.New("find leads like this one: it has more phones than a form")
	}
	var persons [maxPhones][]byte
	for i, phone := range phones {
		persons[i] = s.leads.Index("phone", phone)
	}
	leads, err := s.summaries(ctx, leadsLike, persons[0], persons[1], persons[2], s.leads.Index("email", strings.ToLower(email)), since.UnixMilli(), likeAtOnce)
	if err != nil {
		return nil, fmt.Errorf("find leads like this one: %w", db.Clean(err))
	}
	return leads, nil
}
