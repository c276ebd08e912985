package leads

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/coach"
	"intake/internal/lead"
	"intake/internal/staff"
	"intake/validation"
	views "intake/views/leads"
	"intake/views/status"
)

// lateHandOver is the age from which a lead may be too old to be handed over.
const lateHandOver = 24 * time.Hour

// ShowResult shows what to say and do about a lead now: the panel for htmx, and a page with it for others.
func (h *Handlers) ShowResult(c echo.Context) error {
	query, err := web.ReadQuery(c.Request(), web.Keys{Once: []string{"fresh", "reloaded"}})
	if err != nil {
		return err
	}
	_, l, err := h.open(c)
	if err != nil {
		return err
	}
	result, dispositions, err := h.outcome(c.Request().Context(), l)
	if err != nil {
		return err
	}
	result.Fresh = query.Get("fresh") == "1"
	if web.IsFragment(c.Request()) {
		return h.Render(c, http.StatusOK, views.ResultPanel(result))
	}
	return h.showResultPage(c, http.StatusOK, result, dispositions)
}

// showResultPage shows the panel and the dispositions. A page that answers a form does not load itself again: what was
// typed into it would be lost.
func (h *Handlers) showResultPage(c echo.Context, code int, result views.Result, dispositions views.Dispositions) error {
	page := views.Page{StaffPage: h.StaffPage(c.Request()), Result: result, Dispositions: dispositions}
	if code == http.StatusOK {
		page.Refresh = refreshAfter(result)
	}
	return h.Render(c, code, views.ResultPage(page))
}

