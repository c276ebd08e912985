package evidence

import (
	"fmt"
	"slices"
	"time"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
	"intake/internal/lead"
)

// addGaps adds a gap for each field without a value.
func (b *builder) addGaps(c Case) error {
	missing, err := b.record.Missing()
	if err != nil {
		return err
	}
	for _, field := range missing {
		b.addGap(field, c.reason(field))
	}
	for _, p := range []consent.Purpose{consent.Credit, consent.Terms, consent.Marketing, consent.Recording} {
		if !slices.ContainsFunc(b.record.Objects, func(a consent.Act) bool { return a.Purpose == p }) {
			b.addGap("objects: "+string(p), c.notAsked(p))
		}
	}
	if len(b.record.Revocations) > 0 {
		b.addGap("revocations: words, done by", "an opt-out on the page is a press of its button; the program itself carries it out when it is written down")
	}
	if erased := c.optOutsInPart(); erased != "" {
		b.addGap("revocations: in part", erased)
	}
	return nil
}

func (b *builder) addGap(field, reason string) {
	b.record.Gaps = append(b.record.Gaps, packet.Gap{Field: field, Reason: reason})
}

// neverStored are the fields that this program does not store, and why.
var neverStored = map[string]string{
	"recordId":           "a record has no id of its own: there is one for each lead, and partnerLeadId names it",
	"consentGivenCopy":   "what the form sent of the consents is kept as objects, not as the bytes that the browser sent",
	"partnerListVersion": "the texts name the seller alone; there is no list of partners",
	"notACondition":      "the program refuses a marketing text without these words when it starts; they stand in the text under texts/",
	"submissionKey":      "it is the draft that the request was made from and the number of the request; the draft's handle is a secret of the visitor's browser, and stored as a keyed hash alone",
	"autodialerWords":    "the program refuses a marketing text without these words when it starts; they stand in the text under texts/",
	"certificateMadeAt":  "the vendor's address of the certificate does not tell it",
	"certificateExpires": "the vendor's address of the certificate does not tell it",
}

// agentsOnly are the fields of a conversation, and of a link that was sent to the person.
var agentsOnly = []string{"agent", "callId", "scriptVersion", "linesChecked", "linkSentTo", "linkOpenedAt", "linkRoute"}

// reason is why a field is empty.
func (c Case) reason(field string) string {
	if c.Record.Channel == consent.RecordedCall {
		if reason := c.reasonOnCall(field); reason != "" {
			return reason
		}
	}
	if c.Record.Channel == consent.ConsumerLink {
		if reason := c.reasonOfLink(field); reason != "" {
			return reason
		}
	}
	if reason, ok := neverStored[field]; ok {
		return reason
	}
	switch field {
	case "mlasId", "resultCode", "results":
		return "Alleviate has not answered with one"
	case "requestCopy", "requestCopyKept":
		return c.noPage()
	case "localAt", "zone":
		return c.noZone()
	case "personName", "phoneConsented", "userAgent":
		return c.erasedOr("not written down when the request was made")
	case "clientIP":
		return c.erasedOr(c.noAddress())
	case "proxyChain":
		return c.erasedOr("no proxy of ours told one")
	case "viewport":
		return "no script told it"
	case "referrer":
		if c.Record.GPC {
			return "not kept: the browser asked not to be followed (Global Privacy Control)"
		}
		return "the browser named none"
	case "certificateURL", "certificateID":
		return c.noCertificate()
	case "chainSeq", "hash", "previousHash":
		return c.noLink()
	}
	if slices.Contains(agentsOnly, field) && c.Record.Channel == consent.ConsumerWeb {
		return "no agent and no link took part: the person filled in the form alone"
	}
	return "not written down when the request was made"
}

