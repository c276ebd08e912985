package leads

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/internal/staff"
	"intake/validation"
	views "intake/views/leads"
)

// callBacksAtOnce is how many call backs a page has.
const callBacksAtOnce = 20

// ShowCallBacks shows the call backs that an agent has promised, and those of all agents to a supervisor.
func (h *Handlers) ShowCallBacks(c echo.Context) error {
	query, err := web.ReadQuery(c.Request(), web.Keys{Once: []string{"after"}})
	if err != nil {
		return err
	}
	after, err := placeIn(query.Get("after"))
	if err != nil {
		return err
	}
	p, err := reader(c.Request())
	if err != nil {
		return err
	}
	page := views.CallBacks{StaffPage: h.StaffPage(c.Request()), All: p.Has(staff.Supervisor)}
	key := p.Key
	if page.All {
		key = ""
	}
	list, err := h.cfg.Calls.CallBacks(c.Request().Context(), key, lead.Page{After: after, Size: callBacksAtOnce + 1}, h.readerOf(c.Request(), p))
	if err != nil {
		return err
	}
	if len(list) > callBacksAtOnce {
		list = list[:callBacksAtOnce]
		page.Next = list[callBacksAtOnce-1].Cursor().String()
	}
	for _, due := range list {
		page.Rows = append(page.Rows, callBackRow(due, page.Now))
	}
	return h.Render(c, http.StatusOK, views.CallBacksPage(page))
}

// placeIn reads a place in the list of call backs; an empty one is its beginning.
func placeIn(text string) (lead.Cursor, error) {
	if text == "" {
		return lead.Cursor{}, nil
	}
	place, err := lead.ParseCursor(text)
	if err != nil || place.ID.Reference() == "" {
		return lead.Cursor{}, web.NewProblem(http.StatusBadRequest, errors.New("no place in a list"))
	}
	return place, nil
}

func callBackRow(due lead.CallBackDue, now time.Time) views.CallBack {
	row := views.CallBack{At: due.CallBackAt, Lead: due.Lead, Reference: due.Lead.Reference().String(), By: due.By.Name, Note: due.Note.Reveal()}
	local, _, quiet, known := validation.LocalTime(due.ZipCode.Reveal(), due.CallBackAt)
	if !known {
		return row
	}
	row.Theirs, row.Quiet = local.Format("Mon, Jan 2, 3:04 PM MST"), quiet
	if due.CallBackAt.Before(now) { // it is made now, or later
		_, _, row.Quiet, _ = validation.LocalTime(due.ZipCode.Reveal(), now)
	}
	return row
}
