package optout

import "intake/views/frame"

// NotRecorded is the notice when the opt-out could not be stored.
var NotRecorded = frame.Both(
	"Your request is NOT recorded: we could not save it. Please press the button again, or call {phone}.",
	"Su solicitud NO quedó registrada: no pudimos guardarla. Oprima el botón otra vez o llame al {phone}.")

var (
	intro          = frame.Both("Enter the phone number or the email address that we should stop using. It takes effect at once.", "Escriba el número de teléfono o el correo electrónico que no debemos usar más. Tiene efecto de inmediato.")
	contactLabel   = frame.Both("Phone number or email address", "Número de teléfono o correo electrónico")
	scope          = frame.Both("This stops everything: calls, texts, emails, and passing your request on.", "Esto detiene todo: llamadas, mensajes de texto, correos y el envío de su solicitud a otros.")
	stopButton     = frame.Both("Stop everything", "Detener todo")
	invalidContact = frame.Both("Enter a 10-digit phone number or an email address", "Escriba un número de teléfono de 10 dígitos o un correo electrónico")
	doneTitle      = frame.Both("We will not contact you again", "No volveremos a comunicarnos con usted")
	done           = frame.Both("Your request is recorded. From now on we do not call, text or email you there, and we pass no request of yours on.", "Su solicitud quedó registrada. Desde ahora no le llamaremos ni le escribiremos ahí, y no enviaremos ninguna solicitud suya a otros.")
	alleviateToo   = frame.Both("If a request of yours has already gone to Alleviate, we tell them too. Questions: {phone}.", "Si una solicitud suya ya llegó a Alleviate, también se lo decimos a ellos. Preguntas: {phone}.")
)
