package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

const (
	directSource = "direct" // the visitor came with no utm_source, or it may not be known
	otherSource  = "other"

	// The ids of these two, which the migration inserts.
	directID = 1
	otherID  = 2

	maxSources   = 1000        // rows; anybody can invent a utm_source
	maxCampaigns = 50          // of one source
	maxWord      = 64          // bytes of a source or a campaign
	maxDigits    = 8           // of these: a Social Security number has nine, a phone number ten
	sourceLimit  = time.Second // a visitor is waiting
)

// source is a row of the table source.
type source struct {
	id          int64
	key         string
	campaigns   []string
	firstSeenAt time.Time
}

var sourceTable = table.Of[source]{
	"id":            func(r *source) any { return &r.id },
	"key":           func(r *source) any { return &r.key },
	"campaigns":     func(r *source) any { return table.Words(&r.campaigns) },
	"first_seen_at": func(r *source) any { return table.Millis(&r.firstSeenAt) },
}

const (
	selectSources = "select id, key, campaigns from source"
	selectSource  = selectSources + " where key = $1"
)

var (
	insertSource = table.Named(fmt.Sprintf(`insert into source (key, name, first_seen_at)
		select cast(:key as text), cast(:key as text), cast(:first_seen_at as bigint) where (select count(*) from source) < %d
		on conflict (key) do nothing`, maxSources))
	setCampaigns = table.Named("update source set campaigns = :campaigns where id = :id")
)

// has says whether there is nothing to write about a campaign. The sources that are always there have none.
func (s source) has(campaign string) bool {
	return campaign == "" || s.id == directID || s.id == otherID || len(s.campaigns) >= maxCampaigns || slices.Contains(s.campaigns, campaign)
}

// sources are the rows that this process has read, by key, so that Save needs no statement to find one.
type sources struct {
	mu    sync.RWMutex
	known map[string]source
}

// find is the source with a key. While it is not known, or when there is no room for it, it is other.
func (s *sources) find(key string) (found source, known bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if found, known = s.known[key]; known {
		return found, true
	}
	return source{id: otherID}, len(s.known) >= maxSources
}

func (s *sources) add(rows []source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]source{}
	}
	for _, row := range rows {
		s.known[row.key] = row
	}
}

// readSources reads all sources.
func (s *Store) readSources(ctx context.Context) error {
	rows, err := sourceTable.All(ctx, s.engine.Reader(), selectSources)
	if err != nil {
		return fmt.Errorf("read the sources: %w", db.Clean(err))
	}
	s.sources.add(rows)
	return nil
}

// sourceOf is the id of the source that a new lead comes from. It never fails, for no lead may be lost because of its
// source. A source or a campaign that is new is written first, unless the lead is suspect: bots invent them.
func (s *Store) sourceOf(ctx context.Context, l *lead.Lead) int64 {
	var origin lead.Attribution
	if l.Origin.Given() {
		origin = l.Origin.Reveal()
	}
	key, campaign := sourceKey(origin.UTMSource), plainWord(origin.UTMCampaign)
	found, known := s.sources.find(key)
	if known && found.has(campaign) || l.Status == lead.Suspect {
		return found.id
	}
	_ = s.writeSource(ctx, key, campaign) // what cannot be written counts as other
	found, _ = s.sources.find(key)
	return found.id
}

// writeSource writes a source and its campaign, in a transaction of its own. Another process may have been faster, or
// the table may be full: then nobody adds rows any more, and all are read.
func (s *Store) writeSource(ctx context.Context, key, campaign string) error {
	rows, err := db.Write(ctx, s.engine, sourceLimit, func(ctx context.Context, q db.Queries) ([]source, error) {
		row := source{key: key, firstSeenAt: s.now()}
		if _, err := sourceTable.Exec(ctx, q, insertSource, &row); err != nil {
			return nil, err
		}
		row, err := sourceTable.One(ctx, q, selectSource+s.engine.LockRow(), key)
		if errors.Is(err, sql.ErrNoRows) {
			return sourceTable.All(ctx, q, selectSources)
		}
		if err != nil || row.has(campaign) {
			return []source{row}, err
		}
		row.campaigns = append(row.campaigns, campaign)
		_, err = sourceTable.Exec(ctx, q, setCampaigns, &row)
		return []source{row}, err
	})
	if err == nil {
		s.sources.add(rows)
	}
	return err
}

// sourceKey is the key of a utm_source.
func sourceKey(utmSource string) string {
	if strings.TrimSpace(utmSource) == "" {
		return directSource
	}
	key := plainWord(utmSource)
	if !strings.ContainsAny(key, "abcdefghijklmnopqrstuvwxyz") {
		return otherSource
	}
	return key
}

// plainWord is text in lower case if it is short and has no other characters than a to z, a few digits, dot, dash and
// underscore; else it is empty. No e-mail address, phone number or Social Security number is one.
func plainWord(text string) string {
	word, digits := strings.ToLower(strings.TrimSpace(text)), 0
	for _, r := range word {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case 'a' <= r && r <= 'z', r == '.', r == '-', r == '_':
		default:
			return ""
		}
	}
	if len(word) > maxWord || digits > maxDigits {
		return ""
	}
	return word
}
