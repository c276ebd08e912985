package apply

import "intake/views/frame"

// Words of the check page.
var (
	checkTitle  = frame.Both("Review and send", "Revise y envíe")
	checkIntro  = frame.Both("Change anything that isn’t right. We don’t share anything until you press {button}.", "Cambie lo que no esté bien. No compartimos nada hasta que oprima {button}.")
	lastPage    = frame.Both("Step 5 of 5", "Paso 5 de 5")
	change      = frame.Both("Change", "Cambiar")
	notGiven    = frame.Both("Left blank", "Sin respuesta")
	keepACopy   = frame.Both("To keep a copy, print or save this page.", "Para guardar una copia, imprima o guarde esta página.")
	printButton = frame.Both("Print or save this page", "Imprimir o guardar esta página")
	sendNote    = frame.Both("By pressing {button}, you send this request with the permissions you gave above.", "Al oprimir {button}, envía esta solicitud con sus permisos.")
)

// Labels of the lines in which the check page shows the answers.
var (
	debtLine     = frame.Both("You owe", "Debe")
	loanLine     = frame.Both("Loan", "Préstamo")
	nameLine     = frame.Both("Name", "Nombre")
	birthLine    = frame.Both("Born", "Nacimiento")
	emailLine    = frame.Both("Email", "Correo")
	phoneLine    = frame.Both("Phone", "Teléfono")
	cellLine     = frame.Both("Cell phone", "Celular")
	addressLine  = frame.Both("Address", "Dirección")
	homeLine     = frame.Both("Home", "Vivienda")
	incomeLine   = frame.Both("Income", "Ingresos")
	employerLine = frame.Both("Employer", "Empleador")

	eachMonth            = frame.Both("{amount} a month", "{amount} al mes")
	eachMonthBeforeTaxes = frame.Both("{amount} a month before taxes", "{amount} al mes antes de impuestos")
)

// Words of the consents.
var (
	consentTitle  = frame.Both("Your permissions", "Sus autorizaciones")
	consentIntro  = frame.Both("Please read each one. Every box starts empty.", "Lea cada una. Ninguna casilla está marcada de antemano.")
	requiredOfAll = frame.Both("{n} of {all} · Required", "{n} de {all} · Obligatorio")
	optionalOfAll = frame.Both("{n} of {all} · Optional", "{n} de {all} · Opcional")
)

// Words about a request that was sent.
var (
	sentTitle     = frame.Both("This request is already with us", "Esta solicitud ya está con nosotros")
	sentSince     = frame.Both("We have had it since", "La tenemos desde el")
	sentUnchanged = frame.Both("What you just changed was not saved and not sent.", "Lo que acaba de cambiar no se guardó ni se envió.")
	sentHelp      = frame.Both("Your answers can no longer be seen or changed here. To correct something, call {phone}.", "Sus respuestas ya no se pueden ver ni cambiar aquí. Para corregir algo, llame al {phone}.")
	sentLongAgo   = frame.Both("To see where it stands, use the web address of its status page.", "Para ver cómo va, use la dirección web de su página de estado.")
	seeStatus     = frame.Both("See where it stands", "Ver cómo va")
	startAnother  = frame.Both("Start another request", "Empezar otra solicitud")
	youSent       = frame.Both("You sent a request on", "Usted envió una solicitud el")
	seeItsStatus  = frame.Both("See its status", "Ver su estado")
	notYou        = frame.Both("Not you? Clear", "¿No es usted? Borrar")
)
