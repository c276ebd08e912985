package optout

import (
	"bytes"
	"context"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
)

// agentChannel is the channel of an opt-out that an agent took down on a call.
const agentChannel = "agent"

// OptOutByAgent opts out the person of a lead, by the lead's phones and its address.
func (s *OptOuts) OptOutByAgent(ctx context.Context, q db.Queries, r *leadtable.Row, at time.Time) error {
	var all [][]byte
	var rows []optOutRow
	for _, o := range optOutsOf(r, at) {
		row, persons, err := s.newOptOutRow(o)
		if err != nil {
			return err
		}
		rows, all = append(rows, row), append(all, persons...)
	}
	slices.SortFunc(all, bytes.Compare) // two at once wait for each other in one order
	for i, row := range rows {
		var persons [][]byte
		if i == len(rows)-1 { // one act for each phone, and all persons in one order
			persons = all
		}
		if _, err := s.writeOptOut(ctx, q, row, persons); err != nil {
			return err
		}
	}
	return nil
}

// optOutsOf are an opt-out for each phone of the lead; the first has the address too.
func optOutsOf(r *leadtable.Row, at time.Time) (acts []lead.OptOut) {
	a := &r.Applicant
	phones := []lead.Private[string]{a.HomePhone}
	for _, phone := range []lead.Private[string]{a.CellPhone, a.WorkPhone} {
		if phone.Given() && !slices.ContainsFunc(phones, phone.Equal) {
			phones = append(phones, phone)
		}
	}
	for _, phone := range phones {
		acts = append(acts, lead.OptOut{At: at, Channel: agentChannel, Language: r.Language, Phone: phone})
	}
	acts[0].Email = a.Email
	return acts
}
