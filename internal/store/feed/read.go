// Package feed tells what happened to leads, in an order in which no later commit appears before what was read. Each
// process reads it once and hands it to its subscribers.
package feed

import (
	"cmp"
	"context"
	"database/sql"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// Position is a row: where it stands in the order of commits.
type Position struct{ XID, Seq int64 }

func (p Position) after(q Position) bool {
	return cmp.Or(cmp.Compare(p.XID, q.XID), cmp.Compare(p.Seq, q.Seq)) > 0
}

// Cursor is up to where the leads and their events were read.
type Cursor struct{ Lead, Event Position }

// Change is a lead that was stored, or something that happened to one.
type Change struct {
	Lead   lead.PartnerID
	Stored bool        // the lead was stored
	From   lead.Status // empty of a lead that was stored
	Status lead.Status // after it
	At     time.Time
	Late   bool // an answer that came too late to change anything

	Source     int64 // of the lead
	Agent      int64 // who typed the lead, or 0
	ReceivedAt time.Time
	CodeBefore int  // the result code before it
	Code       int  // the result code that it brought, or 0
	First      bool // the lead had this status never before
}

// changesSQL reads leads behind $1, $2 and events behind $3, $4, as one statement, so that both are of one moment. Of
// an event it reads what its lead had before.
const changesSQL = `select * from (
		select 0 as kind, t.xid as xid, t.seq as seq, t.id as lead_id, '' as from_status, 'received' as to_status, t.received_at as at, 0 as late,
			t.source_id as source_id, t.agent_id as agent_id, t.received_at as received_at, 0 as code_before, 0 as code, 0 as again, t.xid as lead_xid, t.seq as lead_seq
		from lead t where {leads} order by {order} limit $5) as leads
	union all select * from (
		select 1 as kind, t.xid as xid, t.seq as seq, t.lead_id as lead_id, t.from_status as from_status, t.to_status as to_status, t.at as at, t.late as late,
			lead.source_id as source_id, lead.agent_id as agent_id, lead.received_at as received_at,
			coalesce((select b.result_code from lead_event b where b.lead_id = t.lead_id and b.seq < t.seq and b.late = 0 and b.result_code <> 0
				order by b.seq desc limit 1), 0) as code_before,
			t.result_code as code,
			(select count(*) from lead_event b where b.lead_id = t.lead_id and b.seq < t.seq and b.late = 0 and b.to_status = t.to_status) as again,
			lead.xid as lead_xid, lead.seq as lead_seq
		from lead_event t cross join lead where lead.id = t.lead_id and {events} order by {order} limit $5) as events
	order by kind, xid, seq`

// newestSQL reads the ends of both tables as one statement, so that they are of one moment.
const newestSQL = `select coalesce((select t.xid from lead t where {after} order by {back} limit 1), 0),
	coalesce((select t.seq from lead t where {after} order by {back} limit 1), 0),
	coalesce((select t.xid from lead_event t where {after} order by {back} limit 1), 0),
	coalesce((select t.seq from lead_event t where {after} order by {back} limit 1), 0)`

func changesQuery(order db.CommitOrder) string {
	return strings.NewReplacer("{leads}", order.After("$1", "$2"), "{events}", order.After("$3", "$4"), "{order}", order.Forwards).Replace(changesSQL)
}

// Read returns changes behind a cursor, and the cursor behind them; more says that there may be others. It reads no
// event before its lead: on PostgreSQL the transaction that wrote the event may have begun first.
func Read(ctx context.Context, engine db.Engine, from Cursor, limit int) (changes []Change, next Cursor, more bool, err error) {
	rows, err := engine.Reader().QueryContext(ctx, changesQuery(engine.CommitOrder()), from.Lead.XID, from.Lead.Seq, from.Event.XID, from.Event.Seq, limit)
	if err != nil {
		return nil, from, false, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	next = from
	for leads, events := 0, 0; rows.Next(); {
		c, at, ofLead, err := scanChange(rows)
		if err != nil {
			return nil, from, false, err
		}
		switch {
		case c.Stored:
			next.Lead, leads = at, leads+1
		case ofLead.after(next.Lead):
			return changes, next, more, nil // its lead is still to come
		default:
			next.Event, events = at, events+1
		}
		changes, more = append(changes, c), leads == limit || events == limit
	}
	if err := rows.Err(); err != nil {
		return nil, from, false, err
	}
	return changes, next, more, nil
}

// scanChange reads a row of changesSQL: a change, where it stands, and where its lead does.
func scanChange(rows *sql.Rows) (c Change, at, ofLead Position, err error) {
	var kind, again int
	var millis, receivedAt int64
	err = rows.Scan(&kind, &at.XID, &at.Seq, &c.Lead, &c.From, &c.Status, &millis, &c.Late, &c.Source, &c.Agent, &receivedAt, &c.CodeBefore, &c.Code, &again, &ofLead.XID, &ofLead.Seq)
	c.Stored, c.First = kind == 0, again == 0
	c.At, c.ReceivedAt = time.UnixMilli(millis).UTC(), time.UnixMilli(receivedAt).UTC()
	return c, at, ofLead, err
}

// now is the cursor behind everything that was committed.
func now(ctx context.Context, engine db.Engine) (c Cursor, err error) {
	defer db.Wrap(&err, "find the end of the change feed")
	order := engine.CommitOrder()
	query := strings.NewReplacer("{after}", order.After("$1", "$2"), "{back}", order.Backwards).Replace(newestSQL)
	return c, engine.Reader().QueryRowContext(ctx, query, 0, 0).Scan(&c.Lead.XID, &c.Lead.Seq, &c.Event.XID, &c.Event.Seq)
}
