package views

import (
	"net/http"
	"strings"
	"time"

	"intake/validation"
)

type text = validation.Text

func both(en, es string) text { return text{EN: en, ES: es} }

// Sentences that a handler chooses.
var (
	NotSaved = text{
		EN: "We could not save your request. Nothing was sent. Please press the button again.",
		ES: "No pudimos guardar su solicitud. No se envió nada. Oprima el botón otra vez."}
	FormTooOld = text{
		EN: "Your answers are here. Please press the button again.",
		ES: "Sus respuestas están aquí. Oprima el botón otra vez."}
)

// More sentences that a handler chooses.
var (
	NotKept = text{
		EN: "We could not save your answers. They are all still here. Please press the button again.",
		ES: "No pudimos guardar sus respuestas. Todas siguen aquí. Oprima el botón otra vez."}
	DraftGone = text{
		EN: "It has been a while, and your earlier answers are no longer kept. Please go through the questions again.",
		ES: "Ha pasado un tiempo y sus respuestas anteriores ya no se conservan. Responda las preguntas otra vez."}
	OtherForm = text{
		EN: "These are the answers that this browser sent us last. Please check them and press the button again.",
		ES: "Estas son las últimas respuestas que envió este navegador. Revíselas y oprima el botón otra vez."}
)

// Words of the steps.
var (
	continueWord = both("Continue", "Continuar")
	startWord    = both("Start", "Empezar")
	skipWord     = both("Skip", "Omitir")
	forgetWord   = both("Remove the number", "Quitar el número")
	checkTitle   = both("Check your answers", "Revise sus respuestas")
	optOutTitle  = both("Stop calls and messages", "Detener llamadas y mensajes")
)

// Words of the frame around every page.
var (
	skipToContent = both("Skip to the content", "Ir al contenido")
	questions     = both("Questions? Call", "¿Preguntas? Llame al")
	testSite      = both("Test site. Do not enter real details.", "Sitio de prueba. No escriba datos reales.")
)

// Words of the form.
var (
	applyTitle    = both("Request debt relief options", "Solicite opciones de alivio de deudas")
	applyOpening  = both("A few questions about you and where you live. It takes about three minutes. Your answers are encrypted the moment they reach us.", "Unas preguntas sobre usted y su domicilio. Toma unos tres minutos. Sus respuestas se cifran en cuanto nos llegan.")
	errorPrefix   = both("Error: ", "Error: ")
	problemHead   = both("There is a problem", "Hay un problema")
	optional      = both("(optional)", "(opcional)")
	aboutHead     = both("About you", "Sobre usted")
	homeHead      = both("Where you live", "Dónde vive")
	moreOpening   = both("The rest is optional. It helps a specialist prepare, and you can leave it out.", "Lo demás es opcional. Ayuda al especialista a prepararse y usted puede omitirlo.")
	consentHead   = both("Your agreement", "Su conformidad")
	consentLead   = both("Please read each part. Nothing is ticked for you.", "Lea cada parte. Nada está marcado de antemano.")
	sendButton    = both("Accept and send", "Aceptar y enviar")
	sendNote      = both("By pressing Accept and send you send us this request and the permissions ticked above.", "Al oprimir Aceptar y enviar usted nos envía esta solicitud y los permisos marcados arriba.")
	chooseOne     = both("Choose one", "Elija una opción")
	showDigits    = both("Show", "Mostrar")
	hideDigits    = both("Hide", "Ocultar")
	ssnNotKept    = both("For your safety this box is empty again. Type the number once more if you want to give it.", "Por su seguridad esta casilla está vacía otra vez. Escriba el número de nuevo si quiere darlo.")
	leaveEmpty    = both("Leave this box empty", "Deje esta casilla vacía")
	earlierHead   = both("This request is already with us", "Esta solicitud ya está con nosotros")
	earlierWords  = both("An earlier version has been with us since", "Una versión anterior está con nosotros desde las")
	earlierUnsent = both("The change you just made was not sent.", "El cambio que acaba de hacer no se envió.")
	earlierStatus = both("See the status of the earlier version", "Ver el estado de la versión anterior")
	earlierNew    = both("To send your changed answers as a new request, tick your agreement again below and press the button.", "Para enviar sus respuestas cambiadas como una solicitud nueva, marque otra vez su conformidad abajo y oprima el botón.")
)

// Headings of the groups that are folded away.
var (
	phonesHead = both("Other phone numbers", "Otros números de teléfono")
	addressTwo = both("Apartment or unit, and your home", "Apartamento o unidad, y su vivienda")
	incomeHead = both("Work and income", "Trabajo e ingresos")
	loanHead   = both("Debt and loan", "Deuda y préstamo")
	ssnHead    = both("Social Security number", "Número de Seguro Social")
)

// Words of the status page. Its four texts are fixed; see the table of results in docs/lead.md.
var (
	statusTitle = map[State]text{
		Received:  both("We have your request", "Tenemos su solicitud"),
		Checking:  both("We are checking your request", "Estamos revisando su solicitud"),
		Slow:      both("We have your request", "Tenemos su solicitud"),
		Qualified: both("Your next step", "Su siguiente paso"),
		Finished:  both("Your request is complete", "Su solicitud está completa"),
	}
	working = text{
		EN: "We have your request and are checking it now. You can close this page; nothing will be lost.",
		ES: "Recibimos su solicitud y la estamos revisando. Puede cerrar esta página; no se perderá nada."}
	statusWords = map[State]text{
		Received: working,
		Checking: working,
		Slow: {
			EN: "We have your request. Checking takes longer than usual. Please do not send it again; we will go on by ourselves.",
			ES: "Tenemos su solicitud. La revisión tarda más de lo normal. No la envíe otra vez; seguiremos por nuestra cuenta."},
		Qualified: {
			EN: "Thank you. A specialist can go over your options with you. Call {phone} when it suits you.",
			ES: "Gracias. Un especialista puede explicarle sus opciones. Llame al {phone} cuando le convenga."},
		Finished: {
			EN: "Thank you. Your request has been received, and we need nothing more from you. If there is a next step, you will hear from us in the way you agreed to. Questions: {phone}.",
			ES: "Gracias. Recibimos su solicitud y no necesitamos nada más de usted. Si hay un siguiente paso, le avisaremos de la manera que usted aceptó. Preguntas: {phone}."},
	}
	orWait       = both(" Or wait for our call.", " O espere nuestra llamada.")
	stepReceived = both("Received and saved", "Recibida y guardada")
	stepChecking = both("Being checked", "En revisión")
	stepDone     = both("Checked", "Revisada")
	reference    = both("Your reference", "Su referencia")
	callUs       = both("Call {phone}", "Llame al {phone}")
)

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

func (p Page) say(t text) string { return strings.ReplaceAll(t.In(p.Language), "{phone}", p.Phone) }

var (
	referenceWord = both("Reference", "Referencia")
	toFirstPage   = both("Go to the first page", "Ir a la primera página")
)

func clock(t time.Time) string { return t.UTC().Format("15:04") + " UTC" }
