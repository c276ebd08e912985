package store

import (
	"context"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/disposition"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// callBackKept is how long after its time a call back that nobody made is still listed.
const callBackKept = 30 * 24 * time.Hour

// Call backs behind the time $1 and the lead $2, up to $3: of everybody, or of the agent whose key is $4. Each reads its page from an
// index of its own. The last disposition of a lead counts, so a lead is listed once.
const (
	listCallBacks = "select " + disposition.Columns + `, answers,
			(select answers_key from lead_private where lead_private.lead_id = lead.id) as answers_key
		from disposition cross join agent cross join lead
		where call_back_at is not null and (call_back_at, disposition.lead_id) > ($1, $2)
			and agent.id = disposition.agent_id and lead.id = disposition.lead_id
			and erased_at is null and not ` + leadtable.OptedOut + " and " + disposition.Last
	pageOfCallBacks = " order by call_back_at, disposition.lead_id limit $3"

	callBacksOfAll   = listCallBacks + pageOfCallBacks
	callBacksOfAgent = listCallBacks + " and disposition.agent_id = (select id from agent where key = $4)" + pageOfCallBacks
)

// callBackRow is the disposition that promises a call back, with the sealed answers of its lead.
type callBackRow struct {
	disposition.Row
	of leadtable.Row
}

var callBackTable = func() table.Of[callBackRow] {
	columns := table.Of[callBackRow]{}
	for name, place := range disposition.Table {
		columns[name] = func(r *callBackRow) any { return place(&r.Row) }
	}
	for _, name := range []string{"answers", "answers_key"} {
		columns[name] = func(r *callBackRow) any { return leadtable.Columns[name](&r.of) }
	}
	return columns
}()

// CallBacks returns a page of the call backs that an agent has promised, the first due first, with the ZIP codes of the callers; with
// an empty key those of all agents. Left out are those that another disposition of the lead follows, that are late by more than 30 days,
// and those of a person who has opted out.
func (s *Store) CallBacks(ctx context.Context, agentKey string, page lead.Page) ([]lead.CallBackDue, error) {
	after := page.After
	if oldest := s.leads.Now().Add(-callBackKept); after.At.Before(oldest) {
		after = lead.Cursor{At: oldest}
	}
	query, args := callBacksOfAll, []any{after.At.UnixMilli(), after.ID, page.Size}
	if agentKey != "" {
		query, args = callBacksOfAgent, append(args, agentKey)
	}
	rows, err := callBackTable.All(ctx, s.leads.Engine.Reader(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("list call backs: %w", db.Clean(err))
	}
	var list []lead.CallBackDue
	for _, r := range rows {
		if err := s.openCallBack(&r); err != nil {
			return nil, fmt.Errorf("list call backs: %w", err)
		}
		list = append(list, lead.CallBackDue{Disposition: r.Disposition, ZipCode: r.of.Applicant.ZipCode})
	}
	return list, nil
}

func (s *Store) openCallBack(r *callBackRow) error {
	if err := s.dispositions().OpenNote(&r.Row); err != nil {
		return err
	}
	r.of.ID = r.Lead
	return s.leads.OpenAnswers(&r.of)
}
