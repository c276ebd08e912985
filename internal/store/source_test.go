package store

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/source"
)

// tracedEngine notes what is run, by the first three words of each statement.
type tracedEngine struct {
	db.Engine
	ran *[]string
}

// Write is that of the engine.
func (e tracedEngine) Write(ctx context.Context, w db.Work) error {
	*e.ran = append(*e.ran, "begin")
	return e.Engine.Write(ctx, func(ctx context.Context, q db.Queries) error { return w(ctx, tracedQueries{q, e.ran}) })
}

// Reader is that of the engine.
func (e tracedEngine) Reader() db.Queries { return tracedQueries{e.Engine.Reader(), e.ran} }

type tracedQueries struct {
	db.Queries
	ran *[]string
}

func (q tracedQueries) note(query string) {
	*q.ran = append(*q.ran, strings.Join(strings.Fields(query)[:3], " "))
}

// ExecContext notes the statement.
func (q tracedQueries) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	q.note(query)
	return q.Queries.ExecContext(ctx, query, args...)
}

// QueryContext notes the statement.
func (q tracedQueries) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	q.note(query)
	return q.Queries.QueryContext(ctx, query, args...)
}

// QueryRowContext notes the statement.
func (q tracedQueries) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	q.note(query)
	return q.Queries.QueryRowContext(ctx, query, args...)
}

func TestSave_RunsNoStatementForASourceThatIsKnown(t *testing.T) {
	s, _ := newStore(t)
	var ran []string
	s.leads.Engine = tracedEngine{s.leads.Engine, &ran}
	var err error
	if s.sources, err = source.Read(t.Context(), s.leads.Engine, nil); err != nil {
		t.Fatal(err)
	}
	accept := []string{"begin", "insert into lead", "insert into lead_private"}
	for _, tt := range []struct {
		origin lead.Attribution
		source []string
	}{
		{lead.Attribution{}, nil},
		{lead.Attribution{UTMSource: "what@example.com", UTMCampaign: "spring"}, nil},
		{lead.Attribution{UTMSource: "radio"}, []string{"begin", "insert into source", "select id, key,"}},
		{lead.Attribution{UTMSource: "radio", UTMCampaign: "spring"}, []string{"begin", "insert into source", "select id, key,", "update source set"}},
		{lead.Attribution{UTMSource: "Radio", UTMCampaign: "Spring"}, nil},
		{lead.Attribution{UTMSource: "radio", UTMCampaign: "219-09-9999"}, nil},
		{lead.Attribution{UTMSource: "radio", UTMCampaign: "1980-01-02"}, nil},
		{lead.Attribution{UTMSource: "radio", UTMCampaign: "555-0143"}, nil},
	} {
		ran = nil
		l := lead.Lead{ID: lead.NewPartnerID(), Draft: lead.Keep(lead.NewHandle()), Request: 1, Origin: lead.Keep(tt.origin)}
		if _, err := s.Save(t.Context(), l, consent.Record{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append(tt.source, accept...), ran); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.origin, diff)
		}
	}
}
