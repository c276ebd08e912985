package apply

import (
	"net/http"
	"time"

	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/apply"
)

// submission is a draft that was sent, without errors, from the check page that showed it.
type submission struct {
	draft
	form      validation.Form // of the check page
	pageID    string
	applicant lead.Applicant
}

// submit makes the submission a lead and saves it with its consent record. Its result is that of Leads.Save.
func (h *Handlers) submit(r *http.Request, s submission) (lead.Receipt, error) {
	record := h.newRecord(r, s)
	l := newLead(s, record)
	undoCount := h.screen(r, s, &l)
	receipt, err := h.cfg.Leads.Save(r.Context(), l, record)
	if err == nil && !receipt.Again {
		h.cfg.Meter.Stored(l.Status)
	} else {
		undoCount() // it was stored before, or not at all
	}
	return receipt, err
}

func newLead(s submission, record consent.Record) lead.Lead {
	l := lead.Lead{
		ID:            lead.NewPartnerID(),
		Draft:         s.Handle,
		Request:       s.Request,
		DraftVersion:  s.Version,
		Language:      record.Language,
		Applicant:     s.applicant,
		Permission:    record.Permission(),
		Origin:        s.Origin,
		Status:        lead.Received,
		Step:          lead.Send,
		NextAttemptAt: record.At,
		ReceivedAt:    record.At,
		ChangedAt:     record.At,
	}
	if record.GPC {
		l.Origin = landingAlone(l.Origin)
	}
	return l
}

// newRecord is the consent record: what the person was shown and did.
func (h *Handlers) newRecord(r *http.Request, s submission) consent.Record {
	origin := s.Origin.Reveal()
	record := consent.Record{
		At:          h.Clock.Now().UTC().Truncate(time.Millisecond),
		Channel:     consent.ConsumerWeb,
		Language:    web.Language(r),
		PageURL:     h.OurURL(r.URL.Path),
		PageID:      s.pageID,
		LandingURL:  h.OurURL(origin.Landing),
		Viewport:    web.Viewport(s.form.Value(viewportInput)),
		GPC:         web.HasGPC(r),
		Seller:      h.Site.Seller,
		FormVersion: h.cfg.Version,
		PersonName:  lead.Keep(s.applicant.FirstName.Reveal() + " " + s.applicant.LastName.Reveal()),
		Phone:       s.applicant.HomePhone,
		ClientIP:    h.ClientIP(r),
		UserAgent:   web.UserAgent(r),
		ProxyChain:  h.ProxyChain(r),
		Certificate: h.cfg.Recorder.Certificate(s.form.Value(trustedform.CertificateInput)),
		Acts:        h.acts(web.Language(r), s),
	}
	if zone := validation.ZoneOf(s.applicant.ZipCode.Reveal()); zone != "" {
		record.Zone = lead.Keep(zone)
	}
	if !record.GPC {
		record.Referrer = origin.Referrer
	}
	return record
}

// acts are the consents, given or not, and the notice of the recording when it was shown.
func (h *Handlers) acts(language string, s submission) []consent.Act {
	acts := h.cfg.Texts.Acts(language)
	for i := range acts {
		acts[i].Given = s.form.Checked(views.ConsentInput(acts[i].Purpose))
	}
	if notice, ok := h.cfg.Texts.RecordingAct(language); ok && h.cfg.Recorder != nil {
		acts = append(acts, notice)
	}
	return acts
}
