package desk

import (
	"slices"
	"time"

	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/desk"
)

// record is what was read to the caller and what they said. The agent's browser is not the caller's, so nothing of it
// is in the record.
func (h *Handlers) record(f form, a lead.Applicant) consent.Record {
	record := consent.Record{
		At:          h.Clock.Now().UTC().Truncate(time.Millisecond),
		Channel:     consent.RecordedCall,
		Language:    f.language(),
		Seller:      h.Site.Seller,
		FormVersion: h.cfg.Version,
		PersonName:  lead.Keep(a.FirstName.Reveal() + " " + a.LastName.Reveal()),
		Phone:       a.HomePhone,
		Call: consent.Call{
			Agent:  lead.Keep(f.person.Name + " (" + f.person.Key + ")"),
			Script: h.cfg.Texts.ScriptVersion(),
			OptIn:  h.cfg.OralOptIn,

			WrittenFollows: h.cfg.WrittenLater,
		},
		Acts: h.acts(f, a),
	}
	if id, _ := validation.CallID(f.boxes[callInput]); id != "" && f.recorded {
		record.Call.ID = lead.Keep(id)
	}
	if zone := validation.ZoneOf(a.ZipCode.Reveal()); zone != "" {
		record.Zone = lead.Keep(zone)
	}
	return record
}

// acts are the lines of the script, given or not. A line counts only if it is the one for the caller's state. The line that no lead
// needs is not among them while neither yes nor no is chosen: it was not asked.
func (h *Handlers) acts(f form, a lead.Applicant) []consent.Act {
	acts := h.cfg.Texts.SpokenActs(f.language(), f.boxes[scriptStateInput])
	stale := h.staleLines(f, a.State.Reveal())
	for i := range acts {
		acts[i].Given = f.recorded && !slices.Contains(stale, acts[i].Purpose) && f.boxes[views.LineInput(acts[i].Purpose)] == "yes"
	}
	return slices.DeleteFunc(acts, func(a consent.Act) bool {
		return a.Purpose == consent.Marketing && f.boxes[views.LineInput(a.Purpose)] == ""
	})
}

// staleLines are the purposes for which the form had the line of another state than the caller's.
func (h *Handlers) staleLines(f form, state string) (stale []consent.Purpose) {
	read := h.cfg.Texts.SpokenActs(f.language(), f.boxes[scriptStateInput])
	for _, due := range h.cfg.Texts.SpokenActs(f.language(), state) {
		if !slices.ContainsFunc(read, func(x consent.Act) bool { return x.TextID == due.TextID }) {
			stale = append(stale, due.Purpose)
		}
	}
	return stale
}

// missing is what a record lacks to be complete, in words.
func missing(record consent.Record) []string {
	var missing []string
	if !record.Call.ID.Given() {
		missing = append(missing, "the call id")
	}
	for _, act := range record.Acts {
		if act.Purpose != consent.Marketing && !act.Given && !(act.Purpose == consent.Terms && record.Call.WrittenFollows) {
			missing = append(missing, views.Missing(act.Purpose))
		}
	}
	return missing
}

// newLead is the lead of a form. Without a complete record it waits.
func newLead(f form, d lead.Draft, a lead.Applicant, record consent.Record) lead.Lead {
	l := lead.Lead{
		ID:            lead.NewPartnerID(),
		Draft:         lead.Keep(f.handle),
		Request:       d.Request,
		DraftVersion:  d.Version,
		Language:      record.Language,
		Applicant:     a,
		Permission:    record.Permission(),
		Agent:         web.AgentOf(f.person),
		Origin:        d.Origin,
		Status:        lead.Received,
		Step:          lead.Send,
		NextAttemptAt: record.At,
		ReceivedAt:    record.At,
		ChangedAt:     record.At,
	}
	if !record.Complete() {
		l.Hold = lead.AwaitingConsent
	}
	return l
}
