package leads

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/frame"
	views "intake/views/leads"
)

// ShowLead shows everything about one lead. That somebody looked is written down with the reading.
func (h *Handlers) ShowLead(c echo.Context) error {
	p, l, err := h.open(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	full, err := h.cfg.Leads.Open(ctx, l.ID, h.readerOf(c.Request(), p))
	if err != nil {
		return err
	}
	result, dispositions, err := h.outcome(ctx, full.Lead)
	if err != nil {
		return err
	}
	dispositions.Caller = h.otherZone(validation.ZoneOf(full.Lead.Applicant.ZipCode.Reveal()))
	return h.Render(c, http.StatusOK, views.LeadPage(views.Page{
		StaffPage: h.StaffPage(c.Request()), Result: result, Dispositions: dispositions,
		Answers: masked(&full.Lead.Applicant), Timeline: timeline(full, dispositions.Given), Consent: consentOf(full.Consent),
		Retention: retention(full, result.Clock),
	}))
}

// timeline is what happened to a lead and who did something about it, oldest first.
func timeline(full Case, given []lead.Disposition) []views.Moment {
	var moments []views.Moment
	for _, e := range full.History {
		moments = append(moments, views.Moment{At: e.At, What: views.EventName(e.Event), Who: e.By.Name, Detail: detail(e)})
	}
	for _, a := range full.Acts {
		moments = append(moments, views.Moment{At: a.At, What: actName(a.Action), Who: a.Who, Detail: a.Reason})
	}
	for _, d := range given {
		moments = append(moments, views.Moment{At: d.At, What: "Call ended: " + views.KindName(d.Kind), Who: d.By.Name})
	}
	slices.SortStableFunc(moments, func(a, b views.Moment) int { return a.At.Compare(b.At) })
	return moments
}

// acts are the actions in the audit log that need other words.
var acts = map[string]string{"view lead": "Page opened", "look now": "Status asked for"}

func actName(action string) string {
	if words, known := acts[action]; known {
		return words
	}
	return strings.ToUpper(action[:1]) + action[1:]
}

// detail is what an event brought, in codes and ids.
func detail(e Event) string {
	var parts []string
	add := func(given bool, format string, args ...any) {
		if given {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(e.Attempt > 0, "attempt %d", e.Attempt)
	add(e.ResultCode != 0, "code %d", e.ResultCode)
	add(e.Bid != "", "bid %s", e.Bid)
	add(e.SubmitStatus != 0, "status %d", e.SubmitStatus)
	add(e.CRM != "", "%s", e.CRM)
	add(e.AlleviateID != "", "id %s", e.AlleviateID)
	add(e.Reason != "", "%s", e.Reason)
	add(e.Late, "too late to change anything")
	return strings.Join(parts, ", ")
}

// purposes are the consents in the order in which they are shown, and whether a lead needs them.
var purposes = []struct {
	purpose consent.Purpose
	name    string
	needed  bool
}{
	{consent.Credit, "Credit check", true}, {consent.Terms, "Terms and privacy", true},
	{consent.Marketing, "Marketing calls and texts", false}, {consent.Recording, "Recording notice", false},
}

// channels are how consent was given, in words.
var channels = map[string]string{consent.ConsumerWeb: "on our own page", consent.RecordedCall: "oral, on a recorded call", consent.ConsumerLink: "on their own phone"}

// consentOf is the state of a consent record, with its gaps.
func consentOf(r consent.Record) views.Consent {
	state := views.Consent{Channel: cmp.Or(channels[r.Channel], r.Channel), At: r.At, Language: map[string]string{"en": "English", "es": "Spanish"}[r.Language], Complete: true}
	for _, p := range purposes {
		given, asked := actsOf(r, p.purpose)
		answer := "not asked"
		switch {
		case len(asked) > 0 && given:
			answer = "given"
		case len(asked) > 0:
			answer = "refused"
		}
		state.Acts = append(state.Acts, views.Act{Purpose: p.name, Answer: answer, Text: texts(asked)})
		if needed := p.needed || p.purpose == consent.Recording && r.Channel == consent.RecordedCall; needed && !given {
			state.Complete = false
			state.Gaps = append(state.Gaps, p.name+": "+answer)
		}
	}
	state.Gaps = append(state.Gaps, otherGaps(r)...)
	return state
}

// actsOf are the acts of a purpose, and whether all of them were given.
func actsOf(r consent.Record, p consent.Purpose) (given bool, asked []consent.Act) {
	given = true
	for _, act := range r.Acts {
		if act.Purpose == p {
			asked, given = append(asked, act), given && act.Given
		}
	}
	return given && len(asked) > 0, asked
}

// texts names the texts that were shown or read, with their versions.
func texts(asked []consent.Act) string {
	var names []string
	for _, act := range asked {
		names = append(names, fmt.Sprintf("%s, version %s, %s", act.TextID, act.Version, act.Shown))
	}
	return strings.Join(names, "; ")
}

// otherGaps are what a record lacks beside consents.
func otherGaps(r consent.Record) []string {
	var gaps []string
	if r.Channel != consent.RecordedCall && r.PageID == "" {
		gaps = append(gaps, "No page was kept")
	}
	switch r.Certificate.State {
	case "none":
		gaps = append(gaps, "The visit brought no certificate")
	case "refused":
		gaps = append(gaps, "What came as a certificate was not one")
	}
	if !r.PersonName.Given() {
		gaps = append(gaps, "Name and phone in the text: erased, or not recorded")
	}
	return gaps
}

// retention is how long each class is kept, a sentence each.
func retention(full Case, now frame.Clock) []string {
	var list []string
	add := func(what string, at time.Time, gone string) {
		if at.IsZero() {
			list = append(list, gone)
			return
		}
		list = append(list, fmt.Sprintf("%s %s, on %s", what, now.Until(at), now.Time(at)))
	}
	add("Social Security number erased", full.Due.SSN, "No Social Security number is stored")
	add("Answers erased", full.Due.Answers, "The answers are erased")
	add("Consent record erased", full.Due.Evidence, "The consent record's personal data is erased")
	if full.Lead.FinalAt.IsZero() {
		list = append(list, "There is no final result yet: once there is one, these times count from it")
	}
	return list
}

// masked are the answers that were given, each so that a caller can be asked whether it is theirs.
func masked(a *lead.Applicant) []views.Answer {
	byName := map[string]string{}
	for _, answer := range a.Answers() {
		if text, given := answer.Text(); given {
			byName[answer.Name] = mask(answer.Name, text)
		}
	}
	var list []views.Answer
	for _, f := range validation.Fields() {
		if text, given := byName[f.Name]; given {
			list = append(list, views.Answer{Label: f.Label.EN, Masked: text})
		}
	}
	return list
}

const hidden = "•••"

func mask(name, text string) string {
	switch name {
	case "homePhone", "cellPhone", "workPhone", "socialSecurityNumber":
		return "ends " + text[max(0, len(text)-4):]
	case "email":
		user, domain, _ := strings.Cut(text, "@")
		return first(user) + hidden + "@" + domain
	case "dateOfBirth":
		year, _, _ := strings.Cut(text, "-")
		return "in " + year
	case "firstName", "lastName":
		return first(text) + hidden
	case "city", "state":
		return text
	case "zipCode":
		return text[:min(3, len(text))] + "••"
	}
	return "given"
}

func first(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}
