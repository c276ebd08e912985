package views

// Words of the check page.
var (
	checkTitle    = both("Check your answers", "Revise sus respuestas")
	checkLead     = both("Change what is not right. Nothing is passed on until you press {button}.", "Cambie lo que no esté bien. Nada se envía a otros hasta que oprima {button}.")
	lastPage      = both("Last page", "Última página")
	changeWord    = both("Change", "Cambiar")
	notGiven      = both("Not given", "Sin respuesta")
	consentHead   = both("Your agreement", "Su conformidad")
	consentLead   = both("Please read each part. Nothing is ticked for you.", "Lea cada parte. Nada está marcado de antemano.")
	printWords    = both("To keep a copy, print or save this page.", "Para guardar una copia, imprima o guarde esta página.")
	printWord     = both("Print or save this page", "Imprimir o guardar esta página")
	sendNote      = both("By pressing {button} you send us this request and the permissions ticked above.", "Al oprimir {button} nos envía esta solicitud y los permisos marcados arriba.")
	leaveEmpty    = both("Leave this box empty", "Deje esta casilla vacía")
	earlierHead   = both("This request is already with us", "Esta solicitud ya está con nosotros")
	earlierSince  = both("We have had it since", "La tenemos desde el")
	earlierUnsent = both("The change you made since was not sent.", "El cambio que hizo después no se envió.")
	earlierStatus = both("See where it stands", "Ver cómo va")
	earlierNew    = both("To send your changed answers as a new request, tick your agreement again below and press the button.", "Para enviar sus respuestas cambiadas como una solicitud nueva, marque otra vez su conformidad abajo y oprima el botón.")
)
