package frame

import (
	"net/http"

	"intake/validation"
)

type problemText struct{ title, nextStep validation.Text }

// problemTexts are by HTTP status.
var problemTexts = map[int]problemText{
	http.StatusBadRequest:            {Both("We could not read this request", "No pudimos leer esta solicitud"), Both("Please go back, reload the form and send it again.", "Vuelva atrás, cargue el formulario otra vez y envíelo de nuevo.")},
	http.StatusForbidden:             {Both("This request came from another site", "Esta solicitud vino de otro sitio"), Both("Please open the form on this site and send it from there.", "Abra el formulario en este sitio y envíelo desde aquí.")},
	http.StatusNotFound:              {Both("Page not found", "Página no encontrada"), Both("Please check the address, or start from the first page.", "Revise la dirección o empiece desde la primera página.")},
	http.StatusMethodNotAllowed:      {Both("This page cannot be used that way", "Esta página no se puede usar así"), Both("Please start from the first page.", "Empiece desde la primera página.")},
	http.StatusGone:                  {Both("This status page is no longer kept", "Esta página de estado ya no se conserva"), Both("The answers of this request were erased on schedule. Questions: {phone}.", "Las respuestas de esta solicitud se borraron en su fecha. Preguntas: {phone}.")},
	http.StatusRequestEntityTooLarge: {Both("The form is too long", "El formulario es demasiado largo"), Both("Please go back, shorten your answers and send them again.", "Vuelva atrás, acorte sus respuestas y envíelas otra vez.")},
	http.StatusUnsupportedMediaType:  {Both("We could not read this request", "No pudimos leer esta solicitud"), Both("Please use the form on the first page.", "Use el formulario de la primera página.")},
	http.StatusMisdirectedRequest:    {Both("Wrong address", "Dirección equivocada"), Both("This web address doesn’t work here. Please check the link.", "Esta dirección web no funciona aquí. Revise el enlace.")},
	http.StatusTooManyRequests:       {Both("Too many requests from your connection", "Demasiadas solicitudes desde su conexión"), Both("Please wait a minute, go back and press the button again. Your request will not be sent twice.", "Espere un minuto, vuelva atrás y oprima el botón otra vez. Su solicitud no se enviará dos veces.")},
	http.StatusServiceUnavailable:    {Both("We cannot take requests right now", "No podemos recibir solicitudes en este momento"), Both("Please try again in a minute, or call {phone}.", "Intente de nuevo en un minuto o llame al {phone}.")},
}

var otherProblem = problemText{Both("Something went wrong on our side", "Algo salió mal de nuestro lado"), Both("Please try again in a minute, or call {phone}.", "Intente de nuevo en un minuto o llame al {phone}.")}

func wordsFor(status int) problemText {
	if words, ok := problemTexts[status]; ok {
		return words
	}
	return otherProblem
}

var (
	referenceLabel = Both("Reference", "Referencia")
	toFirstPage    = Both("Go to the first page", "Ir a la primera página")
)