// Outcome is the result panel and the dispositions of a lead that its agent has just sent, as a part of another page.
func (h *Handlers) Outcome(ctx context.Context, p staff.Person, id lead.PartnerID, zip string) (templ.Component, error) {
	l, err := h.cfg.Leads.Facts(ctx, id)
	if err == nil && !mayOpen(p, l.Agent) {
		err = lead.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	result, dispositions, err := h.outcome(ctx, l)
	result.Fresh = true
	dispositions.Caller = h.otherZone(validation.ZoneOf(zip))
	return views.Outcome(result, dispositions), err
}

// outcome is the panel and the dispositions of a lead.
func (h *Handlers) outcome(ctx context.Context, l lead.Lead) (views.Result, views.Dispositions, error) {
	given, err := h.cfg.Calls.Dispositions(ctx, l.ID)
	if err != nil {
		return views.Result{}, views.Dispositions{}, err
	}
	now := h.StaffClock()
	optedOut := slices.ContainsFunc(given, func(d lead.Disposition) bool { return d.Kind == lead.DoNotCall })
	advice := h.cfg.Coach.Advise(coach.Case{Lead: l, OptedOut: optedOut, Now: now.Now})
	page := status.Text(string(advice.Consumer), l.Permission.Marketing)
	page.EN, page.ES = strings.ReplaceAll(page.EN, "{phone}", h.Site.Phone), strings.ReplaceAll(page.ES, "{phone}", h.Site.Phone)
	result := views.Result{
		Clock: now, Lead: l, Advice: advice, Page: page, Warnings: warnings(l, now.Now), MayLook: l.MayLook() && l.LeaseUntil.IsZero(),
	}
	if result.HandOff, err = h.handOff(ctx, l); err != nil {
		return views.Result{}, views.Dispositions{}, err
	}
	suggested := advice.Disposition
	if len(given) > 0 {
		suggested = 0 // the agent has decided
	}
	if len(given) > 0 {
		result.Ended = given[len(given)-1].Kind
	}
	return result, views.Dispositions{Clock: now, Lead: l.ID, Given: given, Suggested: suggested, Erased: !l.ErasedAt.IsZero()}, nil
}

// otherZone is a caller's zone, if the time there is not ours; else empty. It may come from a form.
func (h *Handlers) otherZone(name string) string {
	zone, err := time.LoadLocation(name)
	if name == "" || err != nil {
		return ""
	}
	now := h.StaffClock().Now
	_, theirs := now.In(zone).Zone()
	if _, ours := now.In(h.Zone).Zone(); theirs == ours {
		return ""
	}
	return name
}

// warnings are what an agent should know beside the result.
func warnings(l lead.Lead, now time.Time) []string {
	var list []string
	if !l.Permission.Marketing && l.Status != lead.Suspect && l.Hold != lead.AwaitingConsent {
		list = append(list, "The caller has not said yes to marketing calls and texts: do not promise a call they did not ask for.")
	}
	if l.Qualified() && l.SubmitStatus == 0 && l.Status != lead.Closed && now.Sub(l.ReceivedAt) >= lateHandOver {
		list = append(list, "Older than 24 hours and not handed over: it may be too late for that.")
	}
	return list
}

// refreshAfter is how many seconds a page without JavaScript waits before it looks again; 0: it has nothing to wait for.
func refreshAfter(r views.Result) int {
	switch {
	case r.Settled():
		return 0
	case r.Now.Sub(r.Lead.ReceivedAt) < time.Minute:
		return 5
	}
	return 30
}

// What a page says after the status was asked for.
const (
	askedNow   = "Alleviate is asked now. The answer appears here as soon as the rate limit allows."
	callRuns   = "A call about this lead is running just now. Its answer appears here."
	nothingNew = "There is nothing to ask Alleviate about this lead now."
	pressAgain = "Not done: this page was opened before you signed in again. Press the button once more."
)

// ReceiveRefresh has the status of a lead read at once.
func (h *Handlers) ReceiveRefresh(c echo.Context) error {
	if _, err := web.ReadStaffForm(c.Request(), web.Keys{}); err != nil {
		return err
	}
	p, l, err := h.open(c)
	if err != nil {
		return err
	}
	ctx, notice, code := c.Request().Context(), askedNow, http.StatusOK
	switch err := h.cfg.Leads.LookNow(ctx, l.ID, lead.Agent{Key: p.Key, Name: p.Who()}); {
	case errors.Is(err, lead.ErrCalling):
		notice = callRuns
	case errors.Is(err, lead.ErrNoLook):
		notice, code = nothingNew, http.StatusUnprocessableEntity
	case err != nil:
		return err
	}
	if code == http.StatusOK && !web.IsFragment(c.Request()) {
		return c.Redirect(http.StatusSeeOther, resultPath(l.ID))
	}
	if l, err = h.cfg.Leads.Facts(ctx, l.ID); err != nil {
		return err
	}
	return h.showNotice(c, code, l, notice)
}

// ShowRefreshAgain answers the button of a page that was opened in an earlier session. Nobody is asked.
func (h *Handlers) ShowRefreshAgain(c echo.Context) error {
	_, l, err := h.open(c)
	if err != nil {
		return err
	}
	return h.showNotice(c, http.StatusForbidden, l, pressAgain)
}

// showNotice shows the panel with what came of pressing its button.
func (h *Handlers) showNotice(c echo.Context, code int, l lead.Lead, notice string) error {
	result, dispositions, err := h.outcome(c.Request().Context(), l)
	if err != nil {
		return err
	}
	result.Notice = notice
	if web.IsFragment(c.Request()) {
		return h.Render(c, code, views.ResultPanel(result))
	}
	return h.showResultPage(c, code, result, dispositions)
}

func resultPath(id lead.PartnerID) string { return "/desk/leads/" + string(id) + "/result" }

// typedTime is the form of a moment as browsers send it.
const typedTime = "2006-01-02T15:04"

// ReceiveDisposition stores how a call ended.
func (h *Handlers) ReceiveDisposition(c echo.Context) error {
	typed, err := readDispositionForm(c.Request())
	if err != nil {
		return err
	}
	p, l, err := h.open(c)
	if err != nil {
		return err
	}
	d, problems := h.readDisposition(typed.Value)
	d.Lead, d.By = l.ID, web.AgentOf(p)
	if len(problems) == 0 {
		if err := d.Check(); err != nil {
			problems = append(problems, problemOf(err))
		}
	}
	if len(problems) > 0 {
		return h.showDispositionsAgain(c, http.StatusUnprocessableEntity, l, typed, problems)
	}
	err = h.cfg.Calls.Dispose(c.Request().Context(), d)
	if errors.Is(err, lead.ErrErased) {
		return h.showDispositionsAgain(c, http.StatusUnprocessableEntity, l, validation.Form{}, nil)
	}
	if err != nil {
		return err
	}
	return h.showSaved(c, l, d, typed.Value("callerZone"))
}

// ShowDispositionAgain shows what was typed into a form of an earlier session. Nothing is stored.
func (h *Handlers) ShowDispositionAgain(c echo.Context) error {
	typed, err := readDispositionForm(c.Request())
	if err != nil {
		return err
	}
	_, l, err := h.open(c)
	if err != nil {
		return err
	}
	return h.showDispositionsAgain(c, http.StatusForbidden, l, typed, validation.Errors{problem("disposition", pressAgain)})
}

// readDispositionForm reads what was typed. A Social Security number in the note is left out: notes are shown.
func readDispositionForm(r *http.Request) (validation.Form, error) {
	form, err := web.ReadStaffForm(r, web.Keys{Once: []string{"disposition", "note", "callBackAt", "callerZone"}})
	return validation.NewForm(map[string]string{
		"disposition": form.Get("disposition"), "note": web.WithoutSSN(form.Get("note")), "callBackAt": form.Get("callBackAt"), "callerZone": form.Get("callerZone"),
	}), err
}

// readDisposition reads the form. A time counts only for a call back.
func (h *Handlers) readDisposition(value func(string) string) (lead.Disposition, validation.Errors) {
	d := lead.Disposition{At: h.Clock.Now(), Kind: kindOf(value("disposition"))}
	if d.Kind == 0 {
		return d, validation.Errors{problem("disposition", "Choose how the call ended")}
	}
	if note := strings.TrimSpace(value("note")); note != "" {
		d.Note = lead.Keep(note)
	}
	if d.Kind != lead.CallBack {
		return d, nil
	}
	at, err := time.ParseInLocation(typedTime, value("callBackAt"), h.Zone)
	if err != nil {
		return d, validation.Errors{problem("callBackAt", "Enter the date and time of the call back")}
	}
	d.CallBackAt = at.UTC()
	return d, nil
}

// kindOf is the disposition of a key, or 0.
func kindOf(key string) lead.DispositionKind {
	if len(key) != 1 || key[0] < '1' || key[0] > '9' {
		return 0
	}
	return lead.DispositionKind(key[0] - '0')
}

func problem(field, words string) validation.Problem {
	return validation.Problem{Field: field, Input: field, Message: validation.Text{EN: words, ES: words}}
}

func problemOf(err error) validation.Problem {
	switch {
	case errors.Is(err, lead.ErrNoCallBackTime):
		return problem("callBackAt", "Enter a time that is still to come")
	case errors.Is(err, lead.ErrNoNote):
		return problem("note", "Say in the note how it ended")
	case errors.Is(err, lead.ErrLongNote):
		return problem("note", "The note must have 1,000 characters or fewer")
	}
	return problem("disposition", "Choose how the call ended")
}

func (h *Handlers) showDispositionsAgain(c echo.Context, code int, l lead.Lead, typed validation.Form, problems validation.Errors) error {
	result, dispositions, err := h.outcome(c.Request().Context(), l)
	if err != nil {
		return err
	}
	dispositions.Form, dispositions.Errors, dispositions.Caller = typed, problems, h.otherZone(typed.Value("callerZone"))
	dispositions.Erased = dispositions.Erased || len(problems) == 0
	if web.IsFragment(c.Request()) {
		return h.Render(c, code, views.DispositionForm(dispositions))
	}
	return h.showResultPage(c, code, result, dispositions)
}

// showSaved answers that a disposition is stored. The event has the panel fetched again: of a lead at rest no change is told.
func (h *Handlers) showSaved(c echo.Context, l lead.Lead, d lead.Disposition, zone string) error {
	if !web.IsFragment(c.Request()) {
		return c.Redirect(http.StatusSeeOther, resultPath(l.ID))
	}
	_, dispositions, err := h.outcome(c.Request().Context(), l)
	if err != nil {
		return err
	}
	dispositions.Caller = h.otherZone(zone)
	dispositions.Notice = "Saved: " + views.KindName(d.Kind) + "."
	if d.Kind == lead.DoNotCall {
		dispositions.Notice = "Do not call is in effect now, for every phone number and the email address of this lead. It cannot be undone here."
	}
	c.Response().Header().Set("HX-Trigger", "disposed")
	return h.Render(c, http.StatusOK, views.DispositionForm(dispositions))
}
