package apply

import "intake/views/frame"

// Words of the check page.
var (
	checkTitle    = frame.Both("Review and send", "Revise y envíe")
	checkIntro    = frame.Both("Change anything that isn’t right. We don’t share anything until you press {button}.", "Cambie lo que no esté bien. No compartimos nada hasta que oprima {button}.")
	lastPage      = frame.Both("Step 5 of 5", "Paso 5 de 5")
	change        = frame.Both("Change", "Cambiar")
	notGiven      = frame.Both("Left blank", "Sin respuesta")
	keepACopy     = frame.Both("To keep a copy, print or save this page.", "Para guardar una copia, imprima o guarde esta página.")
	printButton   = frame.Both("Print or save this page", "Imprimir o guardar esta página")
	sendNote      = frame.Both("By pressing {button}, you send this request with the permissions you gave above.", "Al oprimir {button}, envía esta solicitud con sus permisos.")
	earlierTitle  = frame.Both("This request is already with us", "Esta solicitud ya está con nosotros")
	earlierSince  = frame.Both("We have had it since", "La tenemos desde el")
	earlierUnsent = frame.Both("The change you made since was not sent.", "El cambio que hizo después no se envió.")
	earlierStatus = frame.Both("See where it stands", "Ver cómo va")
	earlierNew    = frame.Both("To send your changed answers as a new request, check the boxes again below and press the button.", "Para enviar sus respuestas cambiadas como una solicitud nueva, marque otra vez las casillas de abajo y oprima el botón.")
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
