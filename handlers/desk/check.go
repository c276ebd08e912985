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
	f, token, _, err := h.decode(c.Request(), fieldInput)
	if err != nil {
		return err
	}
	f.person = p
	f.handle, _ = h.handleIn(token, p.Key) // a form without a draft of the agent's has no lead of its own
	field, found := validation.ByName(f.boxes[fieldInput])
	if !found || !field.On(h.surfaces()) {
		return web.NewProblem(http.StatusBadRequest, errors.New("no field of the desk"))
	}
	if slices.Contains(f.stray, field.Name) {
		c.Response().Header().Set("HX-Trigger-After-Swap", "blank") // the script empties the box
	}
	return h.Render(c, http.StatusOK, views.Checked(h.checked(c, f, field.Name)))
}

func (h *Handlers) checked(c echo.Context, f form, name string) views.CheckedField {
	applicant, errs := h.parse(f)
	checked := views.CheckedField{Name: name, Errors: errs, Notes: h.notes(f, applicant, errs)}
	switch {
	case slices.Contains(contacts, name):
		matches := h.matchesOfForm(c, f, applicant)
		checked.Matches = &matches
	case name == "zipCode":
		place := placeOf(f)
		checked.Place, checked.Clock, checked.Others = &place, h.clockOf(applicant), given(applicant.City, "city", applicant.State, "state")
	case name == "monthlyIncome":
		checked.Others = givenNumber(applicant.GrossAnnualIncome, "grossAnnualIncome")
	}
	checked.Lines = h.newLines(f, applicant)
	return checked
}

// newLines are the lines of the script when the page has those of another state; else nil.
func (h *Handlers) newLines(f form, a lead.Applicant) *views.Call {
	call := h.call(f, a)
	if slices.Equal(call.Lines, h.lines("en", f.boxes[scriptStateInput])) {
		return nil
	}
	return &call
}

// matchesOfForm are the earlier leads, but for the one that the form has become already.
func (h *Handlers) matchesOfForm(c echo.Context, f form, a lead.Applicant) views.Matches {
	if f.handle != "" {
		d, err := h.cfg.Drafts.FindDraft(c.Request().Context(), f.handle)
		if err != nil && !errors.Is(err, lead.ErrNotFound) {
			h.LogFailure(c.Request(), "draft not found", err)
			return views.Matches{Failed: true}
		}
		f.lead = d.Sent.ID
	}
	return h.matches(c, f, a)
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
