package simulator

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind is one way to go wrong.
type FaultKind struct {
	Name  string `json:"name"`
	Where string `json:"where"` // operations, or "any", "api"
	About string `json:"about"`

	keeps bool // needs the true answer, so the work is done whatever When says
	slow  bool // waits
	make  func(f Fault, c *call, a answer) answer
}

// FaultKinds lists every kind, for pickers and for tests that walk them all. "503" stands for any status from
// 200 to 599.
func FaultKinds() []FaultKind { return allKinds() }

func allKinds() []FaultKind {
	return slices.Concat(statusKinds(), wireKinds(), bodyKinds(), tokenKinds(), graphqlKinds(), payloadKinds(), outcomeKinds())
}

var statusName = regexp.MustCompile(`^[2-5][0-9][0-9]$`)

// kind finds a kind by its name; any status is written as its number.
func (sc *script) kind(name string) (FaultKind, bool) {
	if statusName.MatchString(name) {
		k := sc.kinds[0]
		k.keeps = name[0] == '2'
		return k, true
	}
	i := slices.IndexFunc(sc.kinds, func(k FaultKind) bool { return k.Name == name })
	if i < 0 {
		return FaultKind{}, false
	}
	return sc.kinds[i], true
}

func (sc *script) fits(f Fault, operation string) bool {
	k, ok := sc.kind(f.Name)
	switch {
	case !ok || operation == opElsewhere:
		return false
	case k.Where == "any":
		return true
	case k.Where == "api":
		return operation != opToken
	}
	return slices.Contains(strings.Fields(k.Where), operation)
}

func (sc *script) check(f Fault) error {
	if _, ok := sc.kind(f.Name); !ok {
		return fmt.Errorf("unknown fault %q", f.Name)
	}
	if !slices.Contains([]string{"", before, after}, f.When) {
		return fmt.Errorf("when %q is neither before nor after", f.When)
	}
	if !slices.Contains([]string{"", "always", "next", "percent"}, f.Mode) || f.N < 0 {
		return fmt.Errorf("mode %q with n %d: want always, next or percent", f.Mode, f.N)
	}
	if !slices.Contains([]string{"", "json", "html", "plain", "empty", "graphql"}, f.Body) {
		return fmt.Errorf("body %q is none of json, html, plain, empty, graphql", f.Body)
	}
	if !slices.Contains([]string{"", "*", opToken, opCreate, opSubmit, opStatus, opReport, opReports, opOther}, f.Operation) {
		return fmt.Errorf("unknown operation %q", f.Operation)
	}
	if f.Delay != "" {
		if d, err := time.ParseDuration(f.Delay); err != nil || d < 0 {
			return fmt.Errorf("delay %q is not a duration", f.Delay)
		}
	}
	if f.Name == "code" || f.Name == "submit" {
		if _, err := strconv.ParseInt(f.Value, 10, 32); err != nil {
			return fmt.Errorf("%s needs a number as value", f.Name)
		}
	}
	if strings.ContainsAny(f.RetryAfter+f.Location, "\r\n") {
		return fmt.Errorf("a header value has a line break")
	}
	return nil
}

func statusKinds() []FaultKind {
	return []FaultKind{{Name: "503", Where: "any", About: "any status 200-599 by its number; 2xx keeps the true body; retry-after, body, location", make: status}}
}

// status answers with the number that is the fault's name.
func status(f Fault, c *call, a answer) answer {
	code, _ := strconv.Atoi(f.Name) // three digits
	if code < 300 {
		a.status = code
		return withRetryAfter(f, c, a)
	}
	a = errorBody(f, c, code)
	if code < 400 {
		a.header["Location"] = orElse(f.Location, "/elsewhere")
	}
	if code == http.StatusUnauthorized && c.entry.Operation != opToken {
		a.header["Www-Authenticate"] = `Bearer error="invalid_token"`
	}
	return withRetryAfter(f, c, a)
}

func errorBody(f Fault, c *call, code int) answer {
	text := orElse(http.StatusText(code), "Status "+f.Name)
	switch f.Body {
	case "html":
		return htmlAnswer(code, text)
	case "plain":
		return plainAnswer(code, text)
	case "empty":
		return answer{status: code, header: map[string]string{}}
	case "graphql":
		a := jsonAnswer(code, errorsOnly(text, orElse(f.Value, "INTERNAL_SERVER_ERROR")))
		a.header["Content-Type"] = graphqlJSON + "; charset=utf-8"
		return a
	}
	if c.entry.Operation == opToken {
		return entraError(code, orElse(f.Value, "temporarily_unavailable"), c.entry.At)
	}
	return jsonAnswer(code, map[string]any{"message": text})
}

// withRetryAfter sends the value as it is given; "date:60" is the HTTP date 60 seconds after the call came.
func withRetryAfter(f Fault, c *call, a answer) answer {
	value := f.RetryAfter
	if value == "" {
		return a
	}
	if seconds, ok := strings.CutPrefix(value, "date:"); ok {
		n, _ := strconv.Atoi(seconds) // no number: now
		value = c.entry.At.Add(time.Duration(n) * time.Second).UTC().Format(http.TimeFormat)
	}
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header["Retry-After"] = value
	return a
}

