package optout

import "intake/views/frame"

// NotRecorded is the notice when the opt-out could not be stored.
var NotRecorded = frame.Both(
	"We could NOT save your opt-out. Please press the button again, or call {phone}.",
	"NO pudimos guardar su petición de no recibir llamadas. Oprima el botón otra vez o llame al {phone}.")

var (
	intro          = frame.Both("Enter the phone number or the email address that we should stop using. It takes effect at once.", "Escriba el número de teléfono o el correo electrónico que no debemos usar más. Tiene efecto de inmediato.")
	contactLabel   = frame.Both("Phone number or email address", "Número de teléfono o correo electrónico")
	scope          = frame.Both("This stops everything: calls, texts, emails, and sharing your request.", "Esto detiene todo: llamadas, mensajes de texto, correos y compartir su solicitud.")
	stopButton     = frame.Both("Stop everything", "Detener todo")
	invalidContact = frame.Both("Enter a 10-digit phone number or an email address", "Escriba un número de teléfono de 10 dígitos o un correo electrónico")
	doneTitle      = frame.Both("You’re opted out", "Ya no le llamaremos")
	done           = frame.Both("We saved your opt-out. From now on we do not call, text or email you there, and we don’t share any request of yours.", "Guardamos su petición. Desde ahora no le llamaremos ni le escribiremos ahí, y no compartiremos ninguna solicitud suya.")
	alleviateToo   = frame.Both("If a request of yours has already gone to Alleviate, we tell them too. Questions: {phone}.", "Si una solicitud suya ya llegó a Alleviate, también se lo decimos a ellos. Preguntas: {phone}.")
)
