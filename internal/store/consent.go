package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
)

// Sealed consent fields are tied to "consent_record." and their column, since a lead has a
// column of the same name.
const consentPlace = "consent_record."

// consentColumns are those that Save writes, in the order of consentRow.
var consentColumns = append(append([]string{"lead_id"}, names(consentFields(&consent.Record{}))...),
	append([]string{"acts"}, answerNames(sealedConsent(&consent.Record{}))...)...)

var (
	insertConsent = insert("consent_record", consentColumns, "")
	selectConsent = "select " + strings.Join(consentColumns[1:], ", ") + " from consent_record where lead_id = $1"
)

// consentFields are the columns of a record in clear, but for its lead and its acts.
func consentFields(r *consent.Record) []field {
	return []field{
		{"at", millis{&r.At}},
		{"channel", &r.Channel},
		{"language", &r.Language},
		{"page_url", &r.PageURL},
		{"page_id", &r.PageID},
		{"landing_url", &r.LandingURL},
		{"referrer", &r.Referrer},
		{"viewport", &r.Viewport},
		{"gpc", flag{&r.GPC}},
		{"certificate_state", &r.Certificate.State},
		{"certificate_id", &r.Certificate.ID},
		{"seller", &r.Seller},
		{"form_version", &r.FormVersion},
	}
}

func sealedConsent(r *consent.Record) []lead.Answer {
	return []lead.Answer{
		private("person_name", &r.PersonName), private("phone", &r.Phone),
		private("client_ip", &r.ClientIP), private("user_agent", &r.UserAgent),
		private("proxy_chain", &r.ProxyChain), private("certificate_url", &r.Certificate.URL),
		private(zoneDigest, &r.Zone),
	}
}

func answerNames(answers []lead.Answer) []string {
	list := make([]string, len(answers))
	for i, answer := range answers {
		list[i] = answer.Name
	}
	return list
}

// consentRow are the values of consentColumns.
func (s *Store) consentRow(id lead.PartnerID, r consent.Record) ([]any, error) {
	acts, err := json.Marshal(r.Acts)
	if err != nil {
		return nil, fmt.Errorf("write the acts of consent: %w", err)
	}
	row := []any{id}
	for _, f := range consentFields(&r) {
		row = append(row, f.at)
	}
	row = append(row, string(acts))
	for _, f := range sealedConsent(&r) {
		text, given := f.Text()
		sealed, err := s.sealText(text, given, id, consentPlace+f.Name)
		if err != nil {
			return nil, err
		}
		row = append(row, sealed)
	}
	return row, nil
}

// Consent returns the evidence that was saved with a lead, opened, or lead.ErrNotFound.
func (s *Store) Consent(ctx context.Context, id lead.PartnerID) (consent.Record, error) {
	var r consent.Record
	var acts string
	var dest []any
	for _, f := range consentFields(&r) {
		dest = append(dest, f.at)
	}
	private := sealedConsent(&r)
	sealed := make([][]byte, len(private))
	dest = append(dest, &acts)
	for i := range sealed {
		dest = append(dest, &sealed[i])
	}
	err := s.engine.Reader().QueryRowContext(ctx, selectConsent, id).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return consent.Record{}, lead.ErrNotFound
	}
	if err != nil {
		return consent.Record{}, fmt.Errorf("read consent of lead %s: %w", id, db.Clean(err))
	}
	if err := json.Unmarshal([]byte(acts), &r.Acts); err != nil {
		return consent.Record{}, fmt.Errorf("read consent of lead %s: its acts are damaged", id)
	}
	for i, f := range private {
		if sealed[i] == nil {
			continue
		}
		plain, err := s.keys.Open(sealed[i], string(id), consentPlace+f.Name)
		if err != nil {
			return consent.Record{}, err
		}
		if err := f.Set(string(plain)); err != nil {
			return consent.Record{}, err
		}
	}
	return r, nil
}
