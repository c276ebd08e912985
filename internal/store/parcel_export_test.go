package store

import (
	"context"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/gate"
	"intake/internal/store/restore"
	"intake/internal/store/table"
)

// Parcel is a made-up second kind of work, which goes to another host than leads do.
type Parcel struct {
	ID      string
	Attempt int
	Result  string
	next    time.Time
}

var parcelTable = table.Of[Parcel]{
	"id":              func(p *Parcel) any { return &p.ID },
	"attempt":         func(p *Parcel) any { return &p.Attempt },
	"result":          func(p *Parcel) any { return &p.Result },
	"next_attempt_at": func(p *Parcel) any { return table.Millis(&p.next) },
}

var (
	parcelsOver  = table.LeasesOver("parcel", "id, attempt")
	updateParcel = table.Named(table.EndLease("parcel", "result = :result, next_attempt_at = :next_attempt_at"))
)

// CreateParcels makes the table, with parcels of these ids that are due now.
func (s *Store) CreateParcels(ctx context.Context, ids ...string) error {
	_, err := db.Write(ctx, s.leads.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		_, err = q.ExecContext(ctx, `create table parcel (id text primary key, attempt bigint not null default 0, next_attempt_at bigint,
			lease_owner text not null default '', lease_until bigint, result text not null default '')`)
		for _, id := range ids {
			if err == nil {
				_, err = q.ExecContext(ctx, "insert into parcel (id, next_attempt_at) values ($1, $2)", id, s.leads.Now().UnixMilli())
			}
		}
		return none, err
	})
	return err
}

// ClaimParcels claims up to n due parcels, at most 60 a minute.
func (s *Store) ClaimParcels(ctx context.Context, n int, owner string, leaseUntil time.Time) ([]Parcel, error) {
	undo := func(ctx context.Context, parcels ...Parcel) error {
		for _, p := range parcels {
			if err := s.RecordParcel(ctx, p, s.leads.Now()); err != nil {
				return err
			}
		}
		return nil
	}
	return restore.ClaimWithMark(ctx, s.Restorer, undo, func(ctx context.Context, q db.Queries) ([]Parcel, error) {
		now := table.AsStored(s.leads.Now())
		parcels, _, err := gate.Claim(ctx, &gate.Gate{Engine: s.leads.Engine, Host: "debtcore", Pace: 60}, q, true, n, now, func(n int) ([]Parcel, error) {
			return parcelTable.All(ctx, q, table.ClaimRows(s.leads.Engine, "parcel", "lease_until is null and next_attempt_at <= $3 order by next_attempt_at, id limit $4",
				"", "id, attempt"), owner, leaseUntil.UnixMilli(), now.UnixMilli(), n)
		})
		return parcels, err
	})
}

// RecordParcel writes the result of the attempt that p is of, and when the next one is due.
func (s *Store) RecordParcel(ctx context.Context, p Parcel, next time.Time) error {
	p.next = next
	n, err := db.Write(ctx, s.leads.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (int, error) {
		return table.Affected(parcelTable.Exec(ctx, q, updateParcel, &p))
	})
	if err == nil && n == 0 {
		err = lead.ErrFenced
	}
	return err
}

// ExpireParcels makes the parcels whose lease has run out due again, two a commit.
func (s *Store) ExpireParcels(ctx context.Context) (expired []Parcel, err error) {
	now := s.leads.Now()
	err = db.InBatches(ctx, s.leads.Engine, 2, func(ctx context.Context, q db.Queries) ([]Parcel, error) {
		over, err := parcelTable.All(ctx, q, parcelsOver+s.leads.Engine.SkipLocked(), now.UnixMilli(), 2)
		for i := range over {
			over[i].next = now
			if err == nil {
				_, err = parcelTable.Exec(ctx, q, updateParcel, &over[i])
			}
		}
		return over, err
	}, func(some []Parcel) { expired = append(expired, some...) })
	return expired, err
}
