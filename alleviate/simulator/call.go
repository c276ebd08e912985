package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// The operations that the ledger and the faults know.
const (
	opToken     = "token"
	opCreate    = "createLead"
	opSubmit    = "submitLead"
	opStatus    = "getLeadStatus"
	opReport    = "creditReport"
	opReports   = "creditReports"
	opOther     = "other"     // any other GraphQL request, such as a probe with __typename
	opElsewhere = "elsewhere" // a redirect was followed
)

// shortestScrubbed spares words that merely happen to be somebody's secret, such as "s": replacing them would
// spoil inputs. A shorter secret is still never kept from its own field.
const shortestScrubbed = 12 // characters

const maxKeptAnswer = 4 << 10 // bytes of an answer in the ledger; the longest true one is below 1 KiB

// arrival is what is known of a request before anything is done about it.
type arrival struct {
	operation string
	key       string
	input     json.RawMessage
	raw       []byte // the whole body, for the fault that echoes it; never recorded
	faultless bool   // no fault touches this call: it was refused on its own account
}

// call is one request on its way to its answer. It belongs to one goroutine.
type call struct {
	entry   Entry
	fault   *Fault
	bad     error // the fault header could not be read
	hostile mood
	raw     []byte
	secrets []string
}

func (c *call) done() { c.entry.Done = true }

// assumes notes that a named assumption shaped the answer.
func (c *call) assumes(name string) {
	if !slices.Contains(c.entry.Assumed, name) {
		c.entry.Assumed = append(c.entry.Assumed, name)
	}
}

// arrive records the request and decides what will go wrong with it: the request's own header first, then the
// script, then chance.
func (s *Server) arrive(r *http.Request, a arrival) *call {
	c := &call{raw: a.raw, secrets: s.secretsOf(r)}
	e := Entry{At: s.cfg.Now().UTC(), Operation: a.operation, Key: a.key, Input: scrubJSON(a.input, c.secrets)}
	entry, err := s.book.arrive(e, func(e *Entry) {
		if a.faultless {
			return
		}
		c.hostile = s.script.mood(*e)
		if c.fault, c.bad = s.script.choose(r.Header.Get(faultHeader), *e); c.fault == nil {
			c.fault = c.hostile.fault
		}
		if c.fault != nil {
			e.Fault = string(scrub([]byte(c.fault.String()), c.secrets))
		}
	})
	if err != nil {
		s.cfg.Log.Error("simulator cannot write its ledger", "error", err)
	}
	c.entry = entry
	return c
}

// perform does the work and answers, with the call's fault in its place: before the work, after it, or in it.
func (s *Server) perform(w http.ResponseWriter, c *call, work func() answer) {
	if c.bad != nil {
		s.answer(w, c, plainAnswer(http.StatusBadRequest, faultHeader+": "+c.bad.Error()))
		return
	}
	s.wait(c.hostile.latency)
	if c.fault == nil {
		s.answer(w, c, c.hostile.disguise(work()))
		return
	}
	k, _ := s.script.kind(c.fault.Name) // choose returns known names only
	if k.slow && c.fault.When != after {
		s.wait(c.fault.delay())
	}
	var a answer
	if k.keeps || c.fault.When == after {
		a = c.hostile.disguise(work())
	}
	s.answer(w, c, k.make(*c.fault, c, a))
}

// wait ends early when the server closes. It does not end when the caller leaves: the workflow behind a real
// call would not notice.
func (s *Server) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.stopping:
	}
}

// answer completes the entry and then sends.
func (s *Server) answer(w http.ResponseWriter, c *call, a answer) {
	c.entry.Status = a.status
	if a.loss == lossWhole {
		c.entry.Status = 0
	}
	c.entry.Answer = c.keep(a)
	err := s.book.change(func() (line, error) { return line{Entry: &c.entry}, nil })
	if err != nil {
		s.cfg.Log.Error("simulator cannot write its ledger", "error", err)
		a = plainAnswer(http.StatusInternalServerError, "the simulator cannot write its ledger")
	}
	s.cfg.Log.Info("simulator answered", "seq", c.entry.Seq, "operation", c.entry.Operation, "attempt", c.entry.Attempt,
		"status", c.entry.Status, "done", c.entry.Done, "code", c.entry.ResultCode, "fault", c.entry.Fault)
	s.send(w, a)
}

