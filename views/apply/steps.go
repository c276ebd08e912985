// Package apply is the way to a request: the landing page with the first question, three more steps,
// and the page where people check their answers, agree and send.
package apply

import (
	"intake/validation"
	"intake/views/frame"
)

// The steps of the form, numbered as people count them.
const (
	StepDebt = 1 + iota // on the landing page
	StepYou
	StepHome
	StepIncome
)

type step struct {
	path                string
	title, intro, count validation.Text
}

// StepPath is where a step's form is posted to, without the language prefix. The same path shows the
// step, except that StepDebt is shown by the landing page.
func StepPath(number int) string { return steps[number].path }

// StepFields is what a step asks on a site, in page order.
func StepFields(site frame.Site, number int) []validation.Field {
	return validation.Asked(site.Asked(), validation.Steps()[number-1]...)
}

// pagePath is where a step is shown.
func pagePath(number int) string {
	if number == StepDebt {
		return "/"
	}
	return StepPath(number)
}
