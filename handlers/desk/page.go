package desk

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/staff"
	"intake/validation"
	views "intake/views/desk"
)

const leadInput = "lead" // whose form is to be shown, while it waits for its consent

// ShowDesk shows an empty form, the draft whose token is in the query, or that of the lead in the query.
func (h *Handlers) ShowDesk(c echo.Context) error {
	p, err := person(c)
	if err != nil {
		return err
	}
	query, err := web.ReadQuery(c.Request(), web.Keys{Once: []string{draftInput, leadInput, prefillInput}})
	if err != nil {
		return err
	}
	if token := query.Get(draftInput); token != "" {
		return h.showDraft(c, p, token)
	}
	if id := query.Get(leadInput); id != "" {
		return h.openDraftOf(c, p, lead.PartnerID(id))
	}
	f := form{person: p, handle: lead.NewHandle(), boxes: lead.Boxes{}}
	page := h.page(c, f, nil)
	page.Offer = h.offer(c, p)
	page.Prefill = views.Prefill(query.Get(prefillInput))
	return h.Render(c, cmp.Or(prefillStatus[page.Prefill], http.StatusOK), views.DeskPage(page))
}

// openDraftOf leads to the draft of a lead that the agent has typed and that waits for its consent.
func (h *Handlers) openDraftOf(c echo.Context, p staff.Person, id lead.PartnerID) error {
	drafts, err := h.cfg.Drafts.DraftsOfAgent(c.Request().Context(), p.Key)
	if err != nil {
		return web.NewProblem(http.StatusServiceUnavailable, err)
	}
	i := slices.IndexFunc(drafts, func(d lead.Draft) bool { return d.Sent.ID == id })
	if i < 0 {
		return lead.ErrNotFound
	}
	return c.Redirect(http.StatusSeeOther, "/desk?draft="+h.token(drafts[i].Handle.Reveal(), p.Key))
}

// showDraft shows a form that was not sent, or whose lead waits for its consent. A draft that has become a lead leads
// to the lead's page.
func (h *Handlers) showDraft(c echo.Context, p staff.Person, token string) error {
	f, d, err := h.findDraft(c, p, token)
	if err != nil {
		return err
	}
	page := h.page(c, f, nil)
	page.HasDraft, page.SavedAt = true, savedAt(d)
	if d.Sent.ID != "" {
		sent, err := h.cfg.Leads.Find(c.Request().Context(), d.Sent.ID)
		if err != nil && !errors.Is(err, lead.ErrNotFound) {
			return web.NewProblem(http.StatusServiceUnavailable, err)
		}
		if !sent.AwaitsConsent() {
			return c.Redirect(http.StatusSeeOther, resultPath(d.Sent.ID))
		}
		applicant, _ := h.parse(f)
		page.Outcome = &views.Outcome{Kind: views.Awaiting, ID: d.Sent.ID, Missing: missing(h.record(f, applicant)), NoRoute: !h.cfg.RecordedCall}
	}
	return h.Render(c, http.StatusOK, views.DeskPage(page))
}

// findDraft is the agent's draft of the token; lead.ErrNotFound for everybody else's.
func (h *Handlers) findDraft(c echo.Context, p staff.Person, token string) (form, lead.Draft, error) {
	handle, err := h.handleIn(token, p.Key)
	if err != nil {
		return form{}, lead.Draft{}, err
	}
	d, err := h.cfg.Drafts.FindDraft(c.Request().Context(), handle)
	switch {
	case errors.Is(err, lead.ErrNotFound), err == nil && d.Agent != p.Key:
		return form{}, lead.Draft{}, lead.ErrNotFound
	case err != nil:
		return form{}, lead.Draft{}, web.NewProblem(http.StatusServiceUnavailable, err)
	}
	f := form{person: p, handle: handle, boxes: d.Form().Boxes, recorded: h.cfg.RecordedCall, lead: d.Sent.ID, source: sourceOf(d)}
	return f, d, nil
}

// sourceOf is where the dialer says that the caller comes from.
func sourceOf(d lead.Draft) string {
	if !d.Origin.Given() {
		return ""
	}
	return d.Origin.Reveal().UTMSource
}

// offer is the newest form that the agent has not sent. A desk without it is better than none.
func (h *Handlers) offer(c echo.Context, p staff.Person) views.Offer {
	drafts, err := h.cfg.Drafts.DraftsOfAgent(c.Request().Context(), p.Key)
	if err != nil {
		h.LogFailure(c.Request(), "drafts not found", err)
	}
	for _, d := range drafts {
		if d.Sent.ID == "" && len(d.Form().Boxes) > 0 {
			return views.Offer{Token: h.token(d.Handle.Reveal(), p.Key), At: savedAt(d)}
		}
	}
	return views.Offer{}
}

// savedAt is when a draft was saved last, from when it expires.
func savedAt(d lead.Draft) time.Time { return d.ExpiresAt.Add(-lead.DraftKept) }

