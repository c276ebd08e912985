package store

import (
	"encoding/json"

	"intake/internal/lead"
)

// origin is an attribution as one sealed value. It is none of a lead's sealedFields: a claim has no
// use for it, since it never goes to Alleviate.
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

// withOrigin puts the sealed origin behind the values of leadRow.
func (s *Store) withOrigin(row []any, l *lead.Lead) ([]any, error) {
	text, given := originOf(&l.Origin).Text()
	sealed, err := s.sealText(text, given, l.ID, "origin")
	return append(row, sealed), err
}

// beside scans one more column behind those that it is asked for.
type beside struct {
	scanner
	at any
}

// Scan reads a row whose last column goes to its own place.
func (b beside) Scan(dest ...any) error { return b.scanner.Scan(append(dest, b.at)...) }

// openField sets f from its sealed value, which stands in the row id and the place before its name.
// A null leaves it as it is.
func (s *Store) openField(f lead.Answer, sealed []byte, id, place string) error {
	if sealed == nil {
		return nil
	}
	plain, err := s.keys.Open(sealed, id, place+f.Name)
	if err != nil {
		return err
	}
	return f.Set(string(plain))
}
