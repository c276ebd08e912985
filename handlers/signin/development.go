package signin

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/signin"
	views "intake/views/signin"
)

// ShowDevelopment offers the people of the development provider.
func (h *Handlers) ShowDevelopment(c echo.Context) error {
	request, err := web.ReadQuery(c.Request(), web.Keys{Once: signin.AuthorizeKeys})
	if err != nil {
		return err
	}
	if err := h.limitStrangers(c.Request()); err != nil {
		return err
	}
	if err := h.cfg.Development.Check(request); err != nil {
		return h.refuse(c, "", err)
	}
	page := views.Development{StaffPage: h.StaffPage(c.Request())}
	for _, key := range signin.AuthorizeKeys {
		page.Request = append(page.Request, views.Parameter{Name: key, Value: request.Get(key)})
	}
	for _, one := range h.cfg.Development.People() {
		page.People = append(page.People, views.Ready{ID: one.ID, Name: one.Name, Does: one.Does})
	}
	return h.Render(c, http.StatusOK, views.DevelopmentPage(page))
}

// Choose goes back to Intake as the person who was chosen.
func (h *Handlers) Choose(c echo.Context) error {
	form, err := web.ReadStaffForm(c.Request(), web.Keys{Once: append(slices.Clone(signin.AuthorizeKeys), "person")})
	if err != nil {
		return err
	}
	if err := h.limitStrangers(c.Request()); err != nil {
		return err
	}
	address, err := h.cfg.Development.Choose(form, form.Get("person"))
	if err != nil {
		return h.refuse(c, "", err)
	}
	return c.Redirect(http.StatusSeeOther, address)
}
