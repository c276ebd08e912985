package store

import (
	"fmt"
	"strings"
	"time"

	"intake/internal/lead"
)

// scanner is a row or the current one of several.
type scanner interface{ Scan(dest ...any) error }

// scanClear reads clearColumns.
func scanClear(from scanner, l *lead.Lead) error {
	return from.Scan(places(l)...)
}

// scanAll reads clearColumns and sealedColumns; the latter stay sealed.
func scanAll(from scanner, l *lead.Lead) (sealed [][]byte, err error) {
	dest := places(l)
	sealed = make([][]byte, len(sealedFields(l)))
	for i := range sealed {
		dest = append(dest, &sealed[i])
	}
	return sealed, from.Scan(dest...)
}

func places(l *lead.Lead) []any {
	var at []any
	for _, f := range clearFields(l) {
		at = append(at, f.at)
	}
	return at
}

// open fills l with its sealed values. Its error names the column and never a value.
func (s *Store) open(l *lead.Lead, sealed [][]byte) error {
	for i, f := range sealedFields(l) {
		if sealed[i] == nil {
			continue
		}
		plain, err := s.keys.Open(sealed[i], string(l.ID), f.Name)
		if err != nil {
			return err
		}
		if err := f.Set(string(plain)); err != nil {
			return fmt.Errorf("lead %s: %w", l.ID, err)
		}
	}
	return nil
}

// sealText seals text for its column; it is nil when nothing was given.
func (s *Store) sealText(text string, given bool, id lead.PartnerID, column string) ([]byte, error) {
	if !given {
		return nil, nil
	}
	return s.keys.Seal([]byte(text), string(id), column)
}

// leadColumns are those that Save writes, in the order of leadRow.
var leadColumns = append(append(names(newFields(&lead.Lead{})), sealedNames()...),
	"submission_hash", "fingerprint", "handle_hash", "index_version", "email_index", "home_phone_index", "cell_phone_index", "work_phone_index")

// leadRow are the values of leadColumns.
func (s *Store) leadRow(l *lead.Lead) ([]any, error) {
	row := make([]any, 0, len(leadColumns))
	for _, f := range newFields(l) {
		row = append(row, f.at)
	}
	for _, f := range sealedFields(l) {
		text, given := f.Text()
		sealed, err := s.sealText(text, given, l.ID, f.Name)
		if err != nil {
			return nil, err
		}
		row = append(row, sealed)
	}
	a := &l.Applicant
	return append(row,
		s.submissionHash(l.SubmissionKey), s.fingerprint(l), s.handleHash(l.Handle.Reveal()), s.keys.IndexVersion(),
		s.index("email", strings.ToLower(a.Email.Reveal())),
		s.index("phone", a.HomePhone.Reveal()),
		s.index("phone", a.CellPhone.Reveal()),
		s.index("phone", a.WorkPhone.Reveal()),
	), nil
}

// handleHash is by what a handle is looked up. The time that a handle begins with stands before
// the hash in clear, so that leads that come together stand together in the index.
func (s *Store) handleHash(handle string) []byte {
	begin := handle[:min(len(handle), lead.NameTime)]
	return append([]byte(begin), s.keys.HandleHash(handle)...)
}

// submissionHash is what the same submission is known by. It begins with the time of the draft's handle,
// as in handleHash.
func (s *Store) submissionHash(key lead.Private[string]) []byte {
	begin := key.Reveal()[:min(len(key.Reveal()), lead.NameTime)]
	return append([]byte(begin), s.keys.HandleHash("submission/"+key.Reveal())...)
}

// index is nil when there is no value. The three phones share a name, so that a number is found
// wherever it was given.
func (s *Store) index(name, value string) []byte {
	if value == "" {
		return nil
	}
	return s.keys.Index(name, value)
}

// fingerprint covers what the person answered, the consent boxes among it, and nothing that
// differs when the same form is sent twice.
func (s *Store) fingerprint(l *lead.Lead) []byte {
	p := l.Permission
	parts := []string{"permission", fmt.Sprint(p.Terms, p.CreditCheck, p.Marketing)}
	for _, answer := range l.Applicant.Answers() {
		if text, given := answer.Text(); given {
			parts = append(parts, answer.Name, text)
		}
	}
	return s.keys.Fingerprint(parts...)
}

// stored is t as the database gives it back.
func stored(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}
