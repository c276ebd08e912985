package graphql

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"intake/alleviate/internal/wire"
)

// answer is a body that is a GraphQL answer: a JSON object with data or errors.
type answer struct {
	graphql bool
	data    wire.Object     // nil when absent or null
	hasData bool            // the data key is there, perhaps null
	payload json.RawMessage // data.<field>, nil when absent or null
	null    bool            // data.<field> is there, and null
	errors  []problem
	inside  []problem // the errors of the payload's envelope
}

// problem is one entry of a list of errors.
type problem struct {
	code    string
	message string // holds whatever the server likes: for matching, never for showing
	fields  []string

	uncoerced bool // the message is a library's own, for a variable that does not fit the schema

	path        []string // the names in it; nil when there is none
	ofOperation bool     // the path is the operation and nothing behind it
}

func readAnswer(body []byte, c Call) answer {
	var top wire.Object
	if json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &top) != nil {
		return answer{}
	}
	var a answer
	_, a.hasData = top["data"]
	a.errors = c.readErrors(top["errors"], false)
	if a.hasData && json.Unmarshal(top["data"], &a.data) != nil {
		return answer{hasData: true, errors: a.errors}
	}
	a.graphql = a.hasData || len(a.errors) > 0
	if p, there := a.data[c.Field]; !wire.IsNull(p) {
		a.payload = p
	} else {
		a.null = there
	}
	if c.Envelope != Bare {
		a.inside = c.readErrors(wire.ReadObject(a.payload)["errors"], true)
	}
	return a
}

const maxErrors = 50 // more than LeadInput has fields; a longer list is about something else

// readErrors reads a list of errors, of the answer itself or of an envelope.
func (c Call) readErrors(raw json.RawMessage, inside bool) []problem {
	var list []wire.Object
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	errs := make([]problem, 0, min(len(list), maxErrors))
	for _, o := range list[:min(len(list), maxErrors)] {
		errs = append(errs, c.readError(o, inside))
	}
	if len(list) > maxErrors {
		errs = append(errs, problem{}) // stands for the rest, which is not known to be about input
	}
	return errs
}

func (c Call) readError(o wire.Object, inside bool) problem {
	extensions := wire.ReadObject(o["extensions"])
	message := o.Text("message")
	if many := []string{}; inside && json.Unmarshal(o["message"], &many) == nil {
		message += strings.Join(many, " ") // as some services of Debt Core say it
	}
	p := problem{message: withoutEcho(message), uncoerced: isUncoerced(message), code: codeWord(extensions.Text("code"))}
	for _, word := range documentedCodes {
		if p.code == "" && (p.is(word) || inside && p.says(word)) {
			p.code = word
		}
	}
	if !wire.IsNull(o["path"]) {
		var path []any
		_ = json.Unmarshal(o["path"], &path) // one that is no list is a path too
		p.path = []string{}
		for _, element := range path {
			if name, ok := element.(string); ok {
				p.path = append(p.path, name)
			}
		}
		p.ofOperation = len(path) == 1 && slices.Equal(p.path, []string{c.Field})
	}
	p.fields = c.Schema.fields(p, extensions.Text("field"))
	return p
}

// codeWord is an error code in capitals, or "": a sentence in its place may hold anything.
func codeWord(s string) string {
	if s == "" || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' ||
		strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != "" {
		return ""
	}
	return s
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

// isUncoerced knows the words of the common GraphQL libraries for a variable that does not fit.
func isUncoerced(message string) bool {
	return strings.HasPrefix(message, "Variable ") &&
		(strings.Contains(message, " invalid value") || strings.Contains(message, " invalid type"))
}

func notNameRune(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// fieldsOf are the distinct names that the errors speak of.
func fieldsOf(list []problem) []string {
	var names []string
	for _, p := range list {
		names = append(names, p.fields...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
