package stats

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Dimension is what figures are summed by.
type Dimension string

// The dimensions are columns of the hourly tables.
const (
	Hour   Dimension = "hour"
	Source Dimension = "source_id"
	Agent  Dimension = "agent_id"
	Code   Dimension = "result_code"
	Status Dimension = "status"
	atMost Dimension = "at_most"
)

// Figure is a number of leads. What it was not summed by is zero.
type Figure struct {
	Hour   time.Time // in which the leads were received
	Source string    // its key
	Agent  string    // its key; empty: nobody typed them
	Code   int
	Status lead.Status
	AtMost time.Duration // of a latency; 0: longer than the longest bound
	Leads  int
}

// Leads counts the leads that were received in the hours from begin until before end, as they stand now, by
// dimensions.
func (s Stats) Leads(ctx context.Context, begin, end time.Time, by ...Dimension) ([]Figure, error) {
	return s.sum(ctx, "hourly_leads", begin, end, by)
}

// Latencies counts those that have reached the statuses created and submitted, by how long they took after
// they were received: by its upper bound, the status, and dimensions.
func (s Stats) Latencies(ctx context.Context, begin, end time.Time, by ...Dimension) ([]Figure, error) {
	if !slices.Contains(by, Status) {
		by = append(slices.Clone(by), Status)
	}
	return s.sum(ctx, "hourly_latency", begin, end, append(slices.Clone(by), atMost))
}

func (s Stats) sum(ctx context.Context, table string, begin, end time.Time, by []Dimension) ([]Figure, error) {
	figures, err := s.readSums(ctx, table, begin, end, by)
	if err != nil {
		return nil, fmt.Errorf("sum the hourly figures: %w", db.Clean(err))
	}
	return figures, nil
}

func sumQuery(table string, by []Dimension) string {
	from := " from " + table + " where hour >= $1 and hour < $2"
	if len(by) == 0 {
		return "select cast(coalesce(sum(leads), 0) as bigint)" + from
	}
	var names []string
	for _, dimension := range by {
		names = append(names, string(dimension))
	}
	list := strings.Join(names, ", ")
	return "select " + list + ", cast(sum(leads) as bigint)" + from + " group by " + list + " order by " + list
}

func (s Stats) readSums(ctx context.Context, table string, begin, end time.Time, by []Dimension) ([]Figure, error) {
	sources, err := s.keysOf(ctx, Source, by)
	if err != nil {
		return nil, err
	}
	agents, err := s.keysOf(ctx, Agent, by)
	if err != nil {
		return nil, err
	}
	rows, err := s.Engine.Reader().QueryContext(ctx, sumQuery(table, by), begin.UnixMilli(), end.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	var figures []Figure
	for rows.Next() {
		var f Figure
		var hour, source, agent, millis int64
		places := map[Dimension]any{Hour: &hour, Source: &source, Agent: &agent, Code: &f.Code, Status: &f.Status, atMost: &millis}
		var dest []any
		for _, dimension := range by {
			dest = append(dest, places[dimension])
		}
		if err := rows.Scan(append(dest, &f.Leads)...); err != nil {
			return nil, err
		}
		if slices.Contains(by, Hour) {
			f.Hour = time.UnixMilli(hour).UTC()
		}
		f.Source, f.Agent, f.AtMost = sources[source], agents[agent], time.Duration(millis)*time.Millisecond
		figures = append(figures, f)
	}
	return figures, rows.Err()
}

// selectKeys reads the keys that stand for the ids of a dimension.
var selectKeys = map[Dimension]string{Source: "select id, key from source", Agent: "select id, key from agent"}

// keysOf are the keys of a dimension by their ids, if figures are summed by it.
func (s Stats) keysOf(ctx context.Context, d Dimension, by []Dimension) (map[int64]string, error) {
	if !slices.Contains(by, d) {
		return nil, nil
	}
	keys := map[int64]string{}
	err := table.Each(ctx, s.Engine.Reader(), selectKeys[d], func(row *sql.Rows) error {
		var id int64
		var key string
		err := row.Scan(&id, &key)
		keys[id] = key
		return err
	})
	return keys, err
}
