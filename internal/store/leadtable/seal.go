package leadtable

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"intake/internal/lead"
	"intake/internal/seal"
)

// Retention classes. What a lead holds of one is one sealed record under one data key.
const (
	AnswersClass  = "answers"
	SSNClass      = "ssn"
	EvidenceClass = "evidence"
)

const ssnAnswer = "socialSecurityNumber"

// answerFields are what the record of the answers holds.
func answerFields(r *Row) []lead.Answer {
	fields := make([]lead.Answer, 0, 30)
	for _, answer := range r.Applicant.Answers() {
		if answer.Name != ssnAnswer {
			fields = append(fields, answer)
		}
	}
	return append(fields, Private("clientIp", &r.Permission.ClientIP), Origin(&r.Origin), Private("submitted", &r.Submitted),
		Private("mobilePhone", &r.Permission.MobilePhone))
}

// Private is a field of a sealed record, by its name.
func Private(name string, p *lead.Private[string]) lead.Answer {
	return lead.Answer{Name: name, Field: lead.Text(p)}
}

// Encode is a record of the fields that are given: the lengths and bytes of each name and text.
func Encode(fields []lead.Answer) []byte {
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

// ErrDamagedRecord: a record was opened and cannot be read.
var ErrDamagedRecord = errors.New("a sealed record is damaged, or of a newer program")

// Decode sets the fields that Encode wrote. Its error holds no value.
func Decode(record []byte, fields []lead.Answer) error {
	for len(record) > 0 {
		var parts [2]string
		for i := range parts {
			length, n := binary.Uvarint(record)
			if n <= 0 || length > uint64(len(record)-n) {
				return ErrDamagedRecord
			}
			parts[i], record = string(record[n:n+int(length)]), record[n+int(length):]
		}
		for len(fields) > 0 && fields[0].Name != parts[0] {
			fields = fields[1:]
		}
		if len(fields) == 0 {
			return ErrDamagedRecord
		}
		if err := fields[0].Set(parts[1]); err != nil {
			return err
		}
		fields = fields[1:]
	}
	return nil
}

// SealRecord seals what is given of the fields under a new data key; nothing given is no record.
func (t *Table) SealRecord(fields []lead.Answer, id lead.PartnerID, class string) (record, wrapped []byte, err error) {
	plain := Encode(fields)
	key := seal.NewDataKey()
	if wrapped, err = t.Keys.Wrap(key, string(id), class); err != nil {
		return nil, nil, err
	}
	return key.Seal(plain, string(id), class), wrapped, nil
}

// openRecord sets the fields that were given. An erased record, which has no key any more, sets none.
func (t *Table) openRecord(record, wrapped []byte, fields []lead.Answer, id lead.PartnerID, class string) error {
	plain, _, err := t.OpenSealed(record, wrapped, string(id), class)
	if err == nil {
		err = Decode(plain, fields)
	}
	if err != nil {
		return fmt.Errorf("lead %s: %w", id, err)
	}
	return nil
}

// OpenSealed opens what is sealed under a data key, and returns the salt of the key. Both are nil when the key is erased.
func (t *Table) OpenSealed(sealed, wrapped []byte, owner, class string) (plain, salt []byte, err error) {
	if wrapped == nil {
		return nil, nil, nil
	}
	key, err := t.Keys.Unwrap(wrapped, owner, class)
	if err != nil {
		return nil, nil, err
	}
	if sealed != nil {
		plain, err = key.Open(sealed, owner, class)
	}
	return plain, key.Salt(), err
}

// SealAnswers seals the answers of r, and its Social Security number if there is one.
func (t *Table) SealAnswers(r *Row) (err error) {
	if r.answers, r.AnswersKey, err = t.SealRecord(answerFields(r), r.ID, AnswersClass); err != nil || !r.Applicant.SocialSecurityNumber.Given() {
		return err
	}
	r.SSN, r.SSNKey, err = t.SealRecord(ssnFields(r), r.ID, SSNClass)
	return err
}

func ssnFields(r *Row) []lead.Answer {
	return []lead.Answer{Private(ssnAnswer, &r.Applicant.SocialSecurityNumber)}
}

// OpenAnswers fills r with the answers that are not erased. Every other lead has a record of its answers, be it an empty
// one: without it something is damaged, and no empty lead is sent.
func (t *Table) OpenAnswers(r *Row) error {
	if r.ErasedAt.IsZero() && (r.answers == nil || r.AnswersKey == nil) {
		return fmt.Errorf("lead %s: its answers or their key are gone, and they were not erased", r.ID)
	}
	return errors.Join(
		t.openRecord(r.answers, r.AnswersKey, answerFields(r), r.ID, AnswersClass),
		t.openRecord(r.SSN, r.SSNKey, ssnFields(r), r.ID, SSNClass))
}

// SubmittedHash covers what a form that is sent twice has both times: the answers and the consents. It is stored
// sealed alone. The Social Security number is compared by itself, since it is erased earlier.
func (r *Row) SubmittedHash() string {
	if r.Submitted.Given() {
		return r.Submitted.Reveal()
	}
	var answers []lead.Answer
	for _, answer := range r.Applicant.Answers() {
		if answer.Name != ssnAnswer {
			answers = append(answers, answer)
		}
	}
	p := r.Permission
	sum := sha256.Sum256(fmt.Append(Encode(answers), p.Terms, p.CreditCheck, p.Marketing))
	return string(sum[:])
}

// attribution is a lead.Attribution as one text.
type attribution lead.Private[lead.Attribution]

// Origin is an attribution as a field of a sealed record.
func Origin(p *lead.Private[lead.Attribution]) lead.Answer {
	return lead.Answer{Name: "origin", Field: (*attribution)(p)}
}

// Text is the attribution as JSON.
func (o *attribution) Text() (string, bool) {
	p := lead.Private[lead.Attribution](*o)
	if !p.Given() {
		return "", false
	}
	text, _ := json.Marshal(p.Reveal()) // strings alone: never fails
	return string(text), true
}

// Set reads what Text wrote.
func (o *attribution) Set(text string) error {
	var from lead.Attribution
	err := json.Unmarshal([]byte(text), &from)
	if err == nil {
		*o = attribution(lead.Keep(from))
	}
	return err
}