func wireKinds() []FaultKind {
	keep := func(change func(f Fault, a *answer)) func(Fault, *call, answer) answer {
		return func(f Fault, _ *call, a answer) answer {
			change(f, &a)
			return a
		}
	}
	return []FaultKind{
		{Name: "cut", Where: "any", About: "the connection ends without a byte, before or after the work", make: keep(func(_ Fault, a *answer) { a.loss = lossWhole })},
		{Name: "cut-body", Where: "any", About: "the work is done, the connection ends in the middle of the body", keeps: true, make: keep(func(_ Fault, a *answer) { a.loss = lossHalf })},
		{Name: "slow", Where: "any", About: "true answer, delay before the work or between work and answer", keeps: true, slow: true, make: keep(func(f Fault, a *answer) {
			if f.When == after {
				a.wait = f.delay()
			}
		})},
		{Name: "slow-body", Where: "any", About: "headers at once, the body in pieces over delay", keeps: true, make: keep(func(f Fault, a *answer) { a.drip = f.delay() / 8 })},
		{Name: "endless", Where: "any", About: "the true body, then blanks until the caller leaves", keeps: true, make: keep(func(_ Fault, a *answer) { a.endless = true })},
	}
}

func bodyKinds() []FaultKind {
	return []FaultKind{
		{Name: "html", Where: "any", About: "200 with an HTML page", make: func(Fault, *call, answer) answer { return htmlAnswer(http.StatusOK, "Maintenance") }},
		{Name: "plain", Where: "any", About: "200 with plain text", make: func(Fault, *call, answer) answer { return plainAnswer(http.StatusOK, "OK") }},
		{Name: "empty", Where: "any", About: "200 with an empty body", make: func(Fault, *call, answer) answer {
			return answer{status: http.StatusOK, header: map[string]string{"Content-Type": plainJSON}}
		}},
		{Name: "echo", Where: "any", About: "400 with a page that repeats the request", make: func(_ Fault, c *call, _ answer) answer {
			a := plainAnswer(http.StatusBadRequest, "Bad request: "+string(c.raw))
			a.echo = true
			return a
		}},
		bodyKind("truncated", "the first half of the true body, complete as far as HTTP can tell", func(_ Fault, _ *call, b []byte) []byte { return b[:len(b)/2] }),
		bodyKind("huge", "the true body behind 2 MiB of blanks", func(_ Fault, _ *call, b []byte) []byte { return append(bytes.Repeat([]byte(" "), 2<<20), b...) }),
		bodyKind("bom", "a byte order mark before the true body", func(_ Fault, _ *call, b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }),
		bodyKind("shuffled", "the true body with its keys in another order", func(_ Fault, _ *call, b []byte) []byte { return shuffle(b, 1) }),
		headedKind("gzip", "the true body in gzip, which nobody asked for", func(_ Fault, a *answer) {
			a.body, a.header["Content-Encoding"] = gzipped(a.body), "gzip"
		}),
		headedKind("encoding", "the true body under a Content-Encoding that it is not in: br, or value", func(f Fault, a *answer) {
			a.header["Content-Encoding"] = orElse(f.Value, "br")
		}),
		bodyKind("extra", "the true body with unknown fields", func(_ Fault, _ *call, b []byte) []byte { return withExtras(b) }),
	}
}

func bodyKind(name, about string, change func(f Fault, c *call, body []byte) []byte) FaultKind {
	return FaultKind{Name: name, Where: "any", About: about, keeps: true, make: func(f Fault, c *call, a answer) answer {
		a.body = change(f, c, a.body)
		return a
	}}
}

func headedKind(name, about string, change func(f Fault, a *answer)) FaultKind {
	return FaultKind{Name: name, Where: "any", About: about, keeps: true, make: func(f Fault, _ *call, a answer) answer {
		a.header = maps.Clone(a.header)
		change(f, &a)
		return a
	}}
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // memory takes all
	_ = z.Close()        // same
	return b.Bytes()
}

func htmlAnswer(status int, title string) answer {
	page := fmt.Sprintf("<!doctype html>\n<title>%[1]s</title>\n<h1>%[1]s</h1>\n", title)
	return answer{status: status, header: map[string]string{"Content-Type": "text/html; charset=utf-8"}, body: []byte(page)}
}

func entraError(status int, word string, at time.Time) answer {
	return jsonAnswer(status, map[string]any{
		"error": word, "error_description": "AADSTS90000: A fault was asked for.\r\nTimestamp: " + at.Format(time.DateTime),
		"error_codes": []int{90000}, "timestamp": at.Format("2006-01-02 15:04:05Z"), "trace_id": newID(), "correlation_id": newID(),
	})
}

func rawJSON(s string) json.RawMessage {
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return jsonString([]byte(s))
}
