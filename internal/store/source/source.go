// Package source keeps the sources that leads come from, as the utm_source of the address they came by names them.
package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"intake/internal/clock"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

const (
	direct = "direct" // the visitor came with no utm_source, or it may not be known
	other  = "other"

	// The ids of these two, which the migration inserts.
	directID = 1
	otherID  = 2

	maxSources   = 1000        // rows; anybody can invent a utm_source
	maxCampaigns = 50          // of one source
	maxWord      = 64          // bytes of a source or a campaign
	maxDigits    = 8           // of these: a Social Security number has nine, a phone number ten
	maxBare      = 5           // digits of a word without letters: a local number has seven, a date of birth six or more
	writeLimit   = time.Second // a visitor is waiting
)

// row is a row of the table.
type row struct {
	id          int64
	key         string
	campaigns   []string
	firstSeenAt time.Time
}

var columns = table.Of[row]{
	"id":            func(r *row) any { return &r.id },
	"key":           func(r *row) any { return &r.key },
	"campaigns":     func(r *row) any { return table.Words(&r.campaigns) },
	"first_seen_at": func(r *row) any { return table.Millis(&r.firstSeenAt) },
}

const (
	selectAll = "select id, key, campaigns from source"
	selectOne = selectAll + " where key = $1"
)

var (
	insert = table.Named(fmt.Sprintf(`insert into source (key, name, first_seen_at)
		select cast(:key as text), cast(:key as text), cast(:first_seen_at as bigint) where (select count(*) from source) < %d
		on conflict (key) do nothing`, maxSources))
	setCampaigns = table.Named("update source set campaigns = :campaigns where id = :id")
)

// has says whether there is nothing to write about a campaign. The sources that are always there have none.
func (r row) has(campaign string) bool {
	return campaign == "" || r.id == directID || r.id == otherID || len(r.campaigns) >= maxCampaigns || slices.Contains(r.campaigns, campaign)
}

// Sources are those that this process has read, by key, so that a lead whose source is known needs no statement.
type Sources struct {
	engine db.Engine
	clock  *clock.Clock

	mu       sync.RWMutex
	known    map[string]row
	database string // the id of the database that they were read from; empty: not known yet
}

// Read reads all sources.
func Read(ctx context.Context, e db.Engine, c *clock.Clock) (*Sources, error) {
	rows, err := columns.All(ctx, e.Reader(), selectAll)
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", db.Clean(err))
	}
	s := &Sources{engine: e, clock: c, known: map[string]row{}}
	s.add(rows)
	return s, nil
}

// ForgetOthers forgets the rows if the database has got another id: it was restored, and its ids may mean other sources.
func (s *Sources) ForgetOthers(database string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.database != "" && s.database != database {
		s.known = map[string]row{}
	}
	s.database = database
}

// find is the source with a key. While it is not known, or when there is no room for it, it is other.
func (s *Sources) find(key string) (found row, known bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if found, known = s.known[key]; known {
		return found, true
	}
	return row{id: otherID}, len(s.known) >= maxSources
}

func (s *Sources) add(rows []row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rows {
		s.known[r.key] = r
	}
}

// Of is the id of the source that a new lead comes from. It never fails, for no lead may be lost because of its
// source. A source or a campaign that is new is written first, unless the lead is suspect: bots invent them.
func (s *Sources) Of(ctx context.Context, l *lead.Lead) int64 {
	var origin lead.Attribution
	if l.Origin.Given() {
		origin = l.Origin.Reveal()
	}
	key, campaign := keyOf(origin.UTMSource), plainWord(origin.UTMCampaign)
	found, known := s.find(key)
	if known && found.has(campaign) || l.Status == lead.Suspect {
		return found.id
	}
	_ = s.write(ctx, key, campaign) // what cannot be written counts as other
	found, _ = s.find(key)
	return found.id
}

// write writes a source and its campaign, in a transaction of its own. Another process may have been faster, or
// the table may be full: then nobody adds rows any more, and all are read.
func (s *Sources) write(ctx context.Context, key, campaign string) error {
	rows, err := db.Write(ctx, s.engine, writeLimit, func(ctx context.Context, q db.Queries) ([]row, error) {
		r := row{key: key, firstSeenAt: s.clock.Now()}
		if _, err := columns.Exec(ctx, q, insert, &r); err != nil {
			return nil, err
		}
		r, err := columns.One(ctx, q, selectOne+s.engine.LockRow(), key)
		if errors.Is(err, sql.ErrNoRows) {
			return columns.All(ctx, q, selectAll)
		}
		if err != nil || r.has(campaign) {
			return []row{r}, err
		}
		r.campaigns = append(r.campaigns, campaign)
		_, err = columns.Exec(ctx, q, setCampaigns, &r)
		return []row{r}, err
	})
	if err == nil {
		s.add(rows)
	}
	return err
}

// keyOf is the key of a utm_source.
func keyOf(utmSource string) string {
	if strings.TrimSpace(utmSource) == "" {
		return direct
	}
	key := plainWord(utmSource)
	if !strings.ContainsAny(key, "abcdefghijklmnopqrstuvwxyz") {
		return other
	}
	return key
}

// plainWord is text in lower case if it is short and has no other characters than a to z, a few digits, dot, dash and
// underscore; else it is empty. No e-mail address, phone number, date of birth or Social Security number is one.
func plainWord(text string) string {
	word, digits, letters := strings.ToLower(strings.TrimSpace(text)), 0, 0
	for _, r := range word {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case 'a' <= r && r <= 'z':
			letters++
		case r == '.', r == '-', r == '_':
		default:
			return ""
		}
	}
	if len(word) > maxWord || digits > maxDigits || letters == 0 && digits > maxBare {
		return ""
	}
	return word
}
