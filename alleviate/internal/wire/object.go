package wire

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Object is a JSON object whose values are read one by one and leniently: a server that sends a number as
// text, or a field of another type, loses that field and not the answer. Names are matched exactly, while
// encoding/json would take "ID" for "id".
type Object map[string]json.RawMessage

// ReadObject is raw as an object, nil when it is something else: what is no object has no fields.
func ReadObject(raw json.RawMessage) Object {
	var o Object
	_ = json.Unmarshal(raw, &o) // nil when it is no object
	return o
}

// IsNull says whether raw is null or absent.
func IsNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// Str is a string and nothing else.
func (o Object) Str(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return s
}

// Text is a string, or the digits of a number, or "".
func (o Object) Text(name string) string {
	var n json.Number
	if s := o.Str(name); s != "" || json.Unmarshal(o[name], &n) != nil {
		return s
	}
	return n.String()
}

// Int is an integer, also one in a string; 0 stands for missing or no integer of 32 bits.
func (o Object) Int(name string) int {
	s := strings.TrimSpace(o.Text(name))
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return int(n)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		return 0
	}
	return int(f)
}

const maxID, maxLine = 128, 500 // characters; three times a UUID, and a few sentences

// ID is a text as it was given, or "" when no id can be: it is long, or has characters that cannot be printed.
func (o Object) ID(name string) string {
	s := o.Text(name)
	if len(s) > maxID || strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) || strings.TrimSpace(s) == "" {
		return ""
	}
	return s
}

// Line is a text for people, of bounded length and without control characters.
func (o Object) Line(name string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, o.Text(name))
	if runes := []rune(s); len(runes) > maxLine {
		s = string(runes[:maxLine])
	}
	return s
}

// LettersDigits are those of ASCII.
const LettersDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
