package alleviate

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// scrubber makes an answer harmless: what is not known to be harmless becomes "***".
type scrubber struct{ secrets []string }

func (s scrubber) answer(a answer) json.RawMessage {
	shown := map[string]any{}
	if a.hasData {
		shown["data"] = nil
	}
	if a.payload != nil {
		shown["data"] = map[string]any{"result": s.payload(a.object())}
	}
	var errs []any
	for _, e := range a.errors {
		errs = append(errs, map[string]any{"code": e.code, "fields": e.fields(), "message": s.sentence(e.message)})
	}
	if errs != nil {
		shown["errors"] = errs
	}
	out, _ := json.Marshal(shown) // maps of strings and numbers cannot fail
	return out
}

// payload shows the fields of the documented answers and hides all others.
func (s scrubber) payload(o object) map[string]any {
	shown := map[string]any{}
	for name, raw := range o {
		if !isName(name) || s.repeats(name) {
			name = redacted
		}
		shown[name] = s.value(name, raw, o)
	}
	return shown
}

func (s scrubber) value(name string, raw json.RawMessage, o object) any {
	text := o.text(name)
	switch name {
	case "resultCode", "statusCode":
		return o.number(name)
	case "note":
		return s.sentence(text)
	case "id", "leadId", "partnerLeadId", "crmRecordId", "crm":
		if s.showsID(text) {
			return text
		}
	case "bidValue":
		if _, err := ParseBid(text); err == nil && text != "" {
			return text
		}
	case "updatedAt":
		if _, err := time.Parse(time.RFC3339, text); err == nil {
			return text
		}
	}
	if isNull(raw) {
		return nil
	}
	return redacted
}

// repeats says whether text holds something that was sent. Values of a letter or two would be
// found everywhere and give nobody away.
func (s scrubber) repeats(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(s.secrets, func(secret string) bool {
		return len(secret) > 3 && strings.Contains(text, strings.ToLower(secret))
	})
}

// showsID says whether text is an id and can be neither an address nor a sentence nor an answer.
func (s scrubber) showsID(text string) bool {
	return text != "" && len(text) <= maxID && strings.Trim(text, lettersDigits+"-_.:") == "" && !s.repeats(text)
}

// plainWords are what a message may be told with: a server's own words about fields and values,
// and no word that is likely to be somebody's.
var plainWords = strings.Fields(`a an and are argument at available be been beyond bid boolean cannot
	characters code coerce coerced complete could credit data database date day denied digits does
	duplicate email empty enum error exceeded exist expected expired failed field file for forbidden
	format found got has have id in input int integer internal invalid is kind lead length letters
	limit long malformed many match maximum minimum missing month must name no non not null number
	of on only operation or output parse permission phone processing provided qualified query range
	rate received refused rejected required requests scalar sent server should short something
	state status string syntax than the time timeout to token too type unable unauthenticated
	unauthorized unavailable unexpected unknown unsupported use valid validation value variable was
	went were with wrong year zip createLead submitLead getLeadStatus LeadInput SubmitLeadInput`)

// sentence keeps the plain words and the field names of a message and hides all else.
func (s scrubber) sentence(message string) string {
	var kept []string
	for _, word := range strings.Fields(message[:min(len(message), maxLine)]) {
		if !isPlainWord(word) {
			word = redacted
		}
		if word != redacted || len(kept) == 0 || kept[len(kept)-1] != redacted {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}

func isPlainWord(word string) bool {
	bare := strings.Trim(word, `"'.,:;!?()[]{}$`+"`")
	bare = strings.TrimPrefix(bare, "input.")
	return bare == "" ||
		slices.ContainsFunc(plainWords, func(w string) bool { return strings.EqualFold(w, bare) }) ||
		slices.ContainsFunc(LeadInput{}.fields(), func(f field) bool { return f.name == bare })
}

// isName is GraphQL's form of a name.
func isName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, lettersDigits+"_") == ""
}

const lettersDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
