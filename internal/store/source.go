package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"intake/internal/lead"
	"intake/internal/store/db"
)

const (
	directSource = "direct" // the visitor came with no utm_source, or it may not be known
	otherSource  = "other"

	maxSources   = 1000 // rows; anybody can invent a utm_source
	maxCampaigns = 50   // of one source
	maxSourceKey = 64   // bytes; also of a campaign id
)

const (
	selectSource = "select id, campaigns from source where key = $1"
	insertSource = `insert into source (key, name, campaigns, first_seen_at)
		select $1, $2, $3, cast($4 as bigint) where (select count(*) from source) < $5 on conflict (key) do nothing`
	setCampaigns = "update source set campaigns = $1 where id = $2"
)

// source is a row of the table source.
type source struct {
	id        int64
	campaigns []string
	closed    bool // it stands for others, and has no campaigns
}

// has says whether there is nothing to write about a campaign.
func (s source) has(campaign string) bool {
	return campaign == "" || s.closed || len(s.campaigns) >= maxCampaigns || slices.Contains(s.campaigns, campaign)
}

// sources are the rows that this process has read, by key, so that Save needs no statement to find one.
type sources struct {
	mu    sync.RWMutex
	known map[string]source
	full  bool // there will be no others
}

// find is the source with a key, and false when it must be read. A key that there is no room for is another source.
func (s *sources) find(key string) (found source, known bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if found, known = s.known[key]; !known && s.full {
		found, known = source{id: s.known[otherSource].id, closed: true}, true
	}
	return found, known
}

func (s *sources) add(key string, found source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]source{}
	}
	s.known[key] = found
}

func (s *sources) setFull() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = true
}

// sourceOf is the id of the source that an attribution names. A source or a campaign that is new is written first, in
// a transaction of its own.
func (s *Store) sourceOf(ctx context.Context, from lead.Private[lead.Attribution]) (int64, error) {
	var origin lead.Attribution
	if from.Given() {
		origin = from.Reveal()
	}
	key, campaign := sourceKey(origin.UTMSource), plainWord(origin.UTMCampaign)
	found, known := s.sources.find(key)
	if !known {
		var err error
		found, err = readSource(ctx, s.engine.Reader(), selectSource, key)
		if errors.Is(err, sql.ErrNoRows) {
			return s.addSource(ctx, key, campaign)
		}
		if err != nil {
			return 0, fmt.Errorf("find the source: %w", db.Clean(err))
		}
		s.sources.add(key, found)
	}
	if found.has(campaign) {
		return found.id, nil
	}
	return s.addSource(ctx, key, campaign)
}

// addSource writes a source or its campaign. The table may be full, or another process may have been faster.
func (s *Store) addSource(ctx context.Context, key, campaign string) (int64, error) {
	found, err := write(ctx, s, acceptLimit, func(ctx context.Context, q db.Queries) (source, error) {
		_, err := q.ExecContext(ctx, insertSource, key, key, "[]", s.now().UnixMilli(), maxSources)
		if err != nil {
			return source{}, err
		}
		found, err := readSource(ctx, q, selectSource+s.engine.LockRow(), key)
		if errors.Is(err, sql.ErrNoRows) {
			return source{}, nil // the table is full
		}
		if err != nil || found.has(campaign) {
			return found, err
		}
		found.campaigns = append(found.campaigns, campaign)
		text, _ := json.Marshal(found.campaigns) // strings alone: never fails
		_, err = q.ExecContext(ctx, setCampaigns, string(text), found.id)
		return found, err
	})
	if err != nil {
		return 0, fmt.Errorf("write the source: %w", err)
	}
	if found.id != 0 {
		s.sources.add(key, found)
		return found.id, nil
	}
	other, err := readSource(ctx, s.engine.Reader(), selectSource, otherSource)
	if err != nil {
		return 0, fmt.Errorf("find the source: %w", db.Clean(err))
	}
	s.sources.add(otherSource, other)
	s.sources.setFull()
	return other.id, nil
}

func readSource(ctx context.Context, q db.Queries, query, key string) (found source, err error) {
	var campaigns string
	if err = q.QueryRowContext(ctx, query, key).Scan(&found.id, &campaigns); err != nil {
		return found, err
	}
	found.closed = key == directSource || key == otherSource
	return found, json.Unmarshal([]byte(campaigns), &found.campaigns)
}

// sourceKey is the key of a utm_source.
func sourceKey(utmSource string) string {
	if strings.TrimSpace(utmSource) == "" {
		return directSource
	}
	key := plainWord(utmSource)
	if !strings.ContainsAny(key, "abcdefghijklmnopqrstuvwxyz") { // a phone number is no source
		return otherSource
	}
	return key
}

// plainWord is text in lower case if it is short and has no other characters than a to z, 0 to 9, dot, dash and
// underscore; else it is empty. An e-mail address is none.
func plainWord(text string) string {
	word := strings.ToLower(strings.TrimSpace(text))
	odd := func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789._-", r) }
	if len(word) > maxSourceKey || strings.ContainsFunc(word, odd) {
		return ""
	}
	return word
}