// page is the page with what was typed and these errors.
func (h *Handlers) page(c echo.Context, f form, errs validation.Errors) *views.Page {
	applicant, found := h.parse(f)
	notes := h.notes(f, applicant, found)
	if f.ssn != "" {
		notes[ssnBox] = views.Note{Text: "Type it again: a page never holds it", Warning: true}
	}
	return &views.Page{
		StaffPage: h.StaffPage(c.Request()),
		Token:     h.token(f.handle, f.person.Key),
		Form:      f.typed(), Errors: errs, Notes: notes,
		Place: placeOf(f), Call: h.call(f, applicant), Clock: h.clockOf(applicant),
		Matches: h.matches(c, f, applicant),
		Source:  f.source,
		AskSSN:  h.cfg.SSN, HelpOff: h.helpIsOff(c.Request()),
	}
}

// notes are what there is to say about the answers that are valid.
func (h *Handlers) notes(f form, a lead.Applicant, errs validation.Errors) map[string]views.Note {
	notes := map[string]views.Note{}
	rules := h.rules()
	for _, field := range validation.Asked(h.surfaces()) {
		if said := validation.ReadBack(field.Name, a, rules.Today); said != "" && said != strings.TrimSpace(f.boxes[field.Name]) {
			notes[field.Name] = views.Note{Text: said}
		}
	}
	for _, w := range validation.Warnings(a, rules) {
		notes[w.Field] = views.Note{Text: w.Message.EN, Warning: true}
	}
	if _, wrong := errs.For("email"); wrong {
		if meant := validation.CompleteEmail(f.boxes["email"]); meant != "" {
			notes["email"] = views.Note{Text: "Did you mean " + meant + "?", Warning: true}
		}
	}
	return notes
}

// placeOf is the place that was filled in, if any was.
func placeOf(f form) views.Place {
	city, state, known := validation.PlaceOf(f.boxes[filledForInput])
	if !known {
		return views.Place{}
	}
	return views.Place{ZIP: zipDigits(f.boxes[filledForInput]), City: city, State: state}
}

// call is the part of the page that is about the caller's consent.
func (h *Handlers) call(f form, a lead.Applicant) views.Call {
	state := a.State.Reveal()
	c := views.Call{
		Offered: h.cfg.RecordedCall, Language: f.language(), ID: f.boxes[callInput], State: state,
		Lines: h.lines("en", state), Spanish: h.lines("es", state),
		Given: map[consent.Purpose]string{},
	}
	stale := h.staleLines(f, state)
	for _, p := range purposes {
		said := f.boxes[views.LineInput(p)]
		switch {
		case said != "" && slices.Contains(stale, p):
			c.Again = append(c.Again, p)
		default:
			c.Given[p] = said
		}
	}
	return c
}

// lines are those of the script for callers of a state.
func (h *Handlers) lines(language, state string) []consent.Spoken {
	return h.cfg.Texts.Script(language, state, consent.Names{Seller: h.Site.Seller, Contact: h.Site.Phone})
}

func (h *Handlers) clockOf(a lead.Applicant) views.Clock {
	local, state, quiet, known := validation.LocalTime(a.ZipCode.Reveal(), h.Clock.Now())
	if !known {
		return views.Clock{}
	}
	return views.Clock{Local: local.Format("3:04 PM MST"), State: validation.StateName(state), Quiet: quiet}
}

// likeSince is how old a lead may be that is shown as one of the same person.
const likeSince = 30 * 24 * time.Hour

// matches are the earlier leads of the same phone or email, but for the form's own. They never block, also when they
// cannot be found.
func (h *Handlers) matches(c echo.Context, f form, a lead.Applicant) views.Matches {
	var phones []string
	for _, phone := range []lead.Private[string]{a.HomePhone, a.CellPhone, a.WorkPhone} {
		if phone.Given() {
			phones = append(phones, phone.Reveal())
		}
	}
	if len(phones) == 0 && !a.Email.Given() {
		return views.Matches{}
	}
	now := h.Clock.Now()
	found, err := h.cfg.Leads.LeadsLike(c.Request().Context(), phones, a.Email.Reveal(), now.Add(-likeSince))
	if err != nil {
		h.LogFailure(c.Request(), "earlier leads not found", err)
		return views.Matches{Failed: true}
	}
	var matches views.Matches
	for _, l := range found {
		if l.ID != f.lead {
			matches.All = append(matches.All, match(l, f.person, now))
		}
	}
	return matches
}

func match(l lead.Summary, p staff.Person, now time.Time) views.Match {
	m := views.Match{Same: sameWords(l), Ago: ago(now.Sub(l.ReceivedAt)), Agent: l.Agent.Name, Result: l.ResultCode}
	if p.Has(staff.Supervisor) || l.Agent.Key == p.Key {
		m.Path = leadPath(l.ID)
	}
	return m
}

func sameWords(l lead.Summary) string {
	switch {
	case l.SamePhone && l.SameEmail:
		return "phone and email"
	case l.SameEmail:
		return "email"
	}
	return "phone"
}

// ago is a length of time in the largest unit that fits.
func ago(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		switch n := int(d / unit.length); {
		case n == 1:
			return fmt.Sprintf("1 %s ago", unit.name)
		case n > 1:
			return fmt.Sprintf("%d %ss ago", n, unit.name)
		}
	}
	return "just now"
}

func leadPath(id lead.PartnerID) string { return "/desk/leads/" + string(id) }

func resultPath(id lead.PartnerID) string { return leadPath(id) + "/result" }
