package leads

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/coach"
	"intake/internal/lead"
	"intake/internal/staff"
	"intake/validation"
	"intake/validation/stray"
	views "intake/views/leads"
)

// ShowRecent shows an agent's last leads: the list for htmx, and a page with it for others.
func (h *Handlers) ShowRecent(c echo.Context) error {
	p, err := reader(c.Request())
	if err != nil {
		return err
	}
	leads, err := h.cfg.Leads.LatestOfAgent(c.Request().Context(), p.Key, recentLeads)
	if err != nil {
		return err
	}
	recent := views.Recent{Clock: h.StaffClock(), Rows: h.rows(p, leads)}
	if web.IsFragment(c.Request()) {
		return h.Render(c, http.StatusOK, views.RecentList(recent))
	}
	return h.Render(c, http.StatusOK, views.RecentPage(h.StaffPage(c.Request()), recent))
}

// rows are leads as a person may see them: of another's lead only when, who and the result.
func (h *Handlers) rows(p staff.Person, leads []lead.Summary) (rows []views.Row) {
	for _, s := range leads {
		mine := mayOpen(p, s.Agent)
		advice := h.cfg.Coach.Advise(coach.Case{Lead: factsOf(s), OptedOut: mine && s.Disposition == lead.DoNotCall, Now: h.Clock.Now()})
		row := views.Row{At: s.ReceivedAt, Who: cmp.Or(s.Agent.Name, "the consumer"), State: advice.State, Tone: advice.Tone, Code: s.ResultCode, Same: same(s)}
		if mine {
			row.ID, row.Reference, row.Disposition = s.ID, s.ID.Reference().String(), s.Disposition
		}
		rows = append(rows, row)
	}
	return rows
}

// factsOf is what the result coach needs of a lead in a list.
func factsOf(s lead.Summary) lead.Lead {
	return lead.Lead{
		ID: s.ID, Status: s.Status, Hold: s.Hold, Reason: s.Reason, ResultCode: s.ResultCode, SubmitStatus: s.SubmitStatus, ReceivedAt: s.ReceivedAt,
	}
}

func same(s lead.Summary) string {
	var what []string
	if s.SamePhone {
		what = append(what, "phone")
	}
	if s.SameEmail {
		what = append(what, "email")
	}
	return strings.Join(what, ", ")
}

// Query is what leads are searched by: one of its fields is given.
type Query struct {
	Phone     lead.Private[string] // ten digits
	Email     lead.Private[string]
	Reference lead.Reference
}

// Kind is what is searched, in words that may be written down.
func (q Query) Kind() string {
	switch {
	case q.Phone.Given():
		return "phone"
	case q.Email.Given():
		return "email"
	}
	return "reference"
}

// unreadable is the answer to what is none of the three.
const unreadable = "Enter a phone number, an email address, or a reference like K7PM-3XRT. Names and addresses cannot be searched."

// ShowSearch shows the search box.
func (h *Handlers) ShowSearch(c echo.Context) error {
	if _, err := reader(c.Request()); err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.SearchPage(views.Search{StaffPage: h.StaffPage(c.Request())}))
}

// ReceiveSearch shows the leads that were found. What was typed is shown again only when it cannot be read.
func (h *Handlers) ReceiveSearch(c echo.Context) error {
	p, typed, err := readSearch(c.Request())
	if err != nil {
		return err
	}
	q, ok := readQuery(typed)
	if !ok {
		return h.showSearchAgain(c, http.StatusUnprocessableEntity, typed, unreadable)
	}
	page := views.Search{StaffPage: h.StaffPage(c.Request())}
	leads, err := h.cfg.Finder.Search(c.Request().Context(), q, h.readerOf(c.Request(), p))
	if err != nil {
		return err
	}
	page.Searched, page.Rows = q.Kind(), h.rows(p, leads)
	return h.Render(c, http.StatusOK, views.SearchPage(page))
}

// ShowSearchAgain shows what was typed into a box of an earlier session. Nothing is searched.
func (h *Handlers) ShowSearchAgain(c echo.Context) error {
	_, typed, err := readSearch(c.Request())
	if err != nil {
		return err
	}
	return h.showSearchAgain(c, http.StatusForbidden, typed, pressAgain)
}

func readSearch(r *http.Request) (p staff.Person, typed string, err error) {
	form, err := web.ReadStaffForm(r, web.Keys{Once: []string{"query"}})
	if err != nil {
		return p, "", err
	}
	p, err = reader(r)
	return p, form.Get("query"), err
}

func (h *Handlers) showSearchAgain(c echo.Context, code int, typed, why string) error {
	return h.Render(c, code, views.SearchPage(views.Search{
		StaffPage: h.StaffPage(c.Request()), Typed: stray.Without(typed), Error: why,
	}))
}

func (h *Handlers) readerOf(r *http.Request, p staff.Person) Reader {
	return Reader{Name: p.Who(), RequestID: web.RequestID(r)}
}

// readQuery reads a phone number, an email address, a reference or one of our ids.
func readQuery(typed string) (Query, bool) {
	typed = strings.TrimSpace(typed)
	if reference, ok := lead.ParseReference(typed); ok {
		return Query{Reference: reference}, true
	}
	if reference := lead.PartnerID(strings.ToUpper(typed)).Reference(); reference != "" {
		return Query{Reference: reference}, true
	}
	field := "homePhone"
	if strings.Contains(typed, "@") {
		field = "email"
	}
	answers, problems := validation.Parse(validation.NewForm(map[string]string{field: typed}), validation.Options{Desk: true})
	if _, wrong := problems.For(field); wrong {
		return Query{}, false
	}
	return Query{Phone: answers.HomePhone, Email: answers.Email}, true
}
