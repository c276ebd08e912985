package store

import (
	"context"
	"strings"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
)

// Searches go by tables that are filled beside the chain, and for the leads that are not in the chain yet, which the
// index lead_unlinked has, by the leads themselves: so every lead is found from the commit that saved it on.
const (
	// Leads behind the id $3 of the phone $1 or the address $2. Each source gives a page of its own, and of those the
	// first $4 are the page of all: a person may have many leads.
	searchPerson = `with found as materialized (
			select lead_id from (select lead_id from lead_person where person = $1 and lead_id > $3 order by lead_id limit $4) as by_phone
			union select lead_id from (select lead_id from lead_person where person = $2 and lead_id > $3 order by lead_id limit $4) as by_email
			union select lead_id from (select lead_id from lead_private where link is null and lead_id > $3
				and (email_index = $2 or home_phone_index = $1 or cell_phone_index = $1 or work_phone_index = $1) order by lead_id limit $4) as unlinked)
		select ` + summaryColumns + ` from found cross join lead where lead.id = lead_id order by id limit $4`
)

var searchReference = `with found as materialized (select lead_id from lead_reference where reference = $1
		union select lead_id from lead_private where link is null and ` + leadtable.ReferenceOfLead + ` = $1)
	select ` + summaryColumns + lastDisposition + " from found cross join lead where lead.id = found.lead_id order by received_at, id limit $2"

// sharing is how many leads with one reference are returned; two are rare.
const sharing = 100

// LeadsOf finds the leads of a person by phone or address, as validation leaves them, or by both: a page of the leads
// that have either, the oldest first. A lead whose answers were erased is found no more.
func (s *Store) LeadsOf(ctx context.Context, phone, email string, page lead.Page) (leads []lead.Summary, err error) {
	defer db.Wrap(&err, "find the leads of a person")
	byPhone, byEmail := s.leads.Index("phone", phone), s.leads.Index("email", strings.ToLower(email))
	return s.summaries(ctx, searchPerson, byPhone, byEmail, page.After.ID, page.Size)
}

// ByReference returns the leads that have the reference, oldest first: none, one, or seldom more.
func (s *Store) ByReference(ctx context.Context, r lead.Reference) (leads []lead.Summary, err error) {
	defer db.Wrap(&err, "find the lead of a reference")
	return s.summaries(ctx, searchReference, string(r), sharing)
}
