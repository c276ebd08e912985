package simulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// book is the ledger with its file. Every change is one line, written in one call before anybody is told of
// it, so a killed process leaves at most one torn line, which the next one cuts off. A power cut may cost
// more: lines are not fsynced, the twin is no record of value.
type book struct {
	mu       sync.Mutex
	file     *os.File // nil: memory only
	entries  []*Entry
	bySeq    map[int]*Entry
	last     int // the highest number given out; goes on after a reset, so that a late answer finds only its own entry
	leads    map[string]*Lead
	order    []string // ids in order of creation
	attempts map[string]int
	latest   map[string]string // kind and value → id; see keys
}

// line is one change: the new state of an entry, of a lead, or of both.
type line struct {
	Entry *Entry `json:"entry,omitempty"`
	Lead  *Lead  `json:"lead,omitempty"`
}

// openBook reads the file at path, "" for none, and appends to it. The file is readable by its owner only.
func openBook(path string) (*book, error) {
	b := &book{}
	b.forget()
	if path == "" {
		return b, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := errors.Join(file.Chmod(0o600), b.replay(file)); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: %w", err), file.Close())
	}
	b.file = file
	return b, nil
}

func (b *book) forget() {
	b.entries, b.order, b.bySeq = nil, nil, map[int]*Entry{}
	b.leads, b.attempts, b.latest = map[string]*Lead{}, map[string]int{}, map[string]string{}
}

// replay restores the state and cuts a torn last line off.
func (b *book) replay(file *os.File) error {
	r := bufio.NewReader(file)
	var whole int64
	for n := 1; ; n++ {
		text, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return file.Truncate(whole)
		}
		if err != nil {
			return err
		}
		var l line
		if err := json.Unmarshal(bytes.TrimSpace(text), &l); err != nil {
			return fmt.Errorf("line %d is not readable; move the file away to begin anew", n)
		}
		b.apply(l)
		whole += int64(len(text))
	}
}

// record writes one change and then makes it true in memory. After an error nothing has changed.
func (b *book) record(l line) error {
	if b.file != nil {
		text, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if _, err := b.file.Write(append(text, '\n')); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}
	b.apply(l)
	return nil
}

func (b *book) apply(l line) {
	if l.Entry != nil {
		b.applyEntry(*l.Entry)
	}
	if l.Lead != nil {
		b.applyLead(*l.Lead)
	}
}

func (b *book) applyEntry(e Entry) {
	if known := b.bySeq[e.Seq]; known != nil {
		*known = e
		return
	}
	b.entries = append(b.entries, &e)
	b.bySeq[e.Seq] = &e
	b.last = max(b.last, e.Seq)
	b.attempts[e.Operation+" "+e.Key] = e.Attempt
}

func (b *book) applyLead(lead Lead) {
	old := b.leads[lead.ID]
	b.leads[lead.ID] = &lead
	if old == nil {
		b.order = append(b.order, lead.ID)
	}
	if key := partnerKey(lead.PartnerLeadID); b.latest[key] == "" {
		b.latest[key] = lead.ID
	}
	if old == nil && lead.Archetype == "" && lead.ResultCode != 1003 {
		for _, key := range []string{emailKey(lead.Email), phoneKey(lead.Phone), bothKey(lead.Email, lead.Phone)} {
			b.latest[key] = lead.ID
		}
	}
}

// arrive records that a call has come, before anything is done about it, and numbers it. complete is called
// with the number and the attempt set.
func (b *book) arrive(e Entry, complete func(*Entry)) (Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.Seq = b.last + 1
	e.Attempt = b.attempts[e.Operation+" "+e.Key] + 1
	complete(&e)
	return e, b.record(line{Entry: &e})
}

// change runs f under the lock: it may read the book and returns what is to be recorded.
func (b *book) change(f func() (line, error)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, err := f()
	if err != nil {
		return err
	}
	return b.record(l)
}

// original finds the latest earlier lead of the same person under the given rule, or nil.
func (b *book) original(match, email, phone string) *Lead {
	switch match {
	case matchOff:
		return nil
	case matchBoth:
		return b.leads[b.latest[bothKey(email, phone)]]
	}
	byEmail, byPhone := b.leads[b.latest[emailKey(email)]], b.leads[b.latest[phoneKey(phone)]]
	if byEmail == nil || byPhone != nil && byPhone.CreatedAt.After(byEmail.CreatedAt) {
		return byPhone
	}
	return byEmail
}

// byPartner finds the first lead that came with the partner's id, or nil.
func (b *book) byPartner(id string) *Lead {
	if id == "" {
		return nil
	}
	return b.leads[b.latest[partnerKey(id)]]
}

func emailKey(email string) string       { return "email " + email }
func phoneKey(phone string) string       { return "phone " + phone }
func bothKey(email, phone string) string { return "both " + email + " " + phone }
func partnerKey(id string) string        { return "partner " + id }

// partnerOf returns the partner's id of a lead, "" if it is unknown or an archetype, whose ids repeat.
func (b *book) partnerOf(id string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if lead := b.leads[id]; lead != nil && lead.Archetype == "" {
		return lead.PartnerLeadID
	}
	return ""
}

func (b *book) reset() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file != nil {
		if err := b.file.Truncate(0); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}
	b.forget()
	return nil
}

func (b *book) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.file == nil {
		return nil
	}
	file := b.file
	b.file = nil
	return file.Close()
}

// older tells whether the purchase window of a lead has passed.
func older(lead *Lead, days int, now time.Time) bool {
	return days < 0 || now.Sub(lead.CreatedAt) > time.Duration(days)*24*time.Hour
}
