package apply

import "intake/views/frame"

// Words of the check page.
var (
	checkTitle    = frame.Both("Check your answers", "Revise sus respuestas")
	checkIntro    = frame.Both("Change what is not right. Nothing is passed on until you press {button}.", "Cambie lo que no esté bien. Nada se envía a otros hasta que oprima {button}.")
	lastPage      = frame.Both("Last page", "Última página")
	change        = frame.Both("Change", "Cambiar")
	notGiven      = frame.Both("Not given", "Sin respuesta")
	consentTitle  = frame.Both("Your agreement", "Su conformidad")
	consentIntro  = frame.Both("Please read each part. Every box starts empty.", "Lea cada parte. Ninguna casilla está marcada de antemano.")
	keepACopy     = frame.Both("To keep a copy, print or save this page.", "Para guardar una copia, imprima o guarde esta página.")
	printButton   = frame.Both("Print or save this page", "Imprimir o guardar esta página")
	sendNote      = frame.Both("By pressing {button} you send us this request and the permissions that you gave above.", "Al oprimir {button} nos envía esta solicitud y los permisos que usted marcó arriba.")
	earlierTitle  = frame.Both("This request is already with us", "Esta solicitud ya está con nosotros")
	earlierSince  = frame.Both("We have had it since", "La tenemos desde el")
	earlierUnsent = frame.Both("The change you made since was not sent.", "El cambio que hizo después no se envió.")
	earlierStatus = frame.Both("See where it stands", "Ver cómo va")
	earlierNew    = frame.Both("To send your changed answers as a new request, check the boxes again below and press the button.", "Para enviar sus respuestas cambiadas como una solicitud nueva, marque otra vez las casillas de abajo y oprima el botón.")
)
