package proof

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
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// evidence is a lead with its consent record, the page that was accepted, and its link in the chain.
type evidence struct {
	leadtable.Row
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
	for name, place := range leadtable.Columns {
		columns[name] = func(e *evidence) any { return place(&e.Row) }
	}
	for name, place := range pageTable {
		columns["shown_"+name] = func(e *evidence) any { return place(&e.page) }
	}
	return columns
}()

const (
	pageColumns = `coalesce(shown_page.id, '') as shown_id, shown_page.at as shown_at, coalesce(shown_page.language, '') as shown_language,
		coalesce(parts, '') as shown_parts, coalesce(sheet, '') as shown_sheet, coalesce(length, 0) as shown_length, coalesce(full_sha256, '') as shown_full_sha256,
		words as shown_words, shown_page.answers as shown_answers, words_key as shown_words_key, page_private.answers_key as shown_answers_key,
		kept_sha256 as shown_kept_sha256`
	selectEvidence = "select lead.id, lead.page_id, consent, evidence, evidence_key, coalesce(consent_link.seq, 0) as seq, previous_hash, hash, digests, " + pageColumns + `
		from lead join lead_private on lead_private.lead_id = lead.id left join consent_link on consent_link.lead_id = lead.id
			left join shown_page on shown_page.id = lead.page_id left join page_private on page_private.page_id = shown_page.id where `
	evidenceSQL = selectEvidence + "lead.id = $1"
)

// decode reads what is stored as JSON.
func (e *evidence) decode() (err error) {
	if e.record, err = clearRecord(&e.Row); err != nil {
		return audit.Broken("%w", err)
	}
	if e.digestsText.Valid && json.Unmarshal([]byte(e.digestsText.String), &e.digests) != nil {
		return audit.Broken("the digests of lead %s are damaged", e.ID)
	}
	return nil
}

// Consent returns the record of a lead with the personal data that is not erased, or lead.ErrNotFound.
func (s *Consents) Consent(ctx context.Context, id lead.PartnerID) (record consent.Record, err error) {
	defer db.Wrap(&err, "read the consent of a lead")
	e, err := evidenceTable.One(ctx, s.Engine.Reader(), evidenceSQL, id)
	if errors.Is(err, sql.ErrNoRows) {
		return record, lead.ErrNotFound
	}
	if err == nil {
		err = e.decode()
	}
	if err == nil {
		record, _, err = s.openConsent(&e)
	}
	return record, err
}

// openConsent returns the record with the personal data that is not erased, and the salt of their digests.
func (s *Consents) openConsent(e *evidence) (record consent.Record, salt []byte, err error) {
	record = e.record
	plain, salt, err := s.OpenSealed(e.Evidence, e.EvidenceKey, string(e.ID), leadtable.EvidenceClass)
	if err == nil {
		err = leadtable.Decode(plain, evidenceFields(&record))
	}
	if err != nil {
		return consent.Record{}, nil, fmt.Errorf("lead %s: %w", e.ID, err)
	}
	return record, salt, nil
}

// keptDigest is the digest of the hash of the page as it is kept: with the name and the phone in it, it could be tried for.
const keptDigest = "page_kept_sha256"

// digestNames are the salted hashes of a link, in their order, but for those of a call.
var digestNames = []string{"person_name", "phone", "client_ip", "user_agent", "proxy_chain", "certificate_url", "zone", keptDigest}

func (e *evidence) link() consent.Link {
	return consent.Link{Seq: e.seq, Facts: e.facts(), Previous: e.previous, Hash: e.hash}
}

// facts is what a link says of the record. What it names and in which order is that of the link's
// format: whoever changes it gives the format another name.
func (e *evidence) facts() []consent.Fact {
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
	for _, name := range digestNames {
		facts = append(facts, consent.Fact{Name: name, Value: e.digests[name]})
	}
	if r.Channel != consent.ConsumerWeb {
		facts = append(facts,
			consent.Fact{Name: "script", Value: r.Call.Script}, consent.Fact{Name: "oral_opt_in", Value: strconv.FormatBool(r.Call.OptIn)},
			consent.Fact{Name: callIDDigest, Value: e.digests[callIDDigest]}, consent.Fact{Name: callAgentDigest, Value: e.digests[callAgentDigest]})
	}
	if r.Call.WrittenFollows {
		facts = append(facts, consent.Fact{Name: "written_follows", Value: "true"})
	}
	if r.Channel == consent.ConsumerLink {
		facts = append(facts, consent.Fact{Name: "link_route", Value: string(r.HandOff.Route)},
			consent.Fact{Name: "link_opened_at", Value: strconv.FormatInt(millis(r.HandOff.OpenedAt), 10)}, consent.Fact{Name: sentToDigest, Value: e.digests[sentToDigest]})
	}
	return facts
}

// digestsOf hashes what is sealed with the salt of its data key. What was not given has no digest.
func (s *Consents) digestsOf(e *evidence) (map[string]string, error) {
	record, salt, err := s.openConsent(e)
	if err != nil {
		return nil, err
	}
	if e.PageID != "" && e.page.id == "" {
		return nil, fmt.Errorf("the page of lead %s is missing", e.ID)
	}
	digests := map[string]string{}
	for _, f := range evidenceFields(&record) {
		if text, given := f.Text(); given {
			digests[f.Name] = consent.Digest(salt, []byte(f.Name+"\x00"+text))
		}
	}
	if e.page.kept.Valid {
		digests[keptDigest] = consent.Digest(salt, []byte(keptDigest+"\x00"+e.page.kept.String))
	}
	return digests, nil
}
