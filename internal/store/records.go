package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/seal"
)

// Retention classes. What a lead holds of one is one sealed record under one data key.
const (
	answersClass  = "answers"
	ssnClass      = "ssn"
	evidenceClass = "evidence"
)

const ssnAnswer = "socialSecurityNumber"

// answerFields are what the record of the answers holds.
func answerFields(r *leadRow) []lead.Answer {
	fields := make([]lead.Answer, 0, 30)
	for _, answer := range r.Applicant.Answers() {
		if answer.Name != ssnAnswer {
			fields = append(fields, answer)
		}
	}
	return append(fields, private("clientIp", &r.Permission.ClientIP), originOf(&r.Origin), private("submitted", &r.submitted),
		private("mobilePhone", &r.Permission.MobilePhone))
}

// evidenceFields are what the record of the evidence holds: the personal data of a consent record.
func evidenceFields(r *consent.Record) []lead.Answer {
	return []lead.Answer{
		private("person_name", &r.PersonName), private("phone", &r.Phone),
		private("client_ip", &r.ClientIP), private("user_agent", &r.UserAgent),
		private("proxy_chain", &r.ProxyChain), private("certificate_url", &r.Certificate.URL),
		private("zone", &r.Zone), private(callIDDigest, &r.Call.ID), private(callAgentDigest, &r.Call.Agent),
		private(sentToDigest, &r.HandOff.SentTo),
	}
}

func private(name string, p *lead.Private[string]) lead.Answer {
	return lead.Answer{Name: name, Field: lead.Text(p)}
}

// encode is a record of the fields that are given: the lengths and bytes of each name and text.
func encode(fields []lead.Answer) []byte {
	record := make([]byte, 0, 1<<10)
	for _, f := range fields {
		text, given := f.Text()
		if !given {
			continue
		}
		for _, part := range []string{f.Name, text} {
			record = append(binary.AppendUvarint(record, uint64(len(part))), part...)
		}
	}
	return record
}

var errDamagedRecord = errors.New("a sealed record is damaged, or of a newer program")

// decode sets the fields that encode wrote. Its error holds no value.
func decode(record []byte, fields []lead.Answer) error {
	for len(record) > 0 {
		var parts [2]string
		for i := range parts {
			length, n := binary.Uvarint(record)
			if n <= 0 || length > uint64(len(record)-n) {
				return errDamagedRecord
			}
			parts[i], record = string(record[n:n+int(length)]), record[n+int(length):]
		}
		for len(fields) > 0 && fields[0].Name != parts[0] {
			fields = fields[1:]
		}
		if len(fields) == 0 {
			return errDamagedRecord
		}
		if err := fields[0].Set(parts[1]); err != nil {
			return err
		}
		fields = fields[1:]
	}
	return nil
}

// sealRecord seals what is given of the fields under a new data key; nothing given is no record.
func (s *Store) sealRecord(fields []lead.Answer, id lead.PartnerID, class string) (record, wrapped []byte, err error) {
	plain := encode(fields)
	key := seal.NewDataKey()
	if wrapped, err = s.keys.Wrap(key, string(id), class); err != nil {
		return nil, nil, err
	}
	return key.Seal(plain, string(id), class), wrapped, nil
}

// openRecord sets the fields that were given. An erased record, which has no key any more, sets none.
func (s *Store) openRecord(record, wrapped []byte, fields []lead.Answer, id lead.PartnerID, class string) error {
	plain, _, err := s.openSealed(record, wrapped, string(id), class)
	if err == nil {
		err = decode(plain, fields)
	}
	if err != nil {
		return fmt.Errorf("lead %s: %w", id, err)
	}
	return nil
}

// openSealed opens what is sealed under a data key, and returns the salt of the key. Both are nil when the key is erased.
func (s *Store) openSealed(sealed, wrapped []byte, owner, class string) (plain, salt []byte, err error) {
	if wrapped == nil {
		return nil, nil, nil
	}
	key, err := s.keys.Unwrap(wrapped, owner, class)
	if err != nil {
		return nil, nil, err
	}
	if sealed != nil {
		plain, err = key.Open(sealed, owner, class)
	}
	return plain, key.Salt(), err
}

