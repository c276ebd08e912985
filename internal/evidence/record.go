package evidence

import (
	"time"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
	"intake/internal/lead"
)

// newRecord is the record before page, texts and chain are added.
func newRecord(c Case) *packet.Record {
	r := &packet.Record{
		Format: packet.RecordFormat, PartnerLeadID: c.Lead.ID, MLASID: c.Lead.AlleviateID, ResultCode: c.Lead.ResultCode,
		Results:    c.Events,
		PersonName: given(c.Record.PersonName), PhoneConsented: given(c.Record.Phone),
		PageID: c.Record.PageID, Objects: c.Record.Acts, Seller: c.Record.Seller,
		At: c.Record.At.UTC().Format(packet.TimeFormat), Channel: c.Record.Channel, Language: c.Record.Language,
		ClientIP: given(c.Record.ClientIP), ProxyChain: given(c.Record.ProxyChain), UserAgent: given(c.Record.UserAgent),
		Viewport: c.Record.Viewport, PageURL: c.Record.PageURL, LandingURL: c.Record.LandingURL,
		Referrer: c.Record.Referrer, GPC: c.Record.GPC,
		CertificateState: c.Record.Certificate.State, CertificateID: c.Record.Certificate.ID,
		CertificateURL: given(c.Record.Certificate.URL),
		Revocations:    revocations(c.OptOuts), FormVersion: c.Record.FormVersion,
		Gaps: []packet.Gap{},
	}
	switch r.Channel {
	case consent.ConsumerWeb:
		r.Act = "the box was checked, or left as it was, and the button pressed"
	case consent.ConsumerLink:
		r.Act = "the box was checked, or left as it was, and the button pressed, on the person's own phone while an agent was on the line; lines that were read aloud before are marked so"
		addCall(r, c)
		r.LinkRoute, r.LinkSentTo = string(c.Record.HandOff.Route), given(c.Record.HandOff.SentTo)
		if !c.Record.HandOff.OpenedAt.IsZero() {
			r.LinkOpenedAt = c.Record.HandOff.OpenedAt.UTC().Format(packet.TimeFormat)
		}
	case consent.RecordedCall:
		r.Act = "an agent read the lines aloud on a recorded call, and checked the box of each line that the person agreed to"
		addCall(r, c)
	}
	addLocalTime(r, c)
	return r
}

func addCall(r *packet.Record, c Case) {
	r.Agent, r.CallID = given(c.Record.Call.Agent), given(c.Record.Call.ID)
	r.ScriptVersion, r.OralOptIn, r.WrittenFollows = c.Record.Call.Script, c.Record.Call.OptIn, c.Record.Call.WrittenFollows
	r.LinesChecked = packet.LinesChecked(c.Record.Acts)
}

// addLocalTime adds the time of the consent in the person's own time zone, when the record has one.
func addLocalTime(r *packet.Record, c Case) {
	r.Zone = given(c.Record.Zone)
	if r.Zone == nil {
		return
	}
	if location, err := time.LoadLocation(*r.Zone); err == nil {
		r.LocalAt = c.Record.At.In(location).Format(packet.TimeFormat)
	}
}

// given is nil when there is no value, which is not the same as an empty one.
func given(p lead.Private[string]) *string {
	if !p.Given() {
		return nil
	}
	value := p.Reveal()
	return &value
}

func revocations(optOuts []lead.OptOut) []packet.Revocation {
	list := []packet.Revocation{} // none is an empty list, which says that opt-outs were looked for
	for _, o := range optOuts {
		list = append(list, packet.Revocation{
			At: o.At.UTC().Format(packet.TimeFormat), Channel: o.Channel, Language: o.Language, Scope: "everything",
			Phone: o.Phone.Reveal(), Email: o.Email.Reveal(), ClientIP: o.ClientIP.Reveal(), UserAgent: o.UserAgent.Reveal(),
		})
	}
	return list
}
