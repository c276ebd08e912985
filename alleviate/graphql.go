package alleviate

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// answer is a body that is a GraphQL answer: a JSON object with data or errors. Names are matched
// exactly, so it is taken apart by maps; encoding/json would take "ID" for "id".
type answer struct {
	graphql bool
	data    object          // nil when absent or null
	hasData bool            // the data key is there, perhaps null
	payload json.RawMessage // data.<op>, nil when absent or null
	null    bool            // data.<op> is there, and null
	errors  []graphqlError
}

type graphqlError struct {
	code    string
	message string // holds whatever the server likes: for matching, never for showing
	field   string // extensions.field

	uncoerced bool // the message is a library's own, for a variable that does not fit the schema

	path        []string // the names in it; nil when there is none
	ofOperation bool     // the path is the operation and nothing behind it
}

// Warning is an error that came beside an answer that counts. Its message is not kept, because
// messages may repeat what was sent.
type Warning struct {
	// Code is extensions.code, or empty.
	Code string
	// Fields are the names of input or answer fields that it is about.
	Fields []string
}

func readAnswer(body []byte, op string) answer {
	var top object
	if json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &top) != nil {
		return answer{}
	}
	var a answer
	_, a.hasData = top["data"]
	a.errors = readErrors(top["errors"], op)
	if a.hasData && json.Unmarshal(top["data"], &a.data) != nil {
		return answer{hasData: true, errors: a.errors}
	}
	a.graphql = a.hasData || len(a.errors) > 0
	if p, there := a.data[op]; !isNull(p) {
		a.payload = p
	} else {
		a.null = there
	}
	return a
}

const maxErrors = 50 // more than LeadInput has fields; a longer list is about something else

func readErrors(raw json.RawMessage, op string) []graphqlError {
	var list []object
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	errs := make([]graphqlError, 0, min(len(list), maxErrors))
	for _, o := range list[:min(len(list), maxErrors)] {
		errs = append(errs, readError(o, op))
	}
	if len(list) > maxErrors {
		errs = append(errs, graphqlError{}) // stands for the rest, which is not known to be about input
	}
	return errs
}

func readError(o object, op string) graphqlError {
	extensions := o.object("extensions")
	message := o.text("message")
	e := graphqlError{
		message: withoutEcho(message), uncoerced: isUncoerced(message),
		code: extensions.word("code"), field: extensions.text("field"),
	}
	if word := strings.TrimSpace(e.message); e.code == "" && slices.Contains(documentedCodes, word) {
		e.code = word
	}
	if isNull(o["path"]) {
		return e
	}
	var path []any
	_ = json.Unmarshal(o["path"], &path) // one that is no list is a path too
	e.path = []string{}
	for _, p := range path {
		if name, ok := p.(string); ok {
			e.path = append(e.path, name)
		}
	}
	e.ofOperation = len(path) == 1 && slices.Equal(e.path, []string{op})
	return e
}

// codes are the distinct extensions.code of the errors, in order.
func (a answer) codes() []string {
	var codes []string
	for _, e := range a.errors {
		if e.code != "" && !slices.Contains(codes, e.code) {
			codes = append(codes, e.code)
		}
	}
	return codes
}

// fields are the names of LeadInput and SubmitLeadInput that the errors speak of.
func (a answer) fields() []string {
	var names []string
	for _, e := range a.errors {
		names = append(names, e.fields()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// withoutEcho cuts the input out of a coercion message: graphql-js, and so most servers, repeat all
// of it ("… got invalid value {…}; Field …"), and what a person typed must not be taken for what
// the server says of it. The place before the last semicolon (" at "input.state"") is kept.
func withoutEcho(message string) string {
	begin := strings.Index(message, " got invalid value ")
	if begin < 0 {
		return message
	}
	end := max(strings.LastIndex(message, "; "), begin)
	if place := strings.LastIndex(message[:end], ` at "input.`); place > begin {
		end = place
	}
	return message[end:]
}

// fields picks known names only, so that nothing a person typed can pass for one.
func (e graphqlError) fields() []string {
	words := append(strings.FieldsFunc(e.message, notNameRune), append(e.path, e.field)...)
	var names []string
	for _, f := range append(LeadInput{}.fields(), SubmitLeadInput{}.fields()...) {
		if slices.Contains(words, f.name) {
			names = append(names, f.name)
		}
	}
	message := strings.ToLower(e.message)
	for phrase, name := range documentedProblems {
		if strings.Contains(message, phrase) {
			names = append(names, name)
		}
	}
	return names
}

func notNameRune(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func (a answer) warnings() []Warning {
	var list []Warning
	for _, e := range a.errors {
		names := e.fields()
		slices.Sort(names)
		list = append(list, Warning{Code: e.code, Fields: slices.Compact(names)})
	}
	return list
}

// object is the payload as an object, nil when it is something else.
func (a answer) object() object {
	var o object
	_ = json.Unmarshal(a.payload, &o) // what is no object has no fields
	return o
}

// object is a JSON object whose values are read one by one and leniently: a server that sends a
// number as text, or a field of another type, loses that field and not the answer.
type object map[string]json.RawMessage

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// text is a string, or the digits of a number, or "".
func (o object) text(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(o[name], &n) == nil {
		return n.String()
	}
	return ""
}

func (o object) object(name string) object {
	var inner object
	_ = json.Unmarshal(o[name], &inner) // nil when it is no object
	return inner
}

// number is an integer, also one in a string; 0 stands for missing or no integer of 32 bits.
func (o object) number(name string) int {
	s := strings.TrimSpace(o.text(name))
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

// id is a short text without blanks, or "".
func (o object) id(name string) string {
	s := strings.TrimSpace(o.text(name))
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return ""
		}
	}
	if len(s) > maxID {
		return ""
	}
	return s
}

// line is a text for people, of bounded length and without control characters.
func (o object) line(name string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, o.text(name))
	if runes := []rune(s); len(runes) > maxLine {
		s = string(runes[:maxLine])
	}
	return s
}

// word is an error code in capitals, or "": a sentence in its place may hold anything.
func (o object) word(name string) string {
	s := o.text(name)
	if s == "" || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' ||
		strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != "" {
		return ""
	}
	return s
}

func (o object) bid(name string) Bid {
	b, _ := ParseBid(o.line(name)) // an unreadable bid keeps its text
	return b
}
