package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// evidence is a lead with its consent record and all that its link in the chain covers.
type evidence struct {
	leadRow
	record consent.Record // without personal data
	page   pageRow        // without an id when there is none

	seq            int64 // 0: not in the chain
	previous, hash []byte
	digestsText    sql.NullString
	digests        map[string]string // salted hashes of what is sealed, by name
}

var evidenceTable = func() table.Of[evidence] {
	columns := table.Of[evidence]{
		"seq":           func(e *evidence) any { return &e.seq },
		"previous_hash": func(e *evidence) any { return &e.previous },
		"hash":          func(e *evidence) any { return &e.hash },
		"digests":       func(e *evidence) any { return &e.digestsText },
	}
	for name, place := range leadTable {
		columns[name] = func(e *evidence) any { return place(&e.leadRow) }
	}
	return columns
}()

const (
	evidenceColumns = `select id, page_id, consent, evidence, evidence_key, coalesce(consent_link.seq, 0) as seq, previous_hash, hash, digests
		from lead join lead_private on lead_private.lead_id = lead.id left join consent_link on consent_link.lead_id = lead.id `
	evidenceSQL = evidenceColumns + "where lead.id = $1"
	chainedSQL  = evidenceColumns + "where consent_link.seq > $1 order by consent_link.seq limit $2"
)

// readEvidence reads records and their pages.
func (s *Store) readEvidence(ctx context.Context, query string, args ...any) ([]evidence, error) {
	list, err := evidenceTable.All(ctx, s.engine.Reader(), query, args...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := s.completeEvidence(ctx, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Store) completeEvidence(ctx context.Context, e *evidence) (err error) {
	if e.record, err = e.clearRecord(); err != nil {
		return audit.Broken("%w", err)
	}
	if e.digestsText.Valid && json.Unmarshal([]byte(e.digestsText.String), &e.digests) != nil {
		return audit.Broken("the digests of lead %s are damaged", e.ID)
	}
	if e.pageID == "" {
		return nil
	}
	e.page, err = pageTable.One(ctx, s.engine.Reader(), selectPage, e.pageID)
	if errors.Is(err, sql.ErrNoRows) { // whoever needs the page says that it is missing
		return nil
	}
	return err
}

// Consent returns the evidence that was saved with a lead, opened, or lead.ErrNotFound.
func (s *Store) Consent(ctx context.Context, id lead.PartnerID) (consent.Record, error) {
	r, err := oneLead(ctx, s.engine.Reader(), selectConsent, id)
	if err != nil {
		return consent.Record{}, fmt.Errorf("read consent of lead %s: %w", id, db.Clean(err))
	}
	return s.openConsent(&r)
}

const selectConsent = `select id, page_id, consent, evidence, evidence_key from lead join lead_private on lead_id = id where id = $1`

// openConsent is the consent record of a row, with the personal data that is not erased.
func (s *Store) openConsent(r *leadRow) (consent.Record, error) {
	c, err := r.clearRecord()
	if err == nil {
		err = s.openRecord(r.evidence, r.evidenceKey, evidenceFields(&c), r.ID, evidenceClass)
	}
	if err != nil {
		return consent.Record{}, err
	}
	return c, nil
}

// linkedDigests are the salted hashes of a link, in their order. keptDigest is that of the hash of the
// page as it is kept: with the name and the phone in it, it could be tried for.
var linkedDigests = []string{"person_name", "phone", "client_ip", "user_agent", "proxy_chain", "certificate_url", keptDigest}

const (
	keptDigest = "page_kept_sha256"
	zoneDigest = "zone" // in the links of records that have one
)

// facts is what a link says of the record. What it names and in which order is that of the link's
// format: whoever changes it gives the format another name, and goes on verifying this one.
func (e evidence) facts() []consent.Fact {
	r := e.record
	acts, _ := json.Marshal(r.Acts) // texts and flags: never fails
	facts := []consent.Fact{
		{Name: "lead", Value: string(e.ID)},
		{Name: "at", Value: strconv.FormatInt(r.At.UnixMilli(), 10)}, {Name: "channel", Value: r.Channel}, {Name: "language", Value: r.Language},
		{Name: "page_url", Value: r.PageURL}, {Name: "landing_url", Value: r.LandingURL}, {Name: "referrer", Value: r.Referrer},
		{Name: "viewport", Value: r.Viewport}, {Name: "gpc", Value: strconv.FormatBool(r.GPC)},
		{Name: "seller", Value: r.Seller}, {Name: "form_version", Value: r.FormVersion},
		{Name: "certificate_state", Value: r.Certificate.State}, {Name: "certificate_id", Value: r.Certificate.ID},
		{Name: "acts", Value: string(acts)}, {Name: "page_id", Value: r.PageID},
	}
	if k := e.page; k.id != "" {
		facts = append(facts,
			consent.Fact{Name: "page_at", Value: strconv.FormatInt(k.at.UnixMilli(), 10)}, consent.Fact{Name: "page_language", Value: k.language},
			consent.Fact{Name: "page_length", Value: strconv.Itoa(k.length)}, consent.Fact{Name: "page_full_sha256", Value: k.full},
			consent.Fact{Name: "page_sheet_sha256", Value: k.sheet})
	}
	for _, name := range linkedDigests {
		facts = append(facts, consent.Fact{Name: name, Value: e.digests[name]})
	}
	if digest, linked := e.digests[zoneDigest]; linked { // or the link is as those of before
		facts = append(facts, consent.Fact{Name: zoneDigest, Value: digest})
	}
	return facts
}

// digestsOf hashes what is sealed with the salt of its data key. What was not given has no digest.
func (s *Store) digestsOf(e evidence) (map[string]string, error) {
	key, err := s.keys.Unwrap(e.evidenceKey, string(e.ID), evidenceClass)
	if err != nil {
		return nil, err
	}
	record, err := s.openConsent(&e.leadRow)
	if err != nil {
		return nil, err
	}
	salt, digests := key.Salt(), map[string]string{}
	for _, f := range evidenceFields(&record) {
		if text, given := f.Text(); given {
			digests[f.Name] = consent.Digest(salt, []byte(f.Name+"\x00"+text))
		}
	}
	if e.pageID != "" && e.page.id == "" {
		return nil, fmt.Errorf("the page of lead %s is missing", e.ID)
	}
	if e.page.kept.Valid {
		digests[keptDigest] = consent.Digest(salt, []byte(keptDigest+"\x00"+e.page.kept.String))
	}
	return digests, nil
}