// sealAnswers seals the answers of r, and its Social Security number if there is one.
func (s *Store) sealAnswers(r *leadRow) (err error) {
	if r.answers, r.answersKey, err = s.sealRecord(answerFields(r), r.ID, answersClass); err != nil || !r.Applicant.SocialSecurityNumber.Given() {
		return err
	}
	r.ssn, r.ssnKey, err = s.sealRecord(ssnFields(r), r.ID, ssnClass)
	return err
}

func ssnFields(r *leadRow) []lead.Answer {
	return []lead.Answer{private(ssnAnswer, &r.Applicant.SocialSecurityNumber)}
}

// openAnswers fills r with the answers that are not erased. Every other lead has a record of its answers, be it an empty
// one: without it something is damaged, and no empty lead is sent.
func (s *Store) openAnswers(r *leadRow) error {
	if r.ErasedAt.IsZero() && (r.answers == nil || r.answersKey == nil) {
		return fmt.Errorf("lead %s: its answers or their key are gone, and they were not erased", r.ID)
	}
	return errors.Join(
		s.openRecord(r.answers, r.answersKey, answerFields(r), r.ID, answersClass),
		s.openRecord(r.ssn, r.ssnKey, ssnFields(r), r.ID, ssnClass))
}

// submittedHash covers what a form that is sent twice has both times: the answers and the consents. It is stored
// sealed alone. The Social Security number is compared by itself, since it is erased earlier.
func (r *leadRow) submittedHash() string {
	if r.submitted.Given() {
		return r.submitted.Reveal()
	}
	var answers []lead.Answer
	for _, answer := range r.Applicant.Answers() {
		if answer.Name != ssnAnswer {
			answers = append(answers, answer)
		}
	}
	p := r.Permission
	sum := sha256.Sum256(fmt.Append(encode(answers), p.Terms, p.CreditCheck, p.Marketing))
	return string(sum[:])
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

// setConsent puts a consent record into the row, its personal data sealed.
func (s *Store) setConsent(r *leadRow, c consent.Record) error {
	text, err := json.Marshal(clearConsent{
		At: c.At.UnixMilli(), Channel: c.Channel, Language: c.Language, PageURL: c.PageURL, LandingURL: c.LandingURL, Referrer: c.Referrer,
		Viewport: c.Viewport, GPC: c.GPC, Certificate: c.Certificate.State, ID: c.Certificate.ID, Seller: c.Seller, FormVersion: c.FormVersion,
		Script: c.Call.Script, OralOptIn: c.Call.OptIn, Follows: c.Call.WrittenFollows, Route: c.HandOff.Route, OpenedAt: millis(c.HandOff.OpenedAt), Acts: c.Acts,
	})
	if err != nil {
		return fmt.Errorf("write the consent record: %w", err)
	}
	r.pageID, r.consent = c.PageID, string(text)
	r.evidence, r.evidenceKey, err = s.sealRecord(evidenceFields(&c), r.ID, evidenceClass)
	return err
}

// clearRecord is the consent record of the row without its personal data.
func (r *leadRow) clearRecord() (consent.Record, error) {
	var c clearConsent
	if json.Unmarshal([]byte(r.consent), &c) != nil {
		return consent.Record{}, fmt.Errorf("the consent record of lead %s is damaged", r.ID)
	}
	return consent.Record{
		At: time.UnixMilli(c.At).UTC(), Channel: c.Channel, Language: c.Language, PageURL: c.PageURL, PageID: r.pageID, LandingURL: c.LandingURL, Referrer: c.Referrer,
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

// origin is an attribution as one text.
type origin lead.Private[lead.Attribution]

func originOf(p *lead.Private[lead.Attribution]) lead.Answer {
	return lead.Answer{Name: "origin", Field: (*origin)(p)}
}

// Text is the attribution as JSON.
func (o *origin) Text() (string, bool) {
	p := lead.Private[lead.Attribution](*o)
	if !p.Given() {
		return "", false
	}
	text, _ := json.Marshal(p.Reveal()) // strings alone: never fails
	return string(text), true
}

// Set reads what Text wrote.
func (o *origin) Set(text string) error {
	var from lead.Attribution
	err := json.Unmarshal([]byte(text), &from)
	if err == nil {
		*o = origin(lead.Keep(from))
	}
	return err
}
