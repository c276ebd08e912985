package leadtable

import (
	"context"
	"fmt"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// personsOf are the blind indexes of the lead $1.
const personsOf = `select email_index as person from lead_private where lead_id = $1 and email_index is not null
	union select home_phone_index from lead_private where lead_id = $1 and home_phone_index is not null
	union select cell_phone_index from lead_private where lead_id = $1 and cell_phone_index is not null
	union select work_phone_index from lead_private where lead_id = $1 and work_phone_index is not null`

// LeadsOfPerson finds the leads of the person $1: those in lead_person, which is filled beside the chain, and those that are not in the chain yet,
// which the index lead_unlinked has. So every lead is found from the commit that saved it on.
const LeadsOfPerson = `select lead_id from lead_person where person = $1
		union select lead_id from lead_private where link is null
			and (email_index = $1 or home_phone_index = $1 or cell_phone_index = $1 or work_phone_index = $1)`

// InsertPersons adds the lead $1 to lead_person.
const InsertPersons = "insert into lead_person (person, lead_id) select person, $1 from (" + personsOf + ") as persons where true on conflict do nothing"

// ReferenceOfLead is the reference of a lead.
var ReferenceOfLead = fmt.Sprintf("substr(lead_id, %d, 8)", lead.ReferenceAt+1)

var updateIndexes = table.Named(`update lead_private set email_index = :email_index,
		home_phone_index = :home_phone_index, cell_phone_index = :cell_phone_index, work_phone_index = :work_phone_index where lead_id = :id`)

// ReplaceIndexes stores the blind indexes of a lead, and its rows in lead_person if it had any: one that is not in the
// chain yet has none, and Chain adds them.
func ReplaceIndexes(ctx context.Context, q db.Queries, r *Row) error {
	had, err := DeletePersons(ctx, q, r.ID)
	if err != nil {
		return err
	}
	if _, err := Columns.Exec(ctx, q, updateIndexes, r); err != nil || had == 0 {
		return err
	}
	_, err = q.ExecContext(ctx, InsertPersons, r.ID)
	return err
}

// DeletePersons deletes the rows of a lead in lead_person by its indexes of now, and says how many it had.
func DeletePersons(ctx context.Context, q db.Queries, id lead.PartnerID) (int, error) {
	return table.Affected(q.ExecContext(ctx, "delete from lead_person where lead_id = $1 and person in ("+personsOf+")", id))
}
