package leads

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/coach"
	"intake/internal/lead"
	"intake/internal/staff"
	"intake/views/frame"
	views "intake/views/leads"
)

// ShowTeam shows today's leads of all agents to a supervisor.
func (h *Handlers) ShowTeam(c echo.Context) error {
	if _, err := supervisor(c.Request()); err != nil {
		return err
	}
	page := h.StaffPage(c.Request())
	since := midnight(page.Clock)
	rows, err := h.cfg.Finder.Team(c.Request().Context(), since)
	if err != nil {
		return err
	}
	total := totalOf(rows)
	return h.Render(c, http.StatusOK, views.TeamPage(views.Team{
		StaffPage: page, Since: since, Rows: agentRows(rows), Total: total,
		Codes: h.codeCounts(total), Ends: endCounts(total),
	}))
}

// supervisor is who is signed in, if they may see the leads of others. Everybody else is answered as if nothing were there.
func supervisor(r *http.Request) (staff.Person, error) {
	p, err := reader(r)
	if err == nil && !p.Has(staff.Supervisor) {
		err = lead.ErrNotFound
	}
	return p, err
}

// agentRows are the rows of the agents, each with the path of their leads.
func agentRows(rows []lead.TeamRow) (list []views.AgentRow) {
	for _, row := range rows {
		list = append(list, views.AgentRow{TeamRow: row, Path: "/desk/team/" + agentID(row.Agent.Key)})
	}
	return list
}

// agentID names an agent in a path: the key itself is nothing for an address.
func agentID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}

// ShowAgent shows a supervisor the leads of one agent today.
func (h *Handlers) ShowAgent(c echo.Context) error {
	p, err := supervisor(c.Request())
	if err != nil {
		return err
	}
	page := h.StaffPage(c.Request())
	since := midnight(page.Clock)
	team, err := h.cfg.Finder.Team(c.Request().Context(), since)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(team, func(row lead.TeamRow) bool { return agentID(row.Agent.Key) == c.Param("agent") })
	if i < 0 {
		return lead.ErrNotFound
	}
	list, err := h.cfg.Leads.LatestOfAgent(c.Request().Context(), team[i].Agent.Key, team[i].Leads)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(s lead.Summary) bool { return s.ReceivedAt.Before(since) })
	return h.Render(c, http.StatusOK, views.AgentPage(views.AgentDay{StaffPage: page, Name: team[i].Agent.Name, Since: since, Rows: h.rows(p, list)}))
}

// midnight is when the day began, in the zone of the clock.
func midnight(c frame.Clock) time.Time {
	y, m, d := c.Now.In(c.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, c.Zone)
}

// totalOf adds up all rows.
func totalOf(rows []lead.TeamRow) lead.TeamRow {
	total := lead.TeamRow{Agent: lead.Agent{Name: "All"}, ByCode: map[int]int{}, ByDisposition: map[lead.DispositionKind]int{}}
	for _, r := range rows {
		total.Leads += r.Leads
		total.Qualified += r.Qualified
		total.ConsentComplete += r.ConsentComplete
		total.Awaiting += r.Awaiting
		total.InDoubt += r.InDoubt
		total.Parked += r.Parked
		for code, n := range r.ByCode {
			total.ByCode[code] += n
		}
		for kind, n := range r.ByDisposition {
			total.ByDisposition[kind] += n
		}
	}
	return total
}

func (h *Handlers) codeCounts(total lead.TeamRow) []views.Count {
	var list []views.Count
	left := total.Leads
	for _, code := range slices.Sorted(maps.Keys(total.ByCode)) {
		advice := h.cfg.Coach.Advise(coach.Case{Lead: lead.Lead{Status: lead.Created, ResultCode: code}, Now: h.Clock.Now()})
		of := advice.State
		if !strings.Contains(of, fmt.Sprint(code)) {
			of = fmt.Sprintf("%s (code %d)", of, code)
		}
		list = append(list, views.Count{Of: of, Leads: total.ByCode[code]})
		left -= total.ByCode[code]
	}
	if left > 0 {
		list = append(list, views.Count{Of: "no result yet", Leads: left})
	}
	return list
}

func endCounts(total lead.TeamRow) []views.Count {
	var list []views.Count
	left := total.Leads
	for _, kind := range views.Kinds {
		if n := total.ByDisposition[kind]; n > 0 {
			list = append(list, views.Count{Of: views.KindName(kind), Leads: n})
			left -= n
		}
	}
	if left > 0 {
		list = append(list, views.Count{Of: "open", Leads: left})
	}
	return list
}
