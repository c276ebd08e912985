package alleviate

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Exchange is the record of one request, safe to show and to keep: no token, no secret and no
// answer of an applicant is in it. A call that had to renew its token makes two.
type Exchange struct {
	// Operation is the field asked for, such as "createLead".
	Operation string
	// RequestID is ours, sent as X-Request-Id; both requests of one call share it.
	RequestID string
	// Try is 1, 2 for the repeat after a refused token, 0 for a call refused by this package.
	Try int
	// At is when the request ended.
	At time.Time
	// Duration is how long it took, 0 when it never began.
	Duration time.Duration
	// URL is the API's address.
	URL string
	// Query is the GraphQL document.
	Query string
	// Variables are the variables with "***" for every personal value.
	Variables json.RawMessage
	// Sent says whether a byte of the request may have left this machine.
	Sent bool
	// HTTPStatus is 0 when no answer came.
	HTTPStatus int
	// Received counts the bytes of the answer's body.
	Received int
	// Answer is the answer with "***" for what is not known to be harmless; null when it was no
	// GraphQL answer.
	Answer json.RawMessage
	// LeadID is Alleviate's id of the lead, asked for or answered.
	LeadID LeadID
	// PartnerLeadID is the caller's id of the lead, sent or answered.
	PartnerLeadID PartnerLeadID
	// Err is how the request failed, nil when it is done.
	Err *Error
}

func (c *Client) exchange(call call, r reply, token Secret, try int, e *Error) Exchange {
	x := Exchange{
		Operation: call.op, RequestID: r.requestID, Try: try, At: c.now(), Duration: r.duration,
		URL: c.apiURL, Query: call.document, Variables: call.vars.encode(true),
		Sent: r.sent, HTTPStatus: r.status, Received: len(r.body), Answer: json.RawMessage("null"),
		LeadID: call.lead, PartnerLeadID: call.partner, Err: e,
	}
	o := r.object()
	if id := o.id("id"); x.LeadID == "" && isPlainID(id) {
		x.LeadID = LeadID(id)
	}
	if id := o.id("partnerLeadId"); x.PartnerLeadID == "" && isPlainID(id) {
		x.PartnerLeadID = PartnerLeadID(id)
	}
	if r.graphql {
		x.Answer = scrubber{append(call.vars.private(), token.Reveal())}.answer(r.answer)
	}
	return x
}

// scrubber makes an answer harmless. What is not on its lists becomes "***".
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
		errs = append(errs, map[string]any{"code": e.code, "fields": e.fields(), "message": s.message(e.message)})
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
		switch {
		case !isName(name):
			shown[redacted] = redacted
		case isNull(raw):
			shown[name] = nil
		case slices.Contains([]string{"resultCode", "statusCode"}, name):
			shown[name] = o.number(name)
		case slices.Contains([]string{"id", "leadId", "partnerLeadId", "crmRecordId", "crm"}, name) && isPlainID(o.text(name)):
			shown[name] = o.text(name)
		case name == "bidValue" && isBid(o.text(name)):
			shown[name] = o.text(name)
		case name == "updatedAt" && isTime(o.text(name)):
			shown[name] = o.text(name)
		case name == "note":
			shown[name] = s.message(o.line(name))
		default:
			shown[name] = redacted
		}
	}
	return shown
}

var (
	quoted    = regexp.MustCompile(`"[^"]*"|'[^']*'|` + "`[^`]*`")
	addresses = regexp.MustCompile(`\S*@\S*`)
	digits    = regexp.MustCompile(`[0-9][0-9 ().-]*`)
)

// message keeps the words of a sentence and hides what it quotes, what was sent, addresses and
// numbers.
func (s scrubber) message(m string) string {
	if runes := []rune(m); len(runes) > maxLine {
		m = string(runes[:maxLine])
	}
	for _, secret := range s.secrets {
		m = hide(m, secret)
	}
	m = quoted.ReplaceAllStringFunc(m, func(q string) string {
		if isInputName(q[1 : len(q)-1]) {
			return q
		}
		return redacted
	})
	m = addresses.ReplaceAllString(m, redacted)
	return digits.ReplaceAllString(m, redacted)
}

// hide replaces a value in any case; one of a letter or two only as a word of its own, since it
// would otherwise be found everywhere.
func hide(m, value string) string {
	if value == "" {
		return m
	}
	pattern := `(?i)` + regexp.QuoteMeta(value)
	if len(value) < 3 {
		pattern = `(?i)\b` + regexp.QuoteMeta(value) + `\b`
	}
	return regexp.MustCompile(pattern).ReplaceAllString(m, redacted)
}

func isInputName(s string) bool {
	_, name, found := strings.Cut(s, ".")
	if !found {
		name = s
	}
	return s == "$input" || slices.ContainsFunc(LeadInput{}.fields(), func(f field) bool { return f.name == name })
}

// isName is GraphQL's form of a name.
func isName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

// isPlainID is an id that cannot be an address or a sentence.
func isPlainID(s string) bool {
	return s != "" && len(s) <= maxID && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:") == ""
}

func isBid(s string) bool {
	_, err := ParseBid(s)
	return err == nil
}

func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}
