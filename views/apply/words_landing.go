package apply

import (
	"intake/validation"
	"intake/views/frame"
)

// Words of the landing page. It promises nothing but what we do ourselves.
var (
	landingTitle       = frame.Both("Find out your debt relief options", "Conozca sus opciones de alivio de deudas")
	landingIntro       = frame.Both("Four short steps, about three minutes. Then we check your request and tell you the next step.", "Cuatro pasos cortos, unos tres minutos. Luego revisamos su solicitud y le decimos el siguiente paso.")
	landingDescription = frame.Both("Request debt relief options in four short steps, in English or Spanish. Your answers are encrypted, and nothing is passed on until you agree.", "Solicite opciones de alivio de deudas en cuatro pasos cortos, en español o en inglés. Sus respuestas se cifran y nada se envía a otros hasta que usted acepte.")
	roughNumber        = frame.Both("A rough number is fine. You can change it later.", "Una cantidad aproximada está bien. Puede cambiarla después.")
	draftFound         = frame.Both("You have already started. Your answers are still here.", "Usted ya empezó. Sus respuestas siguen aquí.")
	continueDraft      = frame.Both("Continue where you left off", "Seguir donde se quedó")
	startButton        = frame.Both("Start", "Empezar")
	nextTitle          = frame.Both("What happens next", "Qué sigue después")
)

// promises are true of every request.
var promises = []struct {
	icon        string
	title, text validation.Text
}{
	{"lock", frame.Both("Encrypted from the start", "Cifrado desde el principio"),
		frame.Both("Your answers are encrypted the moment they reach us, and erased when they are no longer needed.", "Sus respuestas se cifran en cuanto nos llegan y se borran cuando ya no hacen falta.")},
	{"door", frame.Both("No obligation", "Sin compromiso"),
		frame.Both("You can stop at any step. We pass nothing on until you press {button}.", "Puede detenerse en cualquier paso. No enviamos nada a otros hasta que oprima {button}.")},
	{"phone", frame.Both("You decide about calls", "Usted decide sobre las llamadas"),
		frame.Both("Whether we may call you is your choice. Your request goes through either way.", "Usted elige si podemos llamarle. Su solicitud sigue adelante de las dos maneras.")},
}

var nextSteps = []struct{ title, text validation.Text }{
	{frame.Both("You answer a few questions", "Usted responde unas preguntas"),
		frame.Both("What you owe, who you are, where you live. Your income if you like.", "Cuánto debe, quién es y dónde vive. Sus ingresos, si quiere.")},
	{frame.Both("You check and agree", "Usted revisa y acepta"),
		frame.Both("You see all of it on one page, with every permission in full. Every box starts empty.", "Ve todo en una página, con cada permiso completo. Ninguna casilla está marcada de antemano.")},
	{frame.Both("We check your request", "Revisamos su solicitud"),
		frame.Both("Your own page shows where it stands and what you can do next.", "Su propia página muestra cómo va y qué puede hacer después.")},
}
