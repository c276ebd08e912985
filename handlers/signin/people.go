package signin

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	views "intake/views/signin"
)

// ShowSessions lists who is signed in.
func (h *Handlers) ShowSessions(c echo.Context) error {
	query, err := web.ReadQuery(c.Request(), web.Keys{Once: []string{"ended"}})
	if err != nil {
		return err
	}
	people, err := h.signedIn(c)
	if err != nil {
		return err
	}
	return h.Render(c, http.StatusOK, views.SessionsPage(views.Sessions{StaffPage: h.StaffPage(c.Request()), People: people, Ended: query.Has("ended")}))
}

// signedIn is everybody with a session, by name.
func (h *Handlers) signedIn(c echo.Context) ([]views.SignedIn, error) {
	live, err := h.cfg.Sessions.Live(c.Request().Context())
	if err != nil {
		return nil, unavailable(err)
	}
	byKey := map[string]views.SignedIn{}
	for _, data := range live {
		_, values, err := codec{}.Decode(data)
		s, ok := values[value].(session)
		if err != nil || !ok || s.Person.Key == "" {
			return nil, errors.New("a session cannot be read") // err may quote it
		}
		one := byKey[s.Person.Key]
		if one.Sessions++; one.Sessions == 1 || s.SignedIn.Before(one.Since) {
			one.Since = s.SignedIn
		}
		if !s.Seen.Before(one.Seen) {
			one.Seen, one.Person = s.Seen, s.Person
		}
		byKey[s.Person.Key] = one
	}
	people := []views.SignedIn{}
	for _, one := range byKey {
		people = append(people, one)
	}
	slices.SortFunc(people, func(a, b views.SignedIn) int {
		return cmp.Or(cmp.Compare(a.Person.Name, b.Person.Name), cmp.Compare(a.Person.Key, b.Person.Key))
	})
	return people, nil
}

func indexOf(people []views.SignedIn, key string) int {
	return slices.IndexFunc(people, func(one views.SignedIn) bool { return one.Person.Key == key })
}

// EndSessions ends all sessions of somebody.
func (h *Handlers) EndSessions(c echo.Context) error {
	form, err := web.ReadStaffForm(c.Request(), web.Keys{Once: []string{"person"}})
	if err != nil {
		return err
	}
	by, _ := web.Person(c.Request()) // the gate lets nobody else pass
	people, err := h.signedIn(c)
	if err != nil {
		return err
	}
	at := indexOf(people, form.Get("person"))
	if at < 0 {
		return c.Redirect(http.StatusSeeOther, "/desk/sessions?ended=yes") // they ended by themselves since the list was shown
	}
	if err := h.write(c, by.Who(), "ended sessions", "of "+people[at].Person.Who()); err != nil {
		return err
	}
	if _, err := h.cfg.Sessions.EndAllOf(c.Request().Context(), people[at].Person.Key); err != nil {
		return unavailable(err)
	}
	return c.Redirect(http.StatusSeeOther, "/desk/sessions?ended=yes")
}
