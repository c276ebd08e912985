package apply

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/validation"
)

// place is where a ZIP code is, for the script that fills in city and state.
type place struct {
	City  string `json:"city"`
	State string `json:"state"`
}

// LookUpPlace answers with the place of a ZIP code. For an unknown code it answers 204, so that the browser's console
// shows no error. The code is in the body, since answers must not be in a URL.
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
