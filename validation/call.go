package validation

import "intake/validation/normalize"

// maxCallID is the longest id of a recording, in characters.
const maxCallID = 100

// CallID is the id of a recording as an agent typed it, without blanks around; the problem is the zero value when it
// can be used. An empty one can.
func CallID(typed string) (id string, problem Problem) {
	id, rule := normalize.Text(typed, maxCallID)
	if rule != "" {
		return "", Problem{Field: "callId", Input: "callId", Message: Text{
			"Enter the call id as the dialer shows it, at most 100 characters", "Escriba el número de la llamada como lo muestra el marcador, de 100 caracteres como máximo",
		}}
	}
	return id, Problem{}
}

// StateName is the English name of a state, as it reads in a sentence.
func StateName(code string) string { return stateInSentence(code).EN }
