package views

import "net/http"

// Words for what went wrong: a heading and what to do next, by HTTP status.
var problemWords = map[int][2]text{
	http.StatusBadRequest:            {both("We could not read this request", "No pudimos leer esta solicitud"), both("Please go back, reload the form and send it again.", "Vuelva atrás, cargue el formulario otra vez y envíelo de nuevo.")},
	http.StatusForbidden:             {both("This request came from another site", "Esta solicitud vino de otro sitio"), both("Please open the form on this site and send it from there.", "Abra el formulario en este sitio y envíelo desde aquí.")},
	http.StatusNotFound:              {both("Page not found", "Página no encontrada"), both("Please check the address, or start from the first page.", "Revise la dirección o empiece desde la primera página.")},
	http.StatusMethodNotAllowed:      {both("This page cannot be used that way", "Esta página no se puede usar así"), both("Please start from the first page.", "Empiece desde la primera página.")},
	http.StatusGone:                  {both("This status page is no longer kept", "Esta página de estado ya no se conserva"), both("The answers of this request were erased on schedule. Questions: {phone}.", "Las respuestas de esta solicitud se borraron en su fecha. Preguntas: {phone}.")},
	http.StatusRequestEntityTooLarge: {both("The form is too long", "El formulario es demasiado largo"), both("Please go back, shorten your answers and send them again.", "Vuelva atrás, acorte sus respuestas y envíelas otra vez.")},
	http.StatusUnsupportedMediaType:  {both("We could not read this request", "No pudimos leer esta solicitud"), both("Please use the form on the first page.", "Use el formulario de la primera página.")},
	http.StatusMisdirectedRequest:    {both("Wrong address", "Dirección equivocada"), both("This address is not served here. Please check the link.", "Esta dirección no se atiende aquí. Revise el enlace.")},
	http.StatusTooManyRequests:       {both("Too many requests from your connection", "Demasiadas solicitudes desde su conexión"), both("Please wait a minute, go back and press the button again. Nothing was sent.", "Espere un minuto, vuelva atrás y oprima el botón otra vez. No se envió nada.")},
	http.StatusServiceUnavailable:    {both("We cannot take requests at this moment", "No podemos recibir solicitudes en este momento"), both("Please try again in a minute.", "Intente de nuevo en un minuto.")},
}

var anyProblem = [2]text{both("Something went wrong on our side", "Algo salió mal de nuestro lado"), both("Please try again in a minute, or call us.", "Intente de nuevo en un minuto, o llámenos.")}

func wordsFor(status int) [2]text {
	if words, ok := problemWords[status]; ok {
		return words
	}
	return anyProblem
}

var (
	referenceWord = both("Reference", "Referencia")
	toFirstPage   = both("Go to the first page", "Ir a la primera página")
)
