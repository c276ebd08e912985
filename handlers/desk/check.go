package desk

import (
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/desk"
)

const fieldInput = "field" // whose answer is to be checked

// contacts are the fields by which earlier leads are found.
var contacts = []string{"email", "homePhone", "cellPhone", "workPhone"}

// CheckField answers with what there is to say about one field that the agent has left. Nothing is stored.
func (h *Handlers) CheckField(c echo.Context) error {
	p, err := person(c)
	if err != nil {
		return err
	}
	f, _, _, err := h.decode(c.Request(), fieldInput)
	if err != nil {
		return err
	}
	f.person = p
	field, found := validation.ByName(f.boxes[fieldInput])
	if !found || !field.On(h.surfaces()) {
		return web.NewProblem(http.StatusBadRequest, errors.New("no field of the desk"))
	}
	return h.Render(c, http.StatusOK, views.Checked(h.checked(c, f, field.Name)))
}

func (h *Handlers) checked(c echo.Context, f form, name string) views.CheckedField {
	applicant, errs := h.parse(f)
	checked := views.CheckedField{Name: name, Errors: errs, Notes: h.notes(f, applicant, errs)}
	switch {
	case slices.Contains(contacts, name):
		matches := h.matches(c, f, applicant)
		checked.Matches = &matches
	case name == "zipCode":
		place := placeOf(f)
		checked.Place, checked.Clock, checked.Others = &place, h.clockOf(applicant), given(applicant.City, "city", applicant.State, "state")
	case name == "monthlyIncome":
		checked.Others = givenNumber(applicant.GrossAnnualIncome, "grossAnnualIncome")
	}
	if call := h.call(f, applicant); !slices.Equal(call.Lines, h.lines("en", f.boxes[scriptStateInput])) {
		checked.Lines = &call
	}
	return checked
}

// given are the names of those of two answers that are there.
func given(a lead.Private[string], nameOfA string, b lead.Private[string], nameOfB string) (names []string) {
	if a.Given() {
		names = append(names, nameOfA)
	}
	if b.Given() {
		names = append(names, nameOfB)
	}
	return names
}

func givenNumber(a lead.Private[int], name string) []string {
	if a.Given() {
		return []string{name}
	}
	return nil
}
