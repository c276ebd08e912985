package handlers

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
)

// receiveCheck makes the draft a lead and sends the visitor to its status page. The visitor waits for
// the disk, never for Alleviate. The draft is read once, and everything is written in one commit.
func (h *Handlers) receiveCheck(c echo.Context) error {
	posted, err := readForm(c.Request(), h.asksLast)
	if err != nil {
		return err
	}
	stays := context.WithoutCancel(c.Request().Context()) // who sent it may leave: it is stored all the same
	c.SetRequest(c.Request().WithContext(stays))
	d, err := h.findDraft(c)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return h.showLandingAgain(c)
	case err != nil:
		return newProblem(http.StatusServiceUnavailable, err)
	}
	if language, ok := pressed(posted); ok {
		return c.Redirect(http.StatusSeeOther, frame.LinkIn(language, stepPage(checkStep)))
	}
	ours := hmac.Equal([]byte(posted[requestInput]), []byte(h.requestToken(d)))
	switch {
	case !ours:
		return h.askAgain(c, d, apply.OtherForm)
	case d.Sent.Handle != "" && !d.Changed:
		return h.receiveAgain(c, d, posted)
	}
	page, ok := h.shownPage(posted[pageInput], languageOf(c.Request()), d)
	if !ok {
		return h.askAgain(c, d, apply.FormOutdated)
	}
	return h.finish(c, finished{draft: d, posted: posted, page: page})
}

func (h *Handlers) asksLast(input string) bool {
	switch input {
	case requestInput, pageInput, trapInput, viewportInput, languageInput,
		validation.ConsentCredit, validation.ConsentTerms, validation.ConsentMarketing:
		return true
	}
	return h.Recorder != nil && strings.HasPrefix(input, vendorInputs)
}

// receiveAgain leads whoever sends the same answers again to what became of them. One who agrees to
// something else than the first time has changed the request.
func (h *Handlers) receiveAgain(c echo.Context, d lead.Draft, posted map[string]string) error {
	form := validation.NewForm(posted)
	if missing := validation.ParseStep(form, h.rules(), validation.Consent); len(missing) == 0 {
		first, err := h.Leads.FindByHandle(c.Request().Context(), d.Sent.Handle)
		now := lead.Permission{CreditCheck: form.Ticked(validation.ConsentCredit), Marketing: form.Ticked(validation.ConsentMarketing)}
		if was := first.Permission; err == nil && (was.CreditCheck != now.CreditCheck || was.Marketing != now.Marketing) {
			return h.showChanged(c, d, d.Sent)
		}
		if err != nil && !errors.Is(err, lead.ErrNotFound) {
			return newProblem(http.StatusServiceUnavailable, err)
		}
	}
	return goTo(c, statusPath(d.Sent.Handle))
}

// askAgain shows the check page as it would be now.
func (h *Handlers) askAgain(c echo.Context, d lead.Draft, notice validation.Text) error {
	if first := typedIn(&d).firstOpen(h.rules()); first < checkStep {
		return goTo(c, stepPage(first))
	}
	return h.drawCheck(c, d, checkPage{status: http.StatusUnprocessableEntity, notice: notice})
}

// finished is a form that somebody sent from the page that was shown with it.
type finished struct {
	draft  lead.Draft
	posted map[string]string
	page   string          // the id of it
	form   validation.Form // the draft's answers with the ticks
}

func (h *Handlers) finish(c echo.Context, f finished) error {
	a := typedIn(&f.draft)
	for _, tick := range []string{validation.ConsentCredit, validation.ConsentTerms, validation.ConsentMarketing} {
		a[tick] = f.posted[tick]
	}
	a[ssnBox] = f.draft.SSN.Reveal()
	f.form = a.form()
	applicant, wrong := validation.Parse(f.form, h.rules())
	if len(wrong) > 0 {
		return h.showWrong(c, f, wrong)
	}
	record := h.evidence(c, f, applicant)
	reasons := h.likeAMachine(f.draft.ShownAt, f.posted[trapInput]+a[noteTrap])
	l, giveBack := h.judge(c, h.newLead(c, f, applicant, record), reasons)
	begun := h.Now()
	receipt, err := h.Leads.Save(c.Request().Context(), l, record)
	fresh := receipt.Handle == l.Handle.Reveal() // and not stored before, nor failed
	if !fresh {
		giveBack()
	}
	switch {
	case errors.Is(err, lead.ErrChanged):
		return h.showChanged(c, f.draft, receipt)
	case errors.Is(err, lead.ErrNoPage):
		return h.askAgain(c, f.draft, apply.FormOutdated)
	case err != nil:
		return h.showNotSaved(c, f.draft, err, begun)
	}
	if fresh {
		h.Meter.Stored(l.Status)
	}
	return goTo(c, statusPath(receipt.Handle))
}

// showWrong asks for the ticks that are missing. Answers that were right once and are not any more
// are asked for on their step.
func (h *Handlers) showWrong(c echo.Context, f finished, wrong validation.Errors) error {
	for _, problem := range wrong {
		if field, _ := validation.ByName(problem.Field); field.Kind != validation.Tick {
			return goTo(c, stepPage(min(field.Group.Step(), apply.StepIncome)))
		}
	}
	return h.drawCheck(c, f.draft, checkPage{status: http.StatusUnprocessableEntity, errors: wrong})
}

