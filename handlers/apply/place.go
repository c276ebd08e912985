package apply

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/validation"
)

// place is what a ZIP code tells, for the script that fills in city and state.
type place struct {
	City  string `json:"city"`
	State string `json:"state"`
}

// LookUpPlace answers with the place of a ZIP code, and with nothing when it is not known: then one
// types city and state, and no browser notes a failure. The code comes in the body: no answer of
// anybody's stands in a URL.
func (h *Handlers) LookUpPlace(c echo.Context) error {
	form, err := web.ReadForm(c.Request(), func(input string) bool { return input == "zip" })
	if err != nil {
		return err
	}
	city, state, known := validation.PlaceOf(form.Value("zip"))
	if !known {
		return c.NoContent(http.StatusNoContent)
	}
	return c.JSON(http.StatusOK, place{city, state})
}
