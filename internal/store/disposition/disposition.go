// Package disposition keeps how calls ended. Rows are only added; a note is sealed, and erased with the answers of its lead.
package disposition

import (
	"context"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Place is what a sealed note is bound to, beside the id of its row.
const Place = "disposition.note"

// EraseNotes erases the notes about the lead $1.
const EraseNotes = "update disposition set note = null where lead_id = $1 and note is not null"

// Row is a row of the table, with its agent.
type Row struct {
	lead.Disposition
	id      string
	agentID int64
	note    []byte // sealed
}

// Table are the columns of a row.
var Table = table.Of[Row]{
	"id":           func(r *Row) any { return &r.id },
	"lead_id":      func(r *Row) any { return &r.Lead },
	"at":           func(r *Row) any { return table.Millis(&r.At) },
	"agent_id":     func(r *Row) any { return &r.agentID },
	"agent_key":    func(r *Row) any { return &r.By.Key },
	"agent_name":   func(r *Row) any { return &r.By.Name },
	"kind":         func(r *Row) any { return &r.Kind },
	"call_back_at": func(r *Row) any { return table.Millis(&r.CallBackAt) },
	"note":         func(r *Row) any { return &r.note },
}

// Columns are what a list of dispositions reads, from the tables disposition and agent.
const Columns = "disposition.id, lead_id, at, agent.key as agent_key, agent.name as agent_name, kind, call_back_at, note"

// Last is the condition of a disposition that no other of its lead follows.
const Last = `not exists (select 1 from disposition newer where newer.lead_id = disposition.lead_id
	and (newer.at, newer.id) > (disposition.at, disposition.id))`

const selectOf = "select " + Columns + " from disposition cross join agent where lead_id = $1 and agent.id = agent_id order by at, disposition.id"

var insert = table.Named(`insert into disposition (id, lead_id, at, agent_id, kind, call_back_at, note)
	values (:id, :lead_id, :at, :agent_id, :kind, :call_back_at, :note)`)

// Log is the table.
type Log struct {
	Engine db.Engine
	Keys   *seal.Keys
}

// Add adds a disposition by the agent of that number.
func (l Log) Add(ctx context.Context, q db.Queries, d lead.Disposition, agentID int64) (err error) {
	r := Row{Disposition: d, id: lead.NewName(), agentID: agentID}
	if note := d.Note.Reveal(); note != "" {
		if r.note, err = l.Keys.Seal([]byte(note), r.id, Place); err != nil {
			return err
		}
	}
	_, err = Table.Exec(ctx, q, insert, &r)
	return err
}

// Of lists the dispositions of a lead, oldest first.
func (l Log) Of(ctx context.Context, id lead.PartnerID) ([]lead.Disposition, error) {
	rows, err := Table.All(ctx, l.Engine.Reader(), selectOf, id)
	if err != nil {
		return nil, db.Clean(err)
	}
	var list []lead.Disposition
	for _, r := range rows {
		if err := l.OpenNote(&r); err != nil {
			return nil, err
		}
		list = append(list, r.Disposition)
	}
	return list, nil
}

// OpenNote fills in the note of a row, unless it is erased.
func (l Log) OpenNote(r *Row) error {
	if r.note == nil {
		return nil
	}
	plain, err := l.Keys.Open(r.note, r.id, Place)
	if err == nil {
		r.Note = lead.Keep(string(plain))
	}
	return err
}