// showChanged tells that an earlier version is with us and that the change was not sent. From now on
// the draft has its next request, so that sending it is a new one.
func (h *Handlers) showChanged(c echo.Context, before lead.Draft, receipt lead.Receipt) error {
	begun := h.Now()
	d, err := h.Drafts.ChangeDraft(c.Request().Context(), before.Handle.Reveal(), func(d *lead.Draft) {
		if d.Request == before.Request { // or another tab was here before
			d.Request, d.Sent, d.Changed = before.Request+1, receipt, true
		}
	})
	if errors.Is(err, lead.ErrNotFound) {
		return h.showLandingAgain(c)
	}
	if err != nil {
		return h.showNotSaved(c, before, err, begun)
	}
	return h.drawCheck(c, d, checkPage{status: http.StatusConflict})
}

// patience is how long a visitor has waited for a write that failed and still waits for another one.
const patience = time.Second

// showNotSaved keeps the request: the lead may be stored all the same, and the same request makes
// pressing the button again safe. A page with the consents must be kept before it is sent, which is not tried
// where writing has just taken its time.
func (h *Handlers) showNotSaved(c echo.Context, d lead.Draft, cause error, begun time.Time) error {
	page := checkPage{status: http.StatusServiceUnavailable, notice: apply.RequestNotSaved}
	if h.Now().Sub(begun) > patience {
		return h.drawCheckWithoutConsents(c, h.check(c.Request(), d, page), fmt.Errorf("lead not saved: %w", cause))
	}
	h.Log.Error("lead not saved", "request", traceOf(c.Request().Context()).id, "cause", cause.Error())
	c.Response().Header().Set("Retry-After", "5")
	return h.drawCheck(c, d, page)
}

func (h *Handlers) newLead(c echo.Context, f finished, applicant lead.Applicant, record consent.Record) lead.Lead {
	l := lead.Lead{
		ID:            lead.NewPartnerID(),
		Handle:        lead.Keep(lead.NewHandle()),
		SubmissionKey: f.draft.SubmissionKey(),
		Language:      record.Language,
		Applicant:     applicant,
		Permission:    record.Permission(),
		Origin:        f.draft.Origin,
		Draft:         f.draft.Handle,
		Status:        lead.Received,
		Step:          lead.Send,
		NextAttemptAt: record.At,
		ReceivedAt:    record.At,
		ChangedAt:     record.At,
	}
	if record.GPC {
		l.Origin = unfollowed(l.Origin)
	}
	return l
}

// evidence is what the person was shown and did.
func (h *Handlers) evidence(c echo.Context, f finished, a lead.Applicant) consent.Record {
	r := c.Request()
	from := f.draft.Origin.Reveal()
	record := consent.Record{
		At:          h.Now().UTC().Truncate(time.Millisecond),
		Channel:     "consumer-web",
		Language:    languageOf(r),
		PageURL:     h.ourURL(r.URL.Path),
		PageID:      f.page,
		LandingURL:  h.ourURL(from.Landing),
		Viewport:    viewport(f.posted[viewportInput]),
		GPC:         wantsNoFollowing(r),
		Seller:      h.Site.Seller,
		FormVersion: h.Version,
		PersonName:  lead.Keep(a.FirstName.Reveal() + " " + a.LastName.Reveal()),
		Phone:       a.HomePhone,
		ClientIP:    h.clientIP(r),
		UserAgent:   lead.Keep(printable(r.UserAgent(), maxHeader)),
		ProxyChain:  h.proxyChain(r),
		Certificate: h.Recorder.certificate(f.posted[certificateInput]),
		Acts:        h.acts(languageOf(r), f.form),
	}
	if zone := validation.ZoneOf(a.ZipCode.Reveal()); zone != "" {
		record.Zone = lead.Keep(zone)
	}
	if !record.GPC {
		record.Referrer = from.Referrer
	}
	return record
}

// acts are the consents as the person gave them, and the notice of the recording when it was shown.
func (h *Handlers) acts(language string, form validation.Form) []consent.Act {
	acts := h.Texts.Acts(language)
	for i := range acts {
		acts[i].Given = form.Ticked(apply.ConsentInput(acts[i].Purpose))
	}
	if notice, ok := h.Texts.RecordingAct(language); ok && h.Recorder != nil {
		acts = append(acts, notice)
	}
	return acts
}

// ourURL is a path of ours with scheme and host; empty for no path.
func (h *Handlers) ourURL(path string) string {
	if path == "" {
		return ""
	}
	return h.PublicURL.Scheme + "://" + h.PublicURL.Host + path
}

// maxHeader bounds what is kept of a header of the visitor's, in bytes.
const maxHeader = 512

// viewport is a size such as "360x640", and nothing when it is none.
func viewport(said string) string {
	width, height, _ := strings.Cut(said, "x")
	for _, n := range []string{width, height} {
		if n == "" || len(n) > 5 || onlyDigits(n) != n {
			return ""
		}
	}
	return said
}

// printable cuts s to max bytes of visible ASCII: a User-Agent is evidence, not a place for
// control characters.
func printable(s string, max int) string {
	out := make([]byte, 0, min(len(s), max))
	for i := 0; i < len(s) && len(out) < max; i++ {
		if s[i] >= ' ' && s[i] <= '~' {
			out = append(out, s[i])
		}
	}
	return string(out)
}
