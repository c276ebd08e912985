package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

const shownCalls = 200 // newest first; the whole ledger is in ledger.json

// page is what the control page shows.
type page struct {
	Addr, TokenURL, APIURL, State string
	Now                           string
	Movable                       bool // the clock
	Seed                          uint64
	Hostile                       bool
	Faults                        []Fault
	Kinds                         []FaultKind
	Assumptions                   []Assumption
	Archetypes                    []Archetype
	Calls                         []shownCall
	Leads                         []Lead
	TotalCalls, TotalLeads        int
}

// shownCall is an entry for eyes: anything like a Social Security number is masked.
type shownCall struct {
	Entry
	When, Shown, Masked, Assumes string
}

func (s *Server) showControl(w http.ResponseWriter, _ *http.Request) {
	var out bytes.Buffer
	if err := s.page.Execute(&out, s.pageData()); err != nil {
		s.cfg.Log.Error("simulator cannot show its control page", "error", err)
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(out.Bytes()) // the caller may have left
}

func (s *Server) pageData() page {
	l := s.Ledger()
	p := page{
		Addr: s.Addr(), TokenURL: s.TokenURL(), APIURL: s.APIURL(), State: orElse(s.cfg.State, "memory only"),
		Now: s.cfg.Now().UTC().Format("2006-01-02 15:04:05Z"), Movable: s.cfg.MoveClock != nil,
		Seed: s.cfg.Seed, Hostile: s.script.isHostile(), Faults: s.Faults(), Kinds: FaultKinds(),
		Assumptions: l.Assumptions, Archetypes: Archetypes(),
		TotalCalls: len(l.Entries), TotalLeads: len(l.Leads),
	}
	for _, e := range slices.Backward(l.Entries[max(0, len(l.Entries)-shownCalls):]) {
		p.Calls = append(p.Calls, shownCall{
			Entry: e, When: e.At.Format("15:04:05.000"), Shown: maskText(e.Answer),
			Masked: maskJSON(e.Input), Assumes: strings.Join(e.Assumed, ", "),
		})
	}
	for _, lead := range slices.Backward(l.Leads[max(0, len(l.Leads)-shownCalls):]) {
		p.Leads = append(p.Leads, lead)
	}
	return p
}

const mask = "•••-••-••••"

// nineDigitsAnywhere finds an SSN however it is spelled, as a number in an error too; it may hide an innocent
// number.
var nineDigitsAnywhere = regexp.MustCompile(`[0-9]{3}[^0-9A-Za-z"]?[0-9]{2}[^0-9A-Za-z"]?[0-9]{4}|[0-9](\.[0-9]+)?e\+08`)

// maskJSON masks the SSN field whole, and anything in the other fields that looks like one.
func maskJSON(input json.RawMessage) string {
	var v any
	if json.Unmarshal(input, &v) != nil {
		return ""
	}
	out, _ := json.MarshalIndent(maskValue(v), "", " ") // made of decoded JSON
	return string(out)
}

func maskValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = maskValue(member)
			if strings.EqualFold(name, "socialSecurityNumber") && member != nil {
				v[name] = mask
			}
		}
	case []any:
		for i := range v {
			v[i] = maskValue(v[i])
		}
	case string:
		return maskText(v)
	case float64:
		if v >= 1e8 && v < 1e9 {
			return mask
		}
	}
	return v
}

// maskText leaves runs of digits that are longer than nine alone: phones and ids are no SSN.
func maskText(s string) string {
	var out strings.Builder
	rest := 0
	for _, at := range nineDigitsAnywhere.FindAllStringIndex(s, -1) {
		if digitAt(s, at[0]-1) || digitAt(s, at[1]) {
			continue
		}
		out.WriteString(s[rest:at[0]])
		out.WriteString(mask)
		rest = at[1]
	}
	out.WriteString(s[rest:])
	return out.String()
}

func digitAt(s string, i int) bool {
	return i >= 0 && i < len(s) && '0' <= s[i] && s[i] <= '9'
}
