package handlers

import "github.com/labstack/echo/v4"

// typedForms are the forms in which something is typed: what stores it when the session has ended, and what shows it again
// when the person has signed in since the form was opened.
func (h *Handlers) typedForms() (rescue map[string]func(echo.Context) (string, error), again map[string]echo.HandlerFunc) {
	rescue, again = map[string]func(echo.Context) (string, error){}, map[string]echo.HandlerFunc{}
	if h.desk != nil {
		rescue["/desk"], rescue["/desk/draft"] = h.desk.Rescue, h.desk.Rescue
		again["/desk"], again["/desk/draft"] = h.desk.ShowAgain, h.desk.ShowAgain
	}
	if h.leads != nil {
		again["/desk/search"] = h.leads.ShowSearchAgain
		again["/desk/leads/:id/disposition"] = h.leads.ShowDispositionAgain
		again["/desk/leads/:id/refresh"] = h.leads.ShowRefreshAgain
		again["/desk/leads/:id/link"] = h.leads.ShowRefreshAgain
	}
	return rescue, again
}
