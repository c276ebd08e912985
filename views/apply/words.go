package apply

import "intake/views/frame"

// Notices that a handler chooses.
var (
	RequestNotSaved = frame.Both(
		"We could not confirm that your request was saved. Please press the button again. It will not be sent twice.",
		"No pudimos confirmar que su solicitud se guardó. Oprima el botón otra vez. No se enviará dos veces.")
	BoxesEmptyAgain = frame.Both(
		"All boxes are empty again. Check each one you agree to.",
		"Todas las casillas están vacías otra vez. Marque cada una que acepte.")
	NumberRemoved = frame.Both(
		"We removed your Social Security number.",
		"Quitamos su número de Seguro Social.")
	FormOutdated = frame.Both(
		"Your answers are here. Please press the button again.",
		"Sus respuestas están aquí. Oprima el botón otra vez.")
	AnswersNotSaved = frame.Both(
		"We could not save your answers. They are all still here. Please press the button again.",
		"No pudimos guardar sus respuestas. Todas siguen aquí. Oprima el botón otra vez.")
	DraftExpired = frame.Both(
		"It has been a while, or you went on in another browser, and your earlier answers are no longer kept here. Please go through the questions again.",
		"Ha pasado un tiempo o usted siguió en otro navegador, y sus respuestas anteriores ya no se conservan aquí. Responda las preguntas otra vez.")
	AnswersCleared = frame.Both(
		"Your answers are cleared.",
		"Sus respuestas se borraron.")
	OtherForm = frame.Both(
		"These are the answers that this browser sent us last. Please check them and press the button again.",
		"Estas son las últimas respuestas que envió este navegador. Revíselas y oprima el botón otra vez.")
)

// Units of time.
var (
	oneHour    = frame.Both("hour", "hora")
	manyHours  = frame.Both("hours", "horas")
	oneDay     = frame.Both("day", "día")
	manyDays   = frame.Both("days", "días")
	oneMonth   = frame.Both("month", "mes")
	manyMonths = frame.Both("months", "meses")
	oneYear    = frame.Both("year", "año")
	manyYears  = frame.Both("years", "años")
)
