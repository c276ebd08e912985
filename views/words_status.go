package views

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
