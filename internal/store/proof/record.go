package proof

import (
	"encoding/json"
	"fmt"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/leadtable"
)

// Digests of the links of records of a call.
const (
	callIDDigest    = "call_id"
	callAgentDigest = "call_agent"
	sentToDigest    = "link_sent_to" // of a hand-off
)

// evidenceFields are what the record of the evidence holds: the personal data of a consent record.
func evidenceFields(r *consent.Record) []lead.Answer {
	return []lead.Answer{
		leadtable.Private("person_name", &r.PersonName), leadtable.Private("phone", &r.Phone),
		leadtable.Private("client_ip", &r.ClientIP), leadtable.Private("user_agent", &r.UserAgent),
		leadtable.Private("proxy_chain", &r.ProxyChain), leadtable.Private("certificate_url", &r.Certificate.URL),
		leadtable.Private("zone", &r.Zone), leadtable.Private(callIDDigest, &r.Call.ID), leadtable.Private(callAgentDigest, &r.Call.Agent),
		leadtable.Private(sentToDigest, &r.HandOff.SentTo),
	}
}

// clearConsent is the part of a consent record that holds no personal data, as it is stored.
type clearConsent struct {
	At          int64         `json:"at"` // milliseconds since 1970
	Channel     string        `json:"channel"`
	Language    string        `json:"language"`
	PageURL     string        `json:"pageUrl"`
	LandingURL  string        `json:"landingUrl,omitempty"`
	Referrer    string        `json:"referrer,omitempty"`
	Viewport    string        `json:"viewport,omitempty"`
	GPC         bool          `json:"gpc,omitempty"`
	Certificate string        `json:"certificateState,omitempty"`
	ID          string        `json:"certificateId,omitempty"`
	Seller      string        `json:"seller"`
	FormVersion string        `json:"formVersion"`
	Script      string        `json:"script,omitempty"`
	OralOptIn   bool          `json:"oralOptIn,omitempty"`
	Follows     bool          `json:"writtenFollows,omitempty"`
	Route       lead.Route    `json:"linkRoute,omitempty"`
	OpenedAt    int64         `json:"linkOpenedAt,omitempty"` // as at
	Acts        []consent.Act `json:"acts"`
}

// SetConsent puts a consent record into the row, its personal data sealed.
func SetConsent(t *leadtable.Table, r *leadtable.Row, c consent.Record) error {
	text, err := json.Marshal(clearConsent{
		At: c.At.UnixMilli(), Channel: c.Channel, Language: c.Language, PageURL: c.PageURL, LandingURL: c.LandingURL, Referrer: c.Referrer,
		Viewport: c.Viewport, GPC: c.GPC, Certificate: c.Certificate.State, ID: c.Certificate.ID, Seller: c.Seller, FormVersion: c.FormVersion,
		Script: c.Call.Script, OralOptIn: c.Call.OptIn, Follows: c.Call.WrittenFollows, Route: c.HandOff.Route, OpenedAt: millis(c.HandOff.OpenedAt), Acts: c.Acts,
	})
	if err != nil {
		return fmt.Errorf("write the consent record: %w", err)
	}
	r.PageID, r.Consent = c.PageID, string(text)
	r.Evidence, r.EvidenceKey, err = t.SealRecord(evidenceFields(&c), r.ID, leadtable.EvidenceClass)
	return err
}

// clearRecord is the consent record of the row without its personal data.
func clearRecord(r *leadtable.Row) (consent.Record, error) {
	var c clearConsent
	if json.Unmarshal([]byte(r.Consent), &c) != nil {
		return consent.Record{}, fmt.Errorf("the consent record of lead %s is damaged", r.ID)
	}
	return consent.Record{
		At: time.UnixMilli(c.At).UTC(), Channel: c.Channel, Language: c.Language, PageURL: c.PageURL, PageID: r.PageID, LandingURL: c.LandingURL, Referrer: c.Referrer,
		Viewport: c.Viewport, GPC: c.GPC, Certificate: consent.Certificate{State: c.Certificate, ID: c.ID}, Seller: c.Seller, FormVersion: c.FormVersion,
		Call: consent.Call{Script: c.Script, OptIn: c.OralOptIn, WrittenFollows: c.Follows}, HandOff: consent.HandOff{Route: c.Route, OpenedAt: timeOf(c.OpenedAt)}, Acts: c.Acts,
	}, nil
}

// millis is 0 for no time.
func millis(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}

func timeOf(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}
