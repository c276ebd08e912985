package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/agent"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

const latestOfAgent = "select " + summaryColumns + lastDisposition + ", received_at as listed_at from lead where " + agent.IsOf + " order by received_at desc, id desc limit $2"

// LatestOfAgent returns the last n leads that an agent has typed, newest first.
func (s *Store) LatestOfAgent(ctx context.Context, key string, n int) ([]lead.Summary, error) {
	leads, err := s.summaries(ctx, latestOfAgent, key, n)
	if err != nil {
		return nil, fmt.Errorf("list the leads of an agent: %w", db.Clean(err))
	}
	return leads, nil
}

// team counts the leads since $1 by everything that a row of the team is made of.
const team = `select agent_key, agent_name, status, awaits, result_code, permitted, kind, count(*) as leads from (
		select agent.key as agent_key, agent.name as agent_name, status, case when ` + leadtable.Awaiting + ` then 1 else 0 end as awaits, result_code,
			permits_terms * permits_credit_check as permitted,
			coalesce((select kind from disposition where lead_id = lead.id order by at desc, id desc limit 1), 0) as kind
		from agent cross join lead where lead.agent_id = agent.id and lead.agent_id <> 0 and received_at >= $1) as typed
	group by agent_key, agent_name, status, awaits, result_code, permitted, kind`

// teamCount is a row of that count.
type teamCount struct {
	lead.Lead
	awaits, permitted bool
	kind              lead.DispositionKind
	leads             int
}

var teamTable = table.Of[teamCount]{
	"agent_key":   func(c *teamCount) any { return &c.Agent.Key },
	"agent_name":  func(c *teamCount) any { return &c.Agent.Name },
	"status":      func(c *teamCount) any { return &c.Status },
	"awaits":      func(c *teamCount) any { return table.Flag(&c.awaits) },
	"result_code": func(c *teamCount) any { return &c.ResultCode },
	"permitted":   func(c *teamCount) any { return table.Flag(&c.permitted) },
	"kind":        func(c *teamCount) any { return &c.kind },
	"leads":       func(c *teamCount) any { return &c.leads },
}

// Team counts the leads that agents have typed since then, by agent: one row for each, by name.
func (s *Store) Team(ctx context.Context, since time.Time) ([]lead.TeamRow, error) {
	counts, err := teamTable.All(ctx, s.leads.Engine.Reader(), team, since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("count the leads of the team: %w", db.Clean(err))
	}
	rows := map[string]*lead.TeamRow{}
	for _, c := range counts {
		row := rows[c.Agent.Key]
		if row == nil {
			row = &lead.TeamRow{Agent: c.Agent, ByStatus: map[lead.Status]int{}, ByCode: map[int]int{}, ByDisposition: map[lead.DispositionKind]int{}}
			rows[c.Agent.Key] = row
		}
		c.addTo(row)
	}
	var list []lead.TeamRow
	for _, row := range rows {
		list = append(list, *row)
	}
	slices.SortFunc(list, func(a, b lead.TeamRow) int {
		return strings.Compare(a.Agent.Name+"\x00"+a.Agent.Key, b.Agent.Name+"\x00"+b.Agent.Key)
	})
	return list, nil
}

// addTo adds the leads to what the agent's row counts them as.
func (c teamCount) addTo(row *lead.TeamRow) {
	for _, count := range []struct {
		counts bool
		of     *int
	}{
		{true, &row.Leads}, {c.Qualified(), &row.Qualified}, {c.permitted, &row.ConsentComplete}, {c.awaits, &row.Awaiting},
		{c.Status == lead.InDoubt, &row.InDoubt}, {c.Status == lead.Parked, &row.Parked},
	} {
		if count.counts {
			*count.of += c.leads
		}
	}
	row.ByStatus[c.Status] += c.leads
	if c.ResultCode != 0 {
		row.ByCode[c.ResultCode] += c.leads
	}
	if c.kind != 0 {
		row.ByDisposition[c.kind] += c.leads
	}
}
