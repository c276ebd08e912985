package graphql

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"intake/alleviate/internal/entra"
	"intake/alleviate/internal/wire"
)

const redacted = "***"

// shower makes an answer harmless: of what is not known to be harmless, its length and a keyed hash are kept, so
// that equal texts can be told from different ones and none can be guessed.
type shower struct {
	call  Call
	key   []byte
	token entra.Secret
}

// Shown is the answer as it may be shown, null when it was no GraphQL answer.
func (a *Attempt) Shown() json.RawMessage {
	if !a.graphql {
		return json.RawMessage("null")
	}
	shown := map[string]any{}
	if a.hasData {
		shown["data"] = nil
	}
	if a.payload != nil {
		shown["data"] = map[string]any{a.Call.Field: a.show.payload(a)}
	}
	if a.errors != nil {
		shown["errors"] = a.show.problems(a.errors)
	}
	out, _ := json.Marshal(shown) // maps of strings and numbers cannot fail
	return out
}

// ID is an id in the answer, if it may be shown.
func (a *Attempt) ID(name string) string {
	id := wire.ReadObject(a.payload).ID(name)
	if !a.show.shows(name, id) || a.show.repeats(id) {
		return ""
	}
	return id
}

func (s shower) problems(list []problem) []any {
	shown := []any{}
	for _, p := range list {
		entry := map[string]any{"code": s.code(p), "fields": p.fields, "message": s.message(p.message)}
		if p.hasPath() {
			path := []string{}
			for _, name := range p.path {
				path = append(path, s.name(name))
			}
			entry["path"] = path
		}
		shown = append(shown, entry)
	}
	return shown
}

// message keeps the documented sentences.
func (s shower) message(text string) string {
	if slices.Contains(documentedCodes, text) {
		return text
	}
	return strings.Join(append(s.call.Schema.sentences(text), s.hash(text)), ", ")
}

// code is a code that does not repeat what was sent.
func (s shower) code(p problem) string {
	if s.repeats(p.code) {
		return ""
	}
	return p.code
}

var commonNames = []string{"input", "data", "errors"}

// name keeps names of the schema.
func (s shower) name(name string) string {
	if _, ofAnswer := s.call.Schema.Shows[name]; ofAnswer || name == s.call.Field || slices.Contains(commonNames, name) || slices.Contains(s.call.Schema.Fields, name) {
		return name
	}
	return s.hash(name)
}

// payload shows what the schema lets be shown, one level deep.
func (s shower) payload(a *Attempt) map[string]any {
	o, shown := wire.ReadObject(a.payload), map[string]any{}
	for name, raw := range o {
		text := o.Text(name)
		switch {
		case a.Call.Envelope != Bare && name == "errors" && a.inside != nil:
			shown[name] = s.problems(a.inside)
		case wire.IsNull(raw):
			shown[s.name(name)] = nil
		case text != "" && s.shows(name, text) && !s.repeats(text):
			shown[s.name(name)] = raw
		default:
			shown[s.name(name)] = s.hash(string(raw))
		}
	}
	return shown
}

func (s shower) shows(name, text string) bool {
	may := s.call.Schema.Shows[name]
	return may != nil && may(text)
}

// repeats says whether text holds something that was sent. Values of a letter or two would be found everywhere
// and give nobody away.
func (s shower) repeats(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(append(s.call.Variables.private, s.token.Reveal()), func(secret string) bool {
		return len(secret) > 3 && strings.Contains(text, strings.ToLower(secret))
	})
}

// hash stands for a text: its length in bytes and 64 bits of a keyed hash.
func (s shower) hash(text string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(text))
	return fmt.Sprintf("*** (%d bytes, %x)", len(text), mac.Sum(nil)[:8])
}

// Whole is the request's or the answer's body but for the token and every number that looks like an SSN.
func (a *Attempt) Whole() (request, answer string) {
	return a.show.whole(a.Call.body()), a.show.whole(a.body)
}

var ssn = regexp.MustCompile(`\b\d{3}[- ]?\d{2}[- ]?\d{4}\b`)

func (s shower) whole(body []byte) string {
	text := string(body)
	if json.Valid(body) {
		text = unescaped(body)
	}
	for _, value := range append(s.call.Variables.private, s.token.Reveal()) {
		if value != "" && (value == s.token.Reveal() || ssn.MatchString(value)) {
			text = strings.ReplaceAll(text, value, redacted)
		}
	}
	return strings.ToValidUTF8(ssn.ReplaceAllString(text, redacted), "\ufffd")
}

// unescaped is JSON without escapes, which could hide a number.
func unescaped(body []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	_ = decoder.Decode(&value) // it is valid
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // what was decoded can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}