// keep is the part of the answer that the ledger may hold: nothing that carries a token or echoes a secret.
func (c *call) keep(a answer) string {
	if c.entry.Operation == opToken && (a.status/100 == 2 || a.echo) {
		return "(not kept)"
	}
	body := scrub(a.body, c.secrets)
	return string(bytes.ToValidUTF8(body[:min(len(body), maxKeptAnswer)], []byte("?")))
}

// secretsOf lists what must not be written down from this request: every accepted secret and the bearer, in
// the spellings they travel in.
func (s *Server) secretsOf(r *http.Request) []string {
	var found []string
	for _, secret := range append(slices.Clone(s.cfg.Secrets), bearer(r)) {
		for _, spelling := range []string{secret, url.QueryEscape(secret), jsonText(secret)} {
			if len(spelling) >= shortestScrubbed && !slices.Contains(found, spelling) {
				found = append(found, spelling)
			}
		}
	}
	return found
}

func scrub(text []byte, secrets []string) []byte {
	for _, secret := range secrets {
		if bytes.Contains(text, []byte(secret)) {
			text = bytes.ReplaceAll(text, []byte(secret), []byte("(secret)"))
		}
	}
	return text
}

// scrubJSON stays JSON, also when the secret was written as a number.
func scrubJSON(text json.RawMessage, secrets []string) json.RawMessage {
	clean := scrub(text, secrets)
	if len(clean) > 0 && !json.Valid(clean) {
		return jsonString(clean)
	}
	return clean
}

func jsonText(s string) string {
	b, _ := json.Marshal(s) // a string
	return string(b[1 : len(b)-1])
}

// loss says how much of an answer the caller gets to see.
type loss int

const (
	lossNone  loss = iota
	lossWhole      // the connection ends without a byte
	lossHalf       // the connection ends in the middle of the body
)

// answer is what the caller will see, decided in full before the first byte.
type answer struct {
	status  int
	header  map[string]string
	body    []byte
	wait    time.Duration // before the first byte
	drip    time.Duration // between the pieces of the body
	endless bool          // the body goes on until the caller leaves
	loss    loss
	echo    bool // the body repeats the request
}

// send puts the answer on the wire. A cut is http.ErrAbortHandler, which net/http turns into a closed
// connection and does not log.
func (s *Server) send(w http.ResponseWriter, a answer) {
	s.wait(a.wait)
	if a.loss == lossWhole {
		panic(http.ErrAbortHandler)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if !a.endless {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if a.drip > 0 || a.endless || a.loss == lossHalf {
		s.sendSlowly(w, a)
		return
	}
	_, _ = w.Write(a.body) // the caller may have left; the entry is complete either way
}

func (s *Server) sendSlowly(w http.ResponseWriter, a answer) {
	flush := http.NewResponseController(w).Flush
	if a.loss == lossHalf {
		_, _ = w.Write(a.body[:len(a.body)/2]) // the caller may have left
		_ = flush()                            // same
		panic(http.ErrAbortHandler)
	}
	piece := max(1, len(a.body)/8)
	for rest := a.body; len(rest) > 0 || a.endless; {
		if len(rest) == 0 {
			rest = bytes.Repeat([]byte(" "), 4<<10)
			piece = len(rest)
		}
		n := min(piece, len(rest))
		if _, err := w.Write(rest[:n]); err != nil || flush() != nil || s.isStopping() {
			panic(http.ErrAbortHandler)
		}
		rest = rest[n:]
		s.wait(a.drip)
	}
}

func (s *Server) isStopping() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

func jsonAnswer(status int, v any) answer {
	b, _ := json.Marshal(v) // maps and slices of plain values
	return answer{status: status, header: map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store",
	}, body: b}
}

func plainAnswer(status int, text string) answer {
	return answer{status: status, header: map[string]string{"Content-Type": "text/plain; charset=utf-8"}, body: []byte(text + "\n")}
}