// reasonOnCall is why a field is empty that only a person's own browser, or only a call, fills in.
func (c Case) reasonOnCall(field string) string {
	switch field {
	case "requestCopy", "requestCopyKept", "pageURL", "landingURL", "referrer", "viewport":
		return "no page was shown to the person: the lines of the script were read aloud on a call"
	case "clientIP", "userAgent", "proxyChain":
		return "the person used no browser, and that of the agent is not theirs"
	case "certificateState", "certificateURL", "certificateID", "certificateMadeAt", "certificateExpires":
		return "no certificate is made of a call"
	case "linkSentTo", "linkOpenedAt", "linkRoute":
		return "no link took part: the person spoke on a call"
	case "notACondition", "autodialerWords":
		return "what was said about marketing stands in the script under texts/"
	case "agent", "callId":
		return c.erasedOr("nobody completed the record")
	case "linesChecked":
		return "the person agreed to none"
	}
	return ""
}

// reasonOfLink is why a field is empty that follows from the link on which the person came.
func (c Case) reasonOfLink(field string) string {
	switch field {
	case "landingURL", "referrer":
		return "the person came by the link of a hand-off, which has no page before it"
	case "scriptVersion", "linesChecked":
		return "no line of the script was read aloud and agreed to before"
	case "agent":
		return c.erasedOr("nobody is named as who made the link")
	case "callId":
		return c.erasedOr("no recording of a call was named")
	case "linkSentTo":
		if c.Record.HandOff.Route != lead.RouteSent {
			return "the link was not sent to a number: the agent read its code aloud, or passed it on"
		}
		return c.erasedOr("not written down when the link was sent")
	case "linkOpenedAt":
		return "its opening was not noted before the answer"
	}
	return ""
}

// erasedOr says that the evidence is erased, or otherwise.
func (c Case) erasedOr(otherwise string) string {
	if c.EvidenceErased.IsZero() {
		return otherwise
	}
	return fmt.Sprintf("erased on %s: the time for which evidence is kept was over", c.EvidenceErased.UTC().Format(time.DateOnly))
}

// noAddress is why the address of the person's browser is not stored: one that may be a proxy's is not.
func (c Case) noAddress() string {
	if c.Record.ProxyChain.Given() {
		return "the site's own proxy did not tell it in a form that can be read; proxyChain is what it wrote"
	}
	return "the site's own proxy did not tell it"
}

func (c Case) answersErased() string {
	return fmt.Sprintf("erased on %s with the answers", c.Lead.ErasedAt.UTC().Format(time.DateOnly))
}

func (c Case) noPage() string {
	switch {
	case c.Record.PageID == "":
		return "no page was kept when this request was made"
	case c.Page.ID == "":
		return c.erasedOr("the page is not in the database")
	}
	return c.answersErased() + ": in page.html a marker with a salted hash stands for each part of them"
}

func (c Case) noZone() string {
	switch {
	case !c.EvidenceErased.IsZero():
		return c.erasedOr("")
	case c.Record.Zone.Given():
		return "this machine has no clock for the zone"
	}
	return "it follows from the ZIP code, which is missing or unknown"
}

func (c Case) noCertificate() string {
	switch c.Record.Certificate.State {
	case "off":
		return "no certificate was asked for"
	case "none":
		return "a certificate was asked for, and the form brought none"
	case "refused":
		return "what the form brought was not the vendor's, and was not kept"
	}
	return c.erasedOr("not written down when the request was made")
}

func (c Case) noLink() string {
	if c.Link.Seq == 1 {
		return "the first link of the chain follows none"
	}
	if c.Lead.AwaitsConsent() {
		return "the record is not complete yet: it gets its link when it is, or when the lead is closed"
	}
	return "the record is not in the chain yet: it is linked in the background, and a packet made later has it"
}

func (c Case) notAsked(p consent.Purpose) string {
	if c.Record.Channel == consent.RecordedCall {
		return "not read aloud"
	}
	if p == consent.Recording {
		return "not shown: the visit was not recorded"
	}
	return "not asked"
}

// optOutsInPart is why some opt-outs may not be found any more; empty when all can be.
func (c Case) optOutsInPart() string {
	switch {
	case !c.EvidenceErased.IsZero():
		return "the person's number and address are erased: an opt-out of theirs cannot be found any more"
	case !c.Lead.ErasedAt.IsZero():
		return "the person's other numbers and address were " + c.answersErased() + ": an opt-out by one of them alone cannot be found any more"
	}
	return ""
}
