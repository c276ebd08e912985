package desk_test

import (
	"net/http"
	"testing"

	"intake/handlers/handlerstest"
)

func TestKeys_TheQuestionMarkCanBeSwitchedOff(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").Sees("Turn off the ? key").SeesNot("data-off")
	v.Exchange(handlerstest.Request(http.MethodPost, "/desk/keys", "help=off"))
	v.Open("/desk").Sees("Turn on the ? key", `data-off="true"`)
	if got := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/keys", "help=on")).Result().Cookies(); len(got) != 1 || got[0].MaxAge >= 0 {
		t.Errorf("switching it on leaves %v", got)
	}
}
