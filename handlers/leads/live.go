package leads

import (
	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/internal/live"
)

// StreamEvents tells an open page which leads have changed: those of the agent who reads, or the one that it names.
func (h *Handlers) StreamEvents(c echo.Context) error {
	query, err := web.ReadQuery(c.Request(), web.Keys{Once: []string{"lead"}})
	if err != nil {
		return err
	}
	p, err := reader(c.Request())
	if err != nil {
		return err
	}
	follow := func() *live.Follower { return h.cfg.Live.FollowAgent(p.Key) }
	if id := lead.PartnerID(query.Get("lead")); id != "" {
		if _, _, err := h.openNamed(c, id); err != nil {
			return err
		}
		follow = func() *live.Follower { return h.cfg.Live.FollowLead(id) }
	}
	follower := follow()
	defer follower.Close()
	h.StreamChanges(c, changes{follower}, func() bool { return h.cfg.Allowed(c.Request()) })
	return nil
}

// changes are what a follower is told, as events: one by the id of each lead for its panel, and one for lists.
type changes struct{ *live.Follower }

// Take returns the events since the last call.
func (c changes) Take() []web.Event {
	leads, all := c.Follower.Take()
	if all {
		return []web.Event{{Name: "refresh", Data: "all"}}
	}
	var events []web.Event
	for _, id := range leads {
		events = append(events, web.Event{Name: "lead-" + string(id), Data: "changed"})
	}
	if len(leads) > 0 {
		events = append(events, web.Event{Name: "changed", Data: "leads"})
	}
	return events
}
