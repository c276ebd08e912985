package leadtable

import (
	"context"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Stored is the first event of every lead; it moves it nowhere. Of a lead that was received like
// any other it is not written down: the lead itself tells all of it.
const Stored lead.Event = "stored"

// The events of erasures; they move a lead nowhere.
const (
	SSNErased      lead.Event = "ssn erased"
	AnswersErased  lead.Event = "answers erased"
	EvidenceErased lead.Event = "evidence erased"
)

// Event is one entry of a lead's history, which only ever grows.
type Event struct {
	At      time.Time
	Event   lead.Event
	From    lead.Status // empty for the first
	To      lead.Status
	Attempt int
	// Late: the answer came when a later attempt had begun, or when the lead stood where the
	// table has no such move. It changed nothing but this history.
	Late   bool
	Reason string     // classes, codes and field names, never a value
	By     lead.Agent // who did it at the desk; zero where nobody did

	// What Alleviate answered; zero where it did not.
	AlleviateID  lead.AlleviateID
	ResultCode   int
	Bid          string
	SubmitStatus int
	CRM          string
	CRMRecordID  string
}

// eventRow is a row of the table lead_event.
type eventRow struct {
	Event
	lead    lead.PartnerID
	agentID int64 // of By
}

var eventTable = table.Of[eventRow]{
	"lead_id":       func(r *eventRow) any { return &r.lead },
	"at":            func(r *eventRow) any { return table.Millis(&r.At) },
	"event":         func(r *eventRow) any { return &r.Event.Event },
	"from_status":   func(r *eventRow) any { return &r.From },
	"to_status":     func(r *eventRow) any { return &r.To },
	"attempt":       func(r *eventRow) any { return &r.Attempt },
	"agent_id":      func(r *eventRow) any { return &r.agentID },
	"agent_key":     func(r *eventRow) any { return &r.By.Key },
	"agent_name":    func(r *eventRow) any { return &r.By.Name },
	"late":          func(r *eventRow) any { return table.Flag(&r.Late) },
	"reason":        func(r *eventRow) any { return &r.Reason },
	"alleviate_id":  func(r *eventRow) any { return &r.AlleviateID },
	"result_code":   func(r *eventRow) any { return &r.ResultCode },
	"bid":           func(r *eventRow) any { return &r.Bid },
	"submit_status": func(r *eventRow) any { return &r.SubmitStatus },
	"crm":           func(r *eventRow) any { return &r.CRM },
	"crm_record_id": func(r *eventRow) any { return &r.CRMRecordID },
}

var insertEvent = table.Named(`insert into lead_event (lead_id, at, event, from_status, to_status, attempt, agent_id, late, reason,
		alleviate_id, result_code, bid, submit_status, crm, crm_record_id)
	values (:lead_id, :at, :event, :from_status, :to_status, :attempt, :agent_id, :late, :reason,
		:alleviate_id, :result_code, :bid, :submit_status, :crm, :crm_record_id)`)

const selectHistory = `select at, event, from_status, to_status, attempt, late, reason, alleviate_id, result_code, bid,
	submit_status, crm, crm_record_id, case when agent_id = 0 then '' else (select key from agent where id = agent_id) end as agent_key,
	case when agent_id = 0 then '' else (select name from agent where id = agent_id) end as agent_name from lead_event where lead_id = $1 order by seq`

// AddEvent adds to the history of a lead.
func AddEvent(ctx context.Context, q db.Queries, id lead.PartnerID, e Event) error {
	return AddEventBy(ctx, q, id, e, 0)
}

// AddEventBy is AddEvent that also says who did it at the desk: the number of an agent.
func AddEventBy(ctx context.Context, q db.Queries, id lead.PartnerID, e Event, agentID int64) error {
	_, err := eventTable.Exec(ctx, q, insertEvent, &eventRow{e, id, agentID})
	return err
}

// Events is what is written of the history of a lead, oldest first.
func Events(ctx context.Context, q db.Queries, id lead.PartnerID) ([]Event, error) {
	rows, err := eventTable.All(ctx, q, selectHistory, id)
	var events []Event
	for _, r := range rows {
		events = append(events, r.Event)
	}
	return events, err
}
