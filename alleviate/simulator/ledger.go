package simulator

import (
	"encoding/json"
	"slices"
	"time"
)

// Entry is one call that arrived, in order of arrival.
type Entry struct {
	Seq           int             `json:"seq"`
	At            time.Time       `json:"at"`
	Operation     string          `json:"operation"` // token, createLead, submitLead, getLeadStatus, creditReport, creditReports, other, elsewhere
	Key           string          `json:"key"`       // what attempts are counted by: the partner's lead id, or a hash
	Attempt       int             `json:"attempt"`   // 1 for the first call of this operation and key
	Input         json.RawMessage `json:"input"`     // the GraphQL variables as received; of a token request the public fields
	Status        int             `json:"status"`    // HTTP status sent; 0 while the call runs and when it was cut before an answer
	Answer        string          `json:"answer"`    // the body sent, at most 4 KiB of it; never that of an issued token
	ID            string          `json:"id"`        // MLAS id that the call made or found
	PartnerLeadID string          `json:"partnerLeadId"`
	ResultCode    int             `json:"resultCode"` // of createLead and getLeadStatus; statusCode of submitLead
	Done          bool            `json:"done"`       // the work was done, whatever the caller was told
	Fault         string          `json:"fault"`      // in the syntax of the X-Simulator-Fault header
	Assumed       []string        `json:"assumed"`    // names of the assumptions that shaped the answer
}

// Lead is one lead as the twin holds it.
type Lead struct {
	ID            string    `json:"id"`
	PartnerLeadID string    `json:"partnerLeadId"`
	ResultCode    int       `json:"resultCode"`
	Bid           string    `json:"bid"` // as createLead spells it; "" means null
	UpdatedAt     time.Time `json:"updatedAt"`
	CreatedAt     time.Time `json:"createdAt"`
	Archetype     string    `json:"archetype"` // its address, "" for an ordinary lead
	CRMRecordID   string    `json:"crmRecordId"`
	Looks         int       `json:"looks"` // looks taken while the code was 1000
	Email         string    `json:"email"` // as compared for duplicates
	Phone         string    `json:"phone"`
}

// Ledger is a copy of everything the twin remembers.
type Ledger struct {
	Seed        uint64       `json:"seed"`
	Assumptions []Assumption `json:"assumptions"`
	Entries     []Entry      `json:"entries"`
	Leads       []Lead       `json:"leads"`
}

// Calls returns the entries of one operation, in order of arrival.
func (l Ledger) Calls(operation string) []Entry {
	var calls []Entry
	for _, e := range l.Entries {
		if e.Operation == operation {
			calls = append(calls, e)
		}
	}
	return calls
}

// Processed counts the createLead calls per partner lead id that made a lead which was not a duplicate. More
// than 1 means that the same lead was processed twice.
func (l Ledger) Processed() map[string]int {
	n := make(map[string]int)
	for _, e := range l.Calls(opCreate) {
		if e.Done && e.ResultCode != 1003 {
			n[e.PartnerLeadID]++
		}
	}
	return n
}

// Ledger returns a copy of what has arrived and what it made. An entry is complete, and in the state file,
// before the first byte of its answer leaves.
func (s *Server) Ledger() Ledger {
	l := s.book.copy()
	l.Seed = s.cfg.Seed
	l.Assumptions = s.assume.get().Describe()
	return l
}

// Reset forgets every call and every lead, in the state file too, and clears the scripted faults. Tokens and
// assumptions stay.
func (s *Server) Reset() error {
	s.script.clear()
	return s.book.reset()
}

func (b *book) copy() Ledger {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := Ledger{Entries: make([]Entry, len(b.entries)), Leads: make([]Lead, 0, len(b.order))}
	for i, e := range b.entries {
		l.Entries[i] = *e
		l.Entries[i].Assumed = slices.Clone(e.Assumed)
	}
	for _, id := range b.order {
		l.Leads = append(l.Leads, *b.leads[id])
	}
	return l
}
