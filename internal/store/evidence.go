package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
)

// evidence is a consent record with all that its link in the chain covers.
type evidence struct {
	lead   lead.PartnerID
	record consent.Record // what is in clear, but for the acts
	acts   string
	sealed [][]byte // in the order of sealedConsent
	page   keptPage // without an id when there is none

	seq            sql.NullInt64
	previous, hash []byte
	digests        map[string]string // salted hashes of what is sealed, by column
	salt           []byte            // sealed
}

var (
	evidenceColumns = "lead_id, chain_seq, previous_hash, hash, digests, digest_salt, consent_record." +
		strings.Join(consentColumns[1:], ", consent_record.")
	chainedSQL  = "select " + evidenceColumns + evidenceFrom + " where chain_seq > $1 order by chain_seq limit $2"
	evidenceSQL = "select " + evidenceColumns + evidenceFrom + " where lead_id = $1"
)

const evidenceFrom = " from consent_record join lead on lead.id = lead_id"

// readEvidence reads records and their pages.
func (s *Store) readEvidence(ctx context.Context, query string, args ...any) ([]evidence, error) {
	list, err := s.scanEvidence(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		if e.record.PageID == "" {
			continue
		}
		err := s.engine.Reader().QueryRowContext(ctx, selectPage, e.record.PageID).Scan(list[i].page.places()...)
		if err != nil && !errors.Is(err, sql.ErrNoRows) { // a missing one is told by whoever needs it
			return nil, err
		}
	}
	return list, nil
}

func (s *Store) scanEvidence(ctx context.Context, query string, args ...any) ([]evidence, error) {
	rows, err := s.engine.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	var list []evidence
	for rows.Next() {
		var e evidence
		if err := e.scan(rows); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

func (e *evidence) scan(from scanner) error {
	var digests sql.NullString
	dest := []any{&e.lead, &e.seq, &e.previous, &e.hash, &digests, &e.salt}
	for _, f := range consentFields(&e.record) {
		dest = append(dest, f.at)
	}
	dest = append(dest, &e.acts)
	e.sealed = make([][]byte, len(sealedConsent(&e.record)))
	for i := range e.sealed {
		dest = append(dest, &e.sealed[i])
	}
	if err := from.Scan(dest...); err != nil {
		return err
	}
	if digests.Valid && json.Unmarshal([]byte(digests.String), &e.digests) != nil {
		return audit.Broken("the digests of lead %s are damaged", e.lead)
	}
	return nil
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
	facts := []consent.Fact{
		{Name: "lead", Value: string(e.lead)},
		{Name: "at", Value: strconv.FormatInt(r.At.UnixMilli(), 10)}, {Name: "channel", Value: r.Channel}, {Name: "language", Value: r.Language},
		{Name: "page_url", Value: r.PageURL}, {Name: "landing_url", Value: r.LandingURL}, {Name: "referrer", Value: r.Referrer},
		{Name: "viewport", Value: r.Viewport}, {Name: "gpc", Value: strconv.FormatBool(r.GPC)},
		{Name: "seller", Value: r.Seller}, {Name: "form_version", Value: r.FormVersion},
		{Name: "certificate_state", Value: r.Certificate.State}, {Name: "certificate_id", Value: r.Certificate.ID},
		{Name: "acts", Value: e.acts}, {Name: "page_id", Value: r.PageID},
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

// digestsOf opens what is sealed and hashes it with the salt. What was not given has no digest.
func (s *Store) digestsOf(e evidence, salt []byte) (map[string]string, error) {
	digests := map[string]string{}
	for i, f := range sealedConsent(&e.record) {
		if e.sealed[i] == nil {
			continue
		}
		plain, err := s.keys.Open(e.sealed[i], string(e.lead), consentPlace+f.Name)
		if err != nil {
			return nil, err
		}
		digests[f.Name] = consent.Digest(salt, append([]byte(f.Name+"\x00"), plain...))
	}
	if e.record.PageID != "" && e.page.id == "" {
		return nil, fmt.Errorf("the page of lead %s is missing", e.lead)
	}
	if e.page.kept.Valid {
		digests[keptDigest] = consent.Digest(salt, []byte(keptDigest+"\x00"+e.page.kept.String))
	}
	return digests, nil
}
