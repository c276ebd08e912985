package leads

import (
	"fmt"
	"math"
	"strings"

	"intake/internal/coach"
	"intake/internal/lead"
	"intake/validation"
)

// Kinds are the dispositions in the order of their keys.
var Kinds = []lead.DispositionKind{
	lead.Transferred, lead.CallBack, lead.NotInterested, lead.NotQualified, lead.WrongNumber, lead.NoContact, lead.OtherLanguage, lead.DoNotCall, lead.OtherOutcome,
}

var kindNames = map[lead.DispositionKind]string{
	lead.Transferred: "Transferred", lead.CallBack: "Call back", lead.NotInterested: "Not interested", lead.NotQualified: "Not qualified",
	lead.WrongNumber: "Wrong number", lead.NoContact: "No contact", lead.OtherLanguage: "Other language", lead.DoNotCall: "Do not call", lead.OtherOutcome: "Other",
}

var kindHints = map[lead.DispositionKind]string{lead.CallBack: "needs a time", lead.DoNotCall: "at once, for good", lead.OtherOutcome: "needs a note"}

// KindName is a disposition in words; empty for none.
func KindName(k lead.DispositionKind) string { return kindNames[k] }

// events are what happened, in words; an event that is not among them is shown as it is stored.
var events = map[lead.Event]string{
	"stored": "Received and stored", lead.SendBegun: "Sending to Alleviate", lead.ResendBegun: "Sending once more", lead.ResendStopped: "Not sent again",
	lead.SubmitBegun: "Handing over to the CRM", lead.LookBegun: "Asking for the status", lead.Answered: "Alleviate answered", lead.Postponed: "Postponed",
	lead.Stopped: "Postponed: the program stopped", lead.Rejected: "Alleviate refused the answers", lead.Ambiguous: "No answer that can be trusted",
	lead.LeaseExpired: "No answer in time", lead.WasSubmitted: "Handed over to the CRM", lead.WasRefused: "The handoff was refused",
	lead.UnknownStatus: "The handoff got an unknown status", lead.Looked: "Status read", lead.Unresolved: "Closed: no final result in a week",
	lead.ResultChanged: "Alleviate has a result after all", lead.GaveUp: "Gave up after many failures", lead.Unreadable: "The answers cannot be opened",
	lead.NoConsent: "Closed: the consent never came", lead.ConsentGiven: "The consent is complete", lead.Certificate: "The certificate arrived",
	lead.Restored: "In doubt since a backup was restored", lead.TimeIsOver: "Closed: the answers were kept as long as they may be",
	lead.SuspectFreed: "Released", lead.SuspectDiscarded: "Discarded", lead.FoundThere: "Found at Alleviate", lead.NotThere: "Alleviate does not have it",
	lead.SendAgain: "To be sent again", lead.GoOn: "Continues", lead.ClosedByHand: "Closed by a person", lead.RestoreLifted: "Nothing was sent since the backup",
	lead.LinkMade: "Link made", lead.LinkSent: "Link sent", lead.LinkFailed: "Link not sent", lead.LinkOpened: "Link opened", lead.LinkDeclined: "Declined on their own phone",
	"amended": "Answers corrected", "ssn erased": "Social Security number erased", "answers erased": "Answers erased", "evidence erased": "Consent record erased",
}

// EventName is what happened, in words.
func EventName(e lead.Event) string {
	if words, known := events[e]; known {
		return words
	}
	return string(e)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// share is a part of a whole in percent; a dash of nothing.
func share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return fmt.Sprintf("%d%%", int(math.Round(100*float64(part)/float64(whole))))
}

// number is a count; a dash for none, so that what is there stands out.
func number(n int) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

func code(n int) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

// bid is what Alleviate offers, as it was sent. Only staff see it.
func (r Result) bid() string {
	switch {
	case r.Lead.Bid != "" && !strings.EqualFold(r.Lead.Bid, "No Bid Available"):
		return r.Lead.Bid
	case r.Lead.Qualified():
		return "no bid"
	}
	return ""
}

// submit is the status of the hand-over.
func (r Result) submit() string {
	switch s := r.Lead.SubmitStatus; s {
	case 0:
		return ""
	case 208:
		return "208, done before"
	default:
		return fmt.Sprint(s)
	}
}

func leadPath(id lead.PartnerID) string { return "/desk/leads/" + string(id) }

// resultPath is where the panel is fetched again.
func (r Result) resultPath() string {
	if r.Fresh {
		return leadPath(r.Lead.ID) + "/result?fresh=1"
	}
	return leadPath(r.Lead.ID) + "/result"
}

func (r Result) triggers() string {
	return "load, sse:lead-" + string(r.Lead.ID) + ", sse:refresh, disposed from:body"
}

// callIsOver says whether there is nothing left to say to the caller. Who asked not to be called is still told so.
func (r Result) callIsOver() bool { return r.Ended != 0 && r.Ended != lead.DoNotCall }

// afterCall is what to do when a call is over.
func (r Result) afterCall() string {
	next := "The call is saved as " + KindName(r.Ended) + ". Press F2 for a new lead."
	if r.Lead.AwaitsConsent() {
		next += " This one is not sent; it closes by itself."
	}
	return next
}

// page is what the consumer's page says, in the language of the lead.
func (r Result) page() string { return r.Page.In(r.Lead.Language) }

func (d Dispositions) invalid(field string) (validation.Problem, bool) { return d.Errors.For(field) }

func (d Dispositions) value(box string) string { return d.Form.Value(box) }

func kindID(k lead.DispositionKind) string { return fmt.Sprint("disposition-", int(k)) }

// toneClass is the class of a state in words.
func toneClass(t coach.Tone) string { return "tone " + string(t) }

// state is whether the record is complete, in words.
func (c Consent) state() string {
	if c.Complete {
		return "Complete"
	}
	return "Not complete"
}

// typedBy is a sentence.
func (p Page) typedBy() string {
	if name := p.Result.Lead.Agent.Name; name != "" {
		return "Typed by " + name + "."
	}
	return "Filled in by the consumer."
}
