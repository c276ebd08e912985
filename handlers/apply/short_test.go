package apply_test

import "intake/handlers/handlerstest"

// Short names for what nearly every test here types and presses.
var (
	aboutMaria  = handlerstest.AboutMaria
	homeOfMaria = handlerstest.HomeOfMaria
	noIncome    = handlerstest.NoIncome
	agreed      = handlerstest.Agreed
	with        = handlerstest.With
)
