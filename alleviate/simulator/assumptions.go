package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Assumptions are the twin's choices where Alleviate's documentation is silent or contradicts itself. The
// zero value takes every default. None of them is Alleviate's word.
type Assumptions struct {
	DuplicateMatch     string `json:"duplicateMatch"`     // "email or phone" (default), "email and phone", "off"
	PurchaseWindowDays int    `json:"purchaseWindowDays"` // 0 takes 30; negative: every duplicate is beyond it
	KeyedByLeadID      bool   `json:"keyedByLeadId"`
	LookupByLeadID     bool   `json:"lookupByLeadId"`
	UnknownArchetype   string `json:"unknownArchetype"` // "ordinary" (default), "unqualified", "error"
	ProcessingLooks    int    `json:"processingLooks"`  // 0 takes 2; negative: 1000 stays 1000

	SubmitNeedsCertificate bool `json:"submitNeedsCertificate"`
	CertificateFails       bool `json:"certificateFails"`
	AutomaticCRM           bool `json:"automaticCrm"`
	SubmitUnknown          int  `json:"submitUnknown"`     // 0 takes 404; negative: a GraphQL error
	SubmitUnqualified      int  `json:"submitUnqualified"` // 0 takes 409

	StatusUnknown  string `json:"statusUnknown"`  // "null" (default), "error"
	InputErrorCode string `json:"inputErrorCode"` // "" takes BAD_USER_INPUT
	FieldChecks    string `json:"fieldChecks"`    // "first" (default), "last"
	RequestErrors  string `json:"requestErrors"`  // "negotiated" (default), "200", "400"
	CallsPerMinute int    `json:"callsPerMinute"` // 0 counts nothing
	TokenLife      int    `json:"tokenLife"`      // seconds; 0 takes the documented 3599
	Introspection  bool   `json:"introspection"`
}

// Assumption is one choice in words.
type Assumption struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Meaning string `json:"meaning"`
}

const (
	matchEither = "email or phone"
	matchBoth   = "email and phone"
	matchOff    = "off"
)

// Describe lists every assumption with its present value, in a fixed order.
func (a Assumptions) Describe() []Assumption {
	return []Assumption{
		{"duplicateMatch", a.DuplicateMatch, "what makes two leads the same person (home phone, e-mail in any case): email or phone, email and phone, off; an unqualified first lead counts, an archetype never does"},
		{"purchaseWindowDays", text(a.PurchaseWindowDays), "a duplicate older than this is 1020 and starts a new window, a younger one is 1003; negative: always 1020"},
		{"keyedByLeadId", text(a.KeyedByLeadID), "a createLead that repeats LeadInput.leadId gets the first answer again and makes no lead"},
		{"lookupByLeadId", text(a.LookupByLeadID), "getLeadStatus also finds a lead by the partner's own id"},
		{"unknownArchetype", a.UnknownArchetype, "an unpublished key under test.alleviate.com is: ordinary, unqualified (1018), error"},
		{"processingLooks", text(a.ProcessingLooks), "a lead at 1000 becomes final at this many looks; negative: never"},
		{"submitNeedsCertificate", text(a.SubmitNeedsCertificate), "ping-post partner: submitLead without certificate is 400"},
		{"certificateFails", text(a.CertificateFails), "a certificate given to submitLead fails for good: 422"},
		{"automaticCrm", text(a.AutomaticCRM), "MLAS submits by itself, so every submitLead of a qualified lead is 208"},
		{"submitUnknown", text(a.SubmitUnknown), "statusCode of submitLead for an unknown id; negative: a GraphQL error NOT_FOUND"},
		{"submitUnqualified", text(a.SubmitUnqualified), "statusCode of submitLead for a lead outside 1013-1017"},
		{"statusUnknown", a.StatusUnknown, "getLeadStatus of an unknown id is: null, error"},
		{"inputErrorCode", a.InputErrorCode, "extensions.code of a refused input"},
		{"fieldChecks", a.FieldChecks, "createLead checks its fields: first, so that a refused input made no lead (documented for the sandbox's archetypes), or last, when the lead has been made"},
		{"requestErrors", a.RequestErrors, "HTTP status of a request that was not executed: negotiated (400 for application/graphql-response+json, else 200), 200, 400"},
		{"callsPerMinute", text(a.CallsPerMinute), "more calls in a minute get 429 with Retry-After; the sandbox's documented number is 100; 0 counts nothing"},
		{"tokenLife", text(a.TokenLife), "expires_in in seconds; 3599 is the documented example"},
		{"introspection", text(a.Introspection), "whether the schema may be asked for"},
	}
}

func (a Assumptions) complete() Assumptions {
	a.DuplicateMatch = orElse(a.DuplicateMatch, matchEither)
	a.UnknownArchetype = orElse(a.UnknownArchetype, "ordinary")
	a.StatusUnknown = orElse(a.StatusUnknown, "null")
	a.InputErrorCode = orElse(a.InputErrorCode, "BAD_USER_INPUT")
	a.FieldChecks = orElse(a.FieldChecks, "first")
	a.RequestErrors = orElse(a.RequestErrors, "negotiated")
	a.PurchaseWindowDays = orNumber(a.PurchaseWindowDays, 30)
	a.ProcessingLooks = orNumber(a.ProcessingLooks, 2)
	a.SubmitUnknown = orNumber(a.SubmitUnknown, 404)
	a.SubmitUnqualified = orNumber(a.SubmitUnqualified, 409)
	a.TokenLife = orNumber(a.TokenLife, 3599)
	return a
}

// check names the first value that is not one of the choices.
func (a Assumptions) check() error {
	for _, c := range []struct {
		name, value string
		choices     []string
	}{
		{"duplicateMatch", a.DuplicateMatch, []string{matchEither, matchBoth, matchOff}},
		{"unknownArchetype", a.UnknownArchetype, []string{"ordinary", "unqualified", "error"}},
		{"statusUnknown", a.StatusUnknown, []string{"null", "error"}},
		{"fieldChecks", a.FieldChecks, []string{"first", "last"}},
		{"requestErrors", a.RequestErrors, []string{"negotiated", "200", "400"}},
	} {
		if !slices.Contains(c.choices, c.value) {
			return fmt.Errorf("assumption %s: %q is none of %q", c.name, c.value, c.choices)
		}
	}
	return nil
}

// patch returns a with the members of a JSON object changed, and refuses names that do not exist.
func (a Assumptions) patch(object []byte) (Assumptions, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return a, fmt.Errorf("assumptions: %w", err)
	}
	a = a.complete()
	return a, a.check()
}

// assume holds the assumptions in force; tests and the control page change them while calls run.
type assume struct {
	mu  sync.Mutex
	now Assumptions
}

func (a *assume) get() Assumptions {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

func (a *assume) set(next Assumptions) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = next
}

// Assumptions returns the choices in force.
func (s *Server) Assumptions() Assumptions { return s.assume.get() }

// Assume replaces the choices for every call that arrives from now on. Empty fields take their defaults.
func (s *Server) Assume(a Assumptions) error {
	a = a.complete()
	if err := a.check(); err != nil {
		return err
	}
	s.assume.set(a)
	return nil
}

func text(v any) string { return fmt.Sprint(v) }

func orNumber(n, fallback int) int {
	if n == 0 {
		return fallback
	}
	return n
}
