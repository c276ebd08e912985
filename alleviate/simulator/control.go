package simulator

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

//go:embed control.html
var controlPage string

//go:embed control.css
var controlStyle []byte

const maxControlRequest = 64 << 10 // bytes

// controlRoutes is the control page and its JSON twin. A page of another site can neither read it (foreign
// Host names are refused) nor press its buttons (cross-origin POSTs are refused).
func (s *Server) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control", s.showControl)
	mux.HandleFunc("GET /control/style.css", showStyle)
	mux.HandleFunc("GET /control/ledger.json", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Ledger()) })
	mux.HandleFunc("GET /control/faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.faultState()) })
	mux.HandleFunc("POST /control/faults", s.act(s.addFaults))
	mux.HandleFunc("POST /control/faults/clear", s.act(func([]byte, url.Values) error { s.ClearFaults(); return nil }))
	mux.HandleFunc("POST /control/hostile", s.act(s.switchHostile))
	mux.HandleFunc("POST /control/assumptions", s.act(s.changeAssumptions))
	mux.HandleFunc("POST /control/tokens/revoke", s.act(func([]byte, url.Values) error { s.RevokeTokens(); return nil }))
	mux.HandleFunc("POST /control/clock", s.act(s.moveClock))
	mux.HandleFunc("POST /control/reset", s.act(func([]byte, url.Values) error { return s.Reset() }))
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if !ownHost(r) {
			http.Error(w, "this page is served under a loopback name only", http.StatusMisdirectedRequest)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

type faultState struct {
	Seed    uint64      `json:"seed"`
	Hostile bool        `json:"hostile"`
	Faults  []Fault     `json:"faults"`
	Kinds   []FaultKind `json:"kinds"`
}

func (s *Server) faultState() faultState {
	return faultState{s.cfg.Seed, s.script.isHostile(), s.Faults(), FaultKinds()}
}

// act turns a form post or a JSON post into a change. A form is sent back to the page, JSON gets the new state
// of the faults; a change that is refused is 422 with the reason.
func (s *Server) act(change func(body []byte, form url.Values) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlRequest))
		if err != nil {
			http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		}
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		var form url.Values
		if kind == "application/x-www-form-urlencoded" {
			form, err = url.ParseQuery(string(body))
		}
		if err = errors.Join(err, change(body, form)); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		if form != nil {
			http.Redirect(w, r, "/control", http.StatusSeeOther)
			return
		}
		writeJSON(w, http.StatusOK, s.faultState())
	}
}

const moveWithin = 5 * time.Second

// moveClock takes {"forward": "24h"}, or the same as a form.
func (s *Server) moveClock(body []byte, form url.Values) error {
	move := struct {
		Forward string `json:"forward"`
	}{form.Get("forward")}
	if form == nil {
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&move); err != nil {
			return fmt.Errorf("clock: %w", err)
		}
	}
	forward, err := time.ParseDuration(move.Forward)
	if err != nil || forward <= 0 {
		return errors.New("forward must be a time such as 15m or 24h")
	}
	if s.cfg.MoveClock == nil {
		return errors.New("this simulator runs alone: move the clock with intake clock -forward")
	}
	ctx, cancel := context.WithTimeout(context.Background(), moveWithin)
	defer cancel()
	return s.cfg.MoveClock(ctx, forward)
}

// addFaults takes one fault or a list of them.
func (s *Server) addFaults(body []byte, form url.Values) error {
	if form != nil {
		f, err := formFault(form)
		if err != nil {
			return err
		}
		return s.Script(f)
	}
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] != '[' {
		body = listOf(body)
	}
	var faults []Fault
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&faults); err != nil {
		return fmt.Errorf("faults: %w", err)
	}
	return s.Script(faults...)
}

func listOf(one []byte) []byte { return append(append([]byte("["), one...), ']') }

func formFault(form url.Values) (Fault, error) {
	f, err := parseFault(form.Get("fault"))
	if err != nil {
		return f, err
	}
	f.Operation, f.Mode, f.Lead = form.Get("operation"), form.Get("mode"), form.Get("lead")
	f.When = orElse(form.Get("when"), f.When)
	f.Value = orElse(form.Get("value"), f.Value)
	f.RetryAfter = orElse(form.Get("retryAfter"), f.RetryAfter)
	f.Delay = orElse(form.Get("delay"), f.Delay)
	f.Body = orElse(form.Get("body"), f.Body)
	if n := form.Get("n"); n != "" {
		if f.N, err = strconv.Atoi(n); err != nil {
			return f, fmt.Errorf("n %q is not a number", n)
		}
	}
	return f, nil
}

func (s *Server) switchHostile(body []byte, form url.Values) error {
	wanted := struct{ On bool }{form.Get("on") == "true"}
	if form == nil {
		if err := json.Unmarshal(body, &wanted); err != nil {
			return fmt.Errorf("hostile: %w", err)
		}
	}
	s.SetHostile(wanted.On)
	return nil
}

// changeAssumptions takes a JSON object with any of the assumptions, or a form with some of them.
func (s *Server) changeAssumptions(body []byte, form url.Values) error {
	if form != nil {
		body = s.assumptionForm(form)
	}
	next, err := s.Assumptions().patch(body)
	if err != nil {
		return err
	}
	return s.Assume(next)
}

// assumptionForm writes form values with the JSON types that the assumptions have now.
func (s *Server) assumptionForm(form url.Values) []byte {
	now, _ := json.Marshal(s.Assumptions()) // plain fields
	types, patch := map[string]any{}, object{}
	_ = json.Unmarshal(now, &types) // written above
	for name := range form {
		value := form.Get(name)
		patch[name] = jsonString([]byte(value))
		if _, isText := types[name].(string); !isText {
			patch[name] = rawJSON(value)
		}
	}
	out, _ := json.Marshal(patch) // every value is valid JSON
	return out
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // the caller may have left
}

func showStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(controlStyle) // the caller may have left
}

func parseControl() (*template.Template, error) {
	return template.New("control").Parse(controlPage)
}
