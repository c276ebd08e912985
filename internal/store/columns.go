package store

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"intake/internal/lead"
)

// field is a column and the place that its value is read from and written to.
type field struct {
	name string
	at   any
}

// clearFields are the columns of a lead that are not sealed.
func clearFields(l *lead.Lead) []field {
	return []field{
		{"id", &l.ID},
		{"language", &l.Language},
		{"status", &l.Status},
		{"hold", &l.Hold},
		{"step", &l.Step},
		{"next_attempt_at", millis{&l.NextAttemptAt}},
		{"attempt", &l.Attempt},
		{"failures", &l.Failures},
		{"lease_until", millis{&l.LeaseUntil}},
		{"doubt_since", millis{&l.DoubtSince}},
		{"resent", flag{&l.Resent}},
		{"reason", &l.Reason},
		{"alleviate_id", &l.AlleviateID},
		{"result_code", &l.ResultCode},
		{"bid", &l.Bid},
		{"submit_status", &l.SubmitStatus},
		{"crm", &l.CRM},
		{"crm_record_id", &l.CRMRecordID},
		{"permits_terms", flag{&l.Permission.Terms}},
		{"permits_credit_check", flag{&l.Permission.CreditCheck}},
		{"permits_marketing", flag{&l.Permission.Marketing}},
		{"certificate_id", &l.Permission.CertificateID},
		{"received_at", millis{&l.ReceivedAt}},
		{"changed_at", millis{&l.ChangedAt}},
		{"erased_at", millis{&l.ErasedAt}},
	}
}

// newFields are those of clearFields that a new lead can have.
func newFields(l *lead.Lead) []field {
	return []field{
		{"id", &l.ID},
		{"language", &l.Language},
		{"status", &l.Status},
		{"hold", &l.Hold},
		{"step", &l.Step},
		{"next_attempt_at", millis{&l.NextAttemptAt}},
		{"reason", &l.Reason},
		{"permits_terms", flag{&l.Permission.Terms}},
		{"permits_credit_check", flag{&l.Permission.CreditCheck}},
		{"permits_marketing", flag{&l.Permission.Marketing}},
		{"certificate_id", &l.Permission.CertificateID},
		{"received_at", millis{&l.ReceivedAt}},
		{"changed_at", millis{&l.ChangedAt}},
	}
}

// sealedFields are the columns of a lead that hold what a person told us.
func sealedFields(l *lead.Lead) []lead.Answer {
	fields := make([]lead.Answer, 0, 2+len(answerColumns))
	fields = append(fields, private("handle", &l.Handle), private("client_ip", &l.Permission.ClientIP))
	for i, answer := range l.Applicant.Answers() {
		answer.Name = answerColumns[i]
		fields = append(fields, answer)
	}
	return fields
}

// answerColumns are the columns of lead.Applicant's Answers, in their order.
var answerColumns = func() (columns []string) {
	for _, answer := range new(lead.Applicant).Answers() {
		columns = append(columns, snake(answer.Name))
	}
	return columns
}()

func private(name string, p *lead.Private[string]) lead.Answer {
	return lead.Answer{Name: name, Field: lead.Text(p)}
}

// snake is the column of an answer: home_phone of homePhone.
func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// The column lists, in the order of the fields above.
var (
	clearColumns  = strings.Join(names(clearFields(&lead.Lead{})), ", ")
	sealedColumns = strings.Join(sealedNames(), ", ")
)

func names(fields []field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.name
	}
	return list
}

func sealedNames() []string {
	var list []string
	for _, f := range sealedFields(&lead.Lead{}) {
		list = append(list, f.Name)
	}
	return list
}

// insert is the statement that writes one row of table; conflict may end it.
func insert(table string, columns []string, conflict string) string {
	marks := make([]string, len(columns))
	for i := range columns {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	return fmt.Sprintf("insert into %s (%s) values (%s) %s",
		table, strings.Join(columns, ", "), strings.Join(marks, ", "), conflict)
}

// millis stores a time as milliseconds since 1970, and the zero time as null.
type millis struct{ at *time.Time }

// Value is what goes to the database.
func (m millis) Value() (driver.Value, error) {
	if m.at.IsZero() {
		return nil, nil
	}
	return m.at.UnixMilli(), nil
}

// Scan reads what Value wrote, as UTC.
func (m millis) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m.at = time.Time{}
	case int64:
		*m.at = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", v)
	}
	return nil
}

// flag stores a bool as 0 or 1.
type flag struct{ on *bool }

// Value is what goes to the database.
func (f flag) Value() (driver.Value, error) {
	if *f.on {
		return int64(1), nil
	}
	return int64(0), nil
}

// Scan reads what Value wrote.
func (f flag) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a flag is stored as %T", v)
	}
	*f.on = n == 1
	return nil
}
