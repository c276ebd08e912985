package desk_test

import (
	"strings"
	"testing"

	"intake/handlers/desk"
	"intake/handlers/handlerstest"
)

// normal are the settings as they ship.
var normal = desk.Options{RecordedCall: true}

var (
	mariaTyped = []string{
		"firstName", "maria", "lastName", "gonzalez", "dateOfBirth", "3/14/79", "email", "maria.gonzalez79@gmail.com",
		"homePhone", "512-555-0148", "address1", "4120 bluebonnet ln", "zipCode", "78745",
	}
	agreed = []string{"callId", " C-42 ", "line-recording", "yes", "line-credit", "yes", "line-terms", "yes"}
)

func both(a, b []string) []string { return append(append([]string{}, a...), b...) }

func newDesk(t *testing.T, o desk.Options) handlerstest.App {
	return handlerstest.New(t, handlerstest.WithDesk(o))
}

func TestLog_HoldsNothingTyped(t *testing.T) {
	app := newDesk(t, desk.Options{RecordedCall: true, SSN: true})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	token := v.Form().Get("draft")
	v.Press(both(mariaTyped, append(agreed, "socialSecurityNumber", "123-45-6789"))...)
	v.Open("/desk?draft=" + token)
	for _, never := range []string{"gonzalez", "6789", "5550148", "C-42", token, handlerstest.Dana.Key} {
		if strings.Contains(app.Logged.String(), never) {
			t.Errorf("the log holds %q", never)
		}
	}
}
