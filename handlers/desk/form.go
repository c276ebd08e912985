package desk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/staff"
	"intake/validation"
	"intake/validation/stray"
	views "intake/views/desk"
)

// Inputs of the form beside the fields.
const (
	draftInput       = "draft"       // the token of the draft
	byInput          = "by"          // key of the agent, which the token was made for
	languageInput    = "language"    // of the call
	filledForInput   = "filledFor"   // the ZIP code whose place we have written into city and state
	scriptStateInput = "scriptState" // the state for whose callers the lines on the page are
	routeInput       = "consentRoute"
	callInput        = "callId"

	ssnBox = "socialSecurityNumber"
)

// purposes are those of the boxes beside the lines of the script.
var purposes = []consent.Purpose{consent.Recording, consent.Credit, consent.Terms, consent.Marketing}

// maxBoxBytes is more than any answer may have; what is longer is invalid, and its beginning shows that too.
const maxBoxBytes = 4 << 10

// form is what an agent has sent.
type form struct {
	person   staff.Person
	handle   string // of the draft
	boxes    lead.Boxes
	ssn      string
	recorded bool     // the consent was given on a recorded call
	stray    []string // boxes from which a Social Security number was taken out

	lead   lead.PartnerID // that the form has become; empty before
	source string         // where the dialer says that the caller comes from
}

// readForm reads a form whose draft is the agent's.
func (h *Handlers) readForm(c echo.Context, more ...string) (form, error) {
	p, err := person(c)
	if err != nil {
		return form{}, err
	}
	f, token, _, err := h.decode(c.Request(), more...)
	if err != nil {
		return form{}, err
	}
	f.person = p
	f.handle, err = h.handleIn(token, p.Key)
	return f, err
}

// decode reads what was posted, whoever sent it. The Social Security number is not among the boxes.
func (h *Handlers) decode(r *http.Request, more ...string) (f form, token, by string, err error) {
	values, err := web.ReadStaffForm(r, web.Keys{Once: append(h.inputs(), more...)})
	if err != nil {
		return form{}, "", "", err
	}
	f.boxes = lead.Boxes{}
	for name := range values {
		if slices.Contains(h.saved(), name) && values.Get(name) != "" {
			f.boxes[name] = short(values.Get(name))
		}
	}
	f.removeStraySSN()
	f.ssn = values.Get(ssnBox)
	f.recorded = h.cfg.RecordedCall && values.Get(routeInput) == consent.RecordedCall
	f.fillPlace()
	for _, extra := range more {
		f.boxes[extra] = values.Get(extra)
	}
	return f, values.Get(draftInput), values.Get(byInput), nil
}

// inputs are the keys that the form may have.
func (h *Handlers) inputs() []string {
	keys := append(h.saved(), draftInput, byInput, routeInput)
	if h.cfg.SSN {
		keys = append(keys, ssnBox)
	}
	return keys
}

// saved are the inputs that a draft holds.
func (h *Handlers) saved() []string {
	names := append(consentInputs(), filledForInput)
	for _, f := range validation.Asked(validation.Desk | validation.DeskMore) {
		names = append(names, f.Name)
	}
	return names
}

// consentInputs are those of the consent on a recorded call.
func consentInputs() []string {
	names := []string{languageInput, scriptStateInput, callInput}
	for _, p := range purposes {
		names = append(names, views.LineInput(p))
	}
	return names
}

// removeStraySSN takes a Social Security number out of a box for something else, before anything is saved or shown.
func (f *form) removeStraySSN() {
	for box, text := range f.boxes {
		if stray.Is(box, text) {
			delete(f.boxes, box)
			f.stray = append(f.stray, box)
		}
	}
}

func short(text string) string {
	if len(text) <= maxBoxBytes {
		return text
	}
	return strings.ToValidUTF8(text[:maxBoxBytes], "")
}

// fillPlace writes city and state of the ZIP code where the agent has typed nothing, or where the place of another
// ZIP code stands that was filled in for them.
func (f *form) fillPlace() {
	oldCity, oldState, _ := validation.PlaceOf(f.boxes[filledForInput])
	city, state, known := validation.PlaceOf(f.boxes["zipCode"])
	if !known {
		return
	}
	filled := false
	for _, box := range []struct{ name, was, is string }{{"city", oldCity, city}, {"state", oldState, state}} {
		if typed := strings.TrimSpace(f.boxes[box.name]); typed == "" || typed == box.was {
			f.boxes[box.name], filled = box.is, true
		}
	}
	if filled {
		f.boxes[filledForInput] = zipDigits(f.boxes["zipCode"])
	}
}

// zipDigits is the first five digits of a ZIP code.
func zipDigits(zip string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, zip)
	return digits[:min(5, len(digits))]
}

// typed is the form for a page: never with the Social Security number.
func (f form) typed() validation.Form { return validation.NewForm(f.boxes) }

// answers is everything that was typed.
func (f form) answers() validation.Form {
	all := map[string]string{ssnBox: f.ssn}
	for box, text := range f.boxes {
		all[box] = text
	}
	return validation.NewForm(all)
}

// parse validates the form. The errors are in the order of the page.
func (h *Handlers) parse(f form) (lead.Applicant, validation.Errors) {
	applicant, errs := validation.Parse(f.answers(), h.rules())
	if _, problem := validation.CallID(f.boxes[callInput]); problem.Field != "" {
		errs = append(errs, problem)
	}
	for _, box := range f.stray {
		errs = slices.DeleteFunc(errs, func(p validation.Problem) bool { return p.Field == box })
		errs = append(errs, stray.Problem(box))
	}
	return applicant, views.InOrder(errs)
}

// language is that of the call.
func (f form) language() string {
	if f.boxes[languageInput] == "es" {
		return "es"
	}
	return "en"
}
