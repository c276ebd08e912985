package handoff

import (
	"intake/internal/lead"
	"intake/validation"
	"intake/views/frame"
)

// Notices above the form.
var (
	NotSaved  = frame.Both("We could not save your answer. Nothing was sent. Please press the button again.", "No pudimos guardar su respuesta. No se envió nada. Oprima el botón otra vez.")
	ShowAgain = frame.Both("Please read the page once more, check the boxes, and press one of the two buttons at the end.", "Lea la página otra vez, marque las casillas y oprima uno de los dos botones del final.")
	Missing   = frame.Both("Nothing was sent yet. The boxes are empty again: check each one that you agree to.", "Todavía no se envió nada. Las casillas están vacías otra vez: marque cada una con la que esté de acuerdo.")
)

// What is wrong with a code.
var (
	WrongCode = frame.Both("That code is not right, or its time is over. Check it with the agent, or ask for a new one.", "El código no es correcto o ya venció. Revíselo con el agente o pida uno nuevo.")
	TooMany   = frame.Both("Too many codes were tried. Wait a few minutes, or ask the agent to send a link.", "Se probaron demasiados códigos. Espere unos minutos o pida al agente que le envíe un enlace.")
	EnterCode = frame.Both("Enter the code that the agent read to you", "Escriba el código que le leyó el agente")
)

var (
	title       = frame.Both("Read and agree", "Lea y acepte")
	hello       = frame.Both("Hello {name}", "Hola, {name}")
	intro       = frame.Both("{seller} has your request from the call that you are on. Please read this page. Nothing is sent before you press {button}.", "{seller} tiene su solicitud de la llamada en curso. Lea esta página. No se envía nada antes de que oprima {button}.")
	number      = frame.Both("The phone number in your request is {phone}.", "El número de teléfono de su solicitud es {phone}.")
	notYou      = frame.Both("If this is not you, or the number is wrong, tell the agent and press {decline}.", "Si no es usted o el número está mal, dígaselo al agente y oprima {decline}.")
	privateHead = frame.Both("Only for you to type", "Solo para que usted lo escriba")
	privateLede = frame.Both("The agent cannot hear or see this. They see only that it is there.", "El agente no puede oír ni ver esto. Solo ve que está escrito.")
	ssnWhy      = frame.Both("It helps find the right credit report. It is erased {time} after the result. The agent sees the last four digits only.", "Ayuda a encontrar el informe de crédito correcto. Se borra {time} después del resultado. El agente solo ve los últimos cuatro dígitos.")
	birthWhy    = frame.Both("You must be 18 or older.", "Debe tener 18 años o más.")
	consentHead = frame.Both("Your permissions", "Sus autorizaciones")
	consentLede = frame.Both("Please read each one. Every box starts empty.", "Lea cada una. Ninguna casilla está marcada de antemano.")
	sendNote    = frame.Both("By pressing {button}, you send your request with the permissions you gave above.", "Al oprimir {button}, envía su solicitud con las autorizaciones de arriba.")
	decline     = frame.Both("I do not agree", "No acepto")
	oneHour     = frame.Both("1 hour", "1 hora")
	manyHours   = frame.Both("{n} hours", "{n} horas")
	manyDays    = frame.Both("{n} days", "{n} días")

	codeTitle = frame.Both("Enter your code", "Escriba su código")
	codeIntro = frame.Both("The agent on the line reads you a code of eight letters and digits. It works for 15 minutes.", "El agente en la línea le lee un código de ocho letras y números. Sirve durante 15 minutos.")
	codeLabel = frame.Both("Code", "Código")
	codeHint  = frame.Both("Like K7PM-3XRT. Capital or small letters are the same.", "Como K7PM-3XRT. Las mayúsculas y minúsculas son iguales.")

	statusLink = frame.Both("See where your request stands", "Ver cómo va su solicitud")
	staffTitle = frame.Both("This page is for the caller", "Esta página es para quien llama")
	staffWords = frame.Both("This browser belongs to somebody who works here, so it cannot agree for the caller. The link is not used up. Give it to the caller: it opens on their own phone.", "Este navegador es de alguien que trabaja aquí, así que no puede aceptar por quien llama. El enlace no se ha usado. Déselo a quien llama: se abre en su propio teléfono.")
)

// ended are the words of a link that cannot be answered any more, by what has become of it.
var ended = map[lead.HandOffState]struct{ title, words validation.Text }{
	lead.HandOffAccepted: {
		frame.Both("Thank you. We have your answer.", "Gracias. Tenemos su respuesta."),
		frame.Both("You can close this page. The agent on the line sees that you agreed.", "Puede cerrar esta página. El agente en la línea ve que usted aceptó."),
	},
	lead.HandOffDeclined: {
		frame.Both("You did not agree", "Usted no aceptó"),
		frame.Both("Nothing was sent. You can close this page. If you change your mind, ask the agent for a new link, or call {phone}.", "No se envió nada. Puede cerrar esta página. Si cambia de opinión, pida un enlace nuevo al agente o llame al {phone}."),
	},
	lead.HandOffReplaced: {
		frame.Both("There is a newer link", "Hay un enlace más nuevo"),
		frame.Both("This link was replaced by a newer one. Please use that one, or ask the agent. Nothing was sent with this one.", "Este enlace fue reemplazado por uno más nuevo. Use ese o pregunte al agente. No se envió nada con este."),
	},
	lead.HandOffExpired: {
		frame.Both("The time of this link is over", "El tiempo de este enlace terminó"),
		frame.Both("A link works for 15 minutes. Nothing was sent with this one. Ask the agent for a new link, or call {phone}.", "Un enlace sirve durante 15 minutos. No se envió nada con este. Pida un enlace nuevo al agente o llame al {phone}."),
	},
	lead.HandOffEnded: {
		frame.Both("This link is not needed any more", "Este enlace ya no hace falta"),
		frame.Both("Your request does not wait for this page any more. You can close it. Questions: {phone}.", "Su solicitud ya no espera esta página. Puede cerrarla. Preguntas: {phone}."),
	},
}
