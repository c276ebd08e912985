package stats

import (
	"context"
	"database/sql"
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

// keys read the key that an id of a dimension stands for.
var keys = map[Dimension]string{
	Source: "coalesce((select key from source where id = source_id), '')",
	Agent:  "coalesce((select key from agent where id = agent_id), '')",
}

func sumQuery(from string, by []Dimension) string {
	from = " from " + from + " where hour >= $1 and hour < $2"
	if len(by) == 0 {
		return "select cast(coalesce(sum(leads), 0) as bigint)" + from
	}
	var names, values []string
	for _, dimension := range by {
		names, values = append(names, string(dimension)), append(values, string(dimension))
		if key, ok := keys[dimension]; ok {
			values[len(values)-1] = key
		}
	}
	list := strings.Join(names, ", ")
	return "select " + strings.Join(values, ", ") + ", cast(sum(leads) as bigint)" + from + " group by " + list + " order by " + list
}

func (s Stats) sum(ctx context.Context, from string, begin, end time.Time, by []Dimension) (figures []Figure, err error) {
	defer db.Wrap(&err, "sum the hourly figures")
	err = table.Each(ctx, s.Engine.Reader(), sumQuery(from, by), func(row *sql.Rows) error {
		var f Figure
		var millis int64
		places := map[Dimension]any{Hour: table.Millis(&f.Hour), Source: &f.Source, Agent: &f.Agent, Code: &f.Code, Status: &f.Status, atMost: &millis}
		var dest []any
		for _, dimension := range by {
			dest = append(dest, places[dimension])
		}
		err := row.Scan(append(dest, &f.Leads)...)
		f.AtMost = time.Duration(millis) * time.Millisecond
		figures = append(figures, f)
		return err
	}, begin.UnixMilli(), end.UnixMilli())
	return figures, err
}
