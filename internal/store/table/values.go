package table

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"
)

// Value is a field that a column stores in another form.
type Value interface {
	driver.Valuer // what goes to the database
	sql.Scanner   // reads it back
}

// Millis stores a time as milliseconds since 1970, and the zero time as null. It is read as UTC.
func Millis(at *time.Time) Value { return millis{at} }

// Flag stores a bool as 0 or 1.
func Flag(on *bool) Value { return flag{on} }

// Words stores words as one text, separated by spaces.
func Words(list *[]string) Value { return words{list} }

// AsStored is t as Millis reads it back.
func AsStored(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

type millis struct{ at *time.Time }

func (m millis) Value() (driver.Value, error) {
	if m.at.IsZero() {
		return nil, nil
	}
	return m.at.UnixMilli(), nil
}

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

type flag struct{ on *bool }

func (f flag) Value() (driver.Value, error) {
	if *f.on {
		return int64(1), nil
	}
	return int64(0), nil
}

func (f flag) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a flag is stored as %T", v)
	}
	*f.on = n == 1
	return nil
}

type words struct{ list *[]string }

func (w words) Value() (driver.Value, error) { return strings.Join(*w.list, " "), nil }

func (w words) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("words are stored as %T", v)
	}
	*w.list = strings.Fields(text)
	return nil
}
