package status

import (
	"intake/validation"
	"intake/views/frame"
)

// The four messages are fixed; see the table of results in docs/lead.md.
var (
	titles = map[State]validation.Text{
		Received:  frame.Both("We have your request", "Tenemos su solicitud"),
		Checking:  frame.Both("We are checking your request", "Estamos revisando su solicitud"),
		Slow:      frame.Both("We have your request", "Tenemos su solicitud"),
		Qualified: frame.Both("Your next step", "Su siguiente paso"),
		Finished:  frame.Both("Your request is complete", "Su solicitud está completa"),
	}
	working = frame.Both(
		"We have your request and are checking it now. You can close this page; nothing will be lost.",
		"Recibimos su solicitud y la estamos revisando. Puede cerrar esta página; no se perderá nada.")
	messages = map[State]validation.Text{
		Received: working,
		Checking: working,
		Slow: frame.Both(
			"We have your request. Checking takes longer than usual. Please do not send it again; we will go on by ourselves.",
			"Tenemos su solicitud. La revisión tarda más de lo normal. No la envíe otra vez; seguiremos por nuestra cuenta."),
		Qualified: frame.Both(
			"Thank you. A specialist can go over your options with you. Call {phone} when it suits you.",
			"Gracias. Un especialista puede explicarle sus opciones. Llame al {phone} cuando le convenga."),
		Finished: frame.Both(
			"Thank you. Your request has been received, and we need nothing more from you. If there is a next step, you will hear from us in the way you agreed to. Questions: {phone}.",
			"Gracias. Recibimos su solicitud y no necesitamos nada más de usted. Si hay un siguiente paso, le avisaremos de la manera que usted aceptó. Preguntas: {phone}."),
	}
	orWait         = frame.Both(" Or wait for our call.", " O espere nuestra llamada.")
	stepReceived   = frame.Both("Received and saved", "Recibida y guardada")
	stepChecking   = frame.Both("Being checked", "En revisión")
	stepChecked    = frame.Both("Checked", "Revisada")
	referenceLabel = frame.Both("Your reference", "Su referencia")
	callUs         = frame.Both("Call {phone}", "Llame al {phone}")
)
